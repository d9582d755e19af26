#!/usr/bin/python
# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: identity_sync
short_description: Allow a source tenant to push users into this tenant
version_added: 0.1.0
description:
  - Manages the identity synchronization policy that a target tenant keeps for a source tenant.
  - The source tenant must be a partner already, see M(entra.crosstenant.crosstenant_partner).
  - Taking the permission away stops further synchronization; users that are here already stay.
  - Synchronization between clouds is not supported.
options:
  partner_tenant_id:
    description:
      - The source tenant, as its id or one of its verified domains. A domain of another cloud's tenant is refused.
    type: str
    required: true
  state:
    description:
      - V(present) makes sure that the policy exists with the settings named.
      - V(absent) deletes it.
    type: str
    choices: [present, absent]
    default: present
  user_sync_inbound_allowed:
    description:
      - Whether the source tenant may create, update and delete users here.
      - If left out, it stays as it is; a new policy does not allow it.
    type: bool
  group_sync_inbound_allowed:
    description:
      - Whether the source tenant may do the same with security groups. V(false) stops further synchronization; groups
        that are here already stay.
      - This is a preview of the service. It also takes the group mapping of the source's configuration to be enabled,
        the scope V(assigned) there, both tenants in one cloud, and a licence for Entra ID Governance or the Entra Suite
        in the source tenant.
      - Naming it makes the module use the beta version of Microsoft Graph for this policy; whether users may be
        synchronized stays as it is all the same unless O(user_sync_inbound_allowed) is named, too.
      - If left out, it stays as it is, and the returned value is null because the version in use does not show it. A
        new policy does not allow it.
    type: bool
  display_name:
    description:
      - A name for the policy; the partner's name is usual.
      - If left out, it stays as it is.
    type: str
extends_documentation_fragment:
  - entra.crosstenant.auth
  - entra.crosstenant.attributes
  - entra.crosstenant.attributes.state
seealso:
  - module: entra.crosstenant.crosstenant_partner
author:
  - The entra.crosstenant authors (@entra-crosstenant)
"""

EXAMPLES = r"""
- name: Allow the source tenant to synchronize users into this tenant
  entra.crosstenant.identity_sync:
    tenant_id: "{{ target_tenant_id }}"
    client_id: "{{ target_client_id }}"
    client_secret: "{{ target_client_secret }}"
    partner_tenant_id: "{{ source_tenant_id }}"
    user_sync_inbound_allowed: true

- name: Allow security groups as well, which is a preview
  entra.crosstenant.identity_sync:
    partner_tenant_id: "{{ source_tenant_id }}"
    group_sync_inbound_allowed: true

- name: Stop it; users that were synchronized stay
  entra.crosstenant.identity_sync:
    partner_tenant_id: "{{ source_tenant_id }}"
    user_sync_inbound_allowed: false
"""

RETURN = r"""
identity_sync:
  description:
    - The policy, in the words of the options. In check mode the policy as it would be.
    - Null with O(state=absent).
  returned: success
  type: dict
  sample:
    partner_tenant_id: 11111111-aaaa-4bbb-8ccc-000000000001
    display_name: Contoso
    user_sync_inbound_allowed: true
    group_sync_inbound_allowed: null
graph:
  description: The requests that the task sent to Microsoft Graph.
  returned: always
  type: dict
  contains:
    requests:
      description: How many requests were sent. A batch counts as one; sign-ins do not count.
      type: int
      sample: 2
    request_ids:
      description: The ids that the service gave them. Its support asks for them.
      type: list
      elements: str
    auth_method:
      description: How the task signed in, also where O(auth_method=auto) left it to what is set.
      type: str
      sample: client_secret
"""

from ..module_utils._arguments import Arguments
from ..module_utils._resources.identity_sync import IdentitySync
from ..module_utils._task import Task, run_module

TASK = Task(
    Arguments(
        options={
            "partner_tenant_id": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "user_sync_inbound_allowed": {"type": "bool"},
            "group_sync_inbound_allowed": {"type": "bool"},
            "display_name": {"type": "str"},
        }
    ),
    IdentitySync,
)


def main() -> None:
    """Run as an ordinary module."""
    run_module(TASK)


if __name__ == "__main__":
    main()
