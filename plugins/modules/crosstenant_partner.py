#!/usr/bin/python
# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: crosstenant_partner
short_description: Manage the cross-tenant access settings for a partner tenant
version_added: 0.1.0
description:
  - Makes sure that a tenant has a configuration for a partner tenant, with the settings that are named.
  - Settings that are not named stay as they are, down to single members. In particular the trust in the partner's MFA
    and devices survives any run that does not name O(inbound_trust).
  - For cross-tenant synchronization the target tenant needs
    O(automatic_user_consent.inbound_allowed=true) for the source, and the source tenant
    O(automatic_user_consent.outbound_allowed=true) for the target.
  - A setting that is given back to its default follows the default policy again, see
    M(entra.crosstenant.crosstenant_default).
options:
  partner_tenant_id:
    description:
      - The partner tenant, as its id or one of its verified domains.
      - A domain is looked up, which takes the permission C(CrossTenantInformation.ReadBasic.All); without it the login
        endpoint is asked.
      - A tenant of another cloud can only be named by its id. Users cannot be synchronized with it.
      - The tenant that the task works in is refused.
    type: str
    required: true
  state:
    description:
      - V(present) makes sure that the configuration exists with the settings named.
      - V(absent) deletes it, and with it every setting for this partner. Delete its identity synchronization first.
    type: str
    choices: [present, absent]
    default: present
  automatic_user_consent:
    description:
      - Whether users need not be asked for consent, which synchronized users cannot give.
      - A member left out stays as it is.
    type: dict
    suboptions:
      inbound_allowed:
        description: Consent is given for the partner's users here. Needed in the target tenant.
        type: bool
      outbound_allowed:
        description: Consent is given for this tenant's users at the partner. Needed in the source tenant.
        type: bool
extends_documentation_fragment:
  - entra.crosstenant.auth
  - entra.crosstenant.access_settings
  - entra.crosstenant.attributes
  - entra.crosstenant.attributes.state
seealso:
  - module: entra.crosstenant.crosstenant_default
  - module: entra.crosstenant.crosstenant_partner_info
  - module: entra.crosstenant.identity_sync
author:
  - The entra.crosstenant authors (@entra-crosstenant)
"""

EXAMPLES = r"""
- name: Let users of the source tenant be synchronized without a consent prompt
  entra.crosstenant.crosstenant_partner:
    tenant_id: "{{ target_tenant_id }}"
    client_id: "{{ target_client_id }}"
    client_secret: "{{ target_client_secret }}"
    partner_tenant_id: "{{ source_tenant_id }}"
    automatic_user_consent:
      inbound_allowed: true

- name: Trust the partner's MFA, and leave everything else as it is
  entra.crosstenant.crosstenant_partner:
    partner_tenant_id: fabrikam.example
    inbound_trust:
      mfa_accepted: true

- name: See what would change, without changing it
  entra.crosstenant.crosstenant_partner:
    partner_tenant_id: "{{ source_tenant_id }}"
    b2b_collaboration_inbound:
      users_and_groups:
        access_type: allowed
        targets:
          - target: AllUsers
            target_type: user
  check_mode: true
  diff: true
"""

RETURN = r"""
partner:
  description:
    - The configuration, in the words of the options. A setting that follows the default policy is null.
    - In check mode the configuration as it would be.
    - Null with O(state=absent).
  returned: success
  type: dict
  sample:
    partner_tenant_id: 11111111-aaaa-4bbb-8ccc-000000000001
    automatic_user_consent:
      inbound_allowed: true
      outbound_allowed: null
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

from ..module_utils._access_arguments import ACCESS_OPTIONS
from ..module_utils._arguments import Arguments
from ..module_utils._resources.partner import Partner
from ..module_utils._task import Task, run_module

TASK = Task(
    Arguments(
        options={
            "partner_tenant_id": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "automatic_user_consent": {
                "type": "dict",
                "options": {"inbound_allowed": {"type": "bool"}, "outbound_allowed": {"type": "bool"}},
            },
            **ACCESS_OPTIONS,
        }
    ),
    Partner,
)


def main() -> None:
    """Run as an ordinary module."""
    run_module(TASK)


if __name__ == "__main__":
    main()
