#!/usr/bin/python
# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sync_closure
short_description: Close a tenant for one direction of synchronization
version_added: 0.1.0
description:
  - Takes back what one direction of cross-tenant synchronization needs of a tenant, and nothing that anything else
    uses. It is the last step of a retirement, in either tenant.
  - Whatever the opposite direction uses stays, its consent as well as its identity synchronization policy.
  - Where the service keeps the consent for a partner of a multitenant organization to the platform, it stays, with a
    warning.
  - Users in the target tenant stay as they are. Retire the configuration first, see
    M(entra.crosstenant.sync_retirement).
options:
  partner_tenant_id:
    description:
      - The tenant on the other side, as its id or one of its verified domains.
    type: str
    required: true
  direction:
    description:
      - V(inbound) for the target tenant. The identity synchronization policy is deleted, and the inbound consent on
        behalf of users withdrawn.
      - V(outbound) for the source tenant. The outbound consent on behalf of users is withdrawn.
    type: str
    choices: [inbound, outbound]
    required: true
  partner:
    description:
      - What becomes of the partner configuration.
      - V(if_unused) deletes it if nothing else is set in it. Trust, access and other settings, the opposite direction,
        a multitenant organization and a service provider keep it; RV(kept_for) names them.
      - V(keep) keeps it.
      - V(remove) deletes it with all its access settings, which then follow the default. The opposite direction, a
        multitenant organization and a service provider keep it all the same.
    type: str
    choices: [if_unused, keep, remove]
    default: if_unused
extends_documentation_fragment:
  - entra.crosstenant.auth
  - entra.crosstenant.attributes
  - entra.crosstenant.attributes.state
seealso:
  - module: entra.crosstenant.crosstenant_partner
  - module: entra.crosstenant.identity_sync
  - module: entra.crosstenant.sync_retirement
author:
  - The entra.crosstenant authors (@entra-crosstenant)
"""

EXAMPLES = r"""
- name: Close the source tenant
  entra.crosstenant.sync_closure:
    tenant_id: "{{ source_tenant_id }}"
    client_id: "{{ source_client_id }}"
    client_secret: "{{ source_client_secret }}"
    partner_tenant_id: "{{ target_tenant_id }}"
    direction: outbound

- name: Close the target tenant, but leave the partner configuration
  entra.crosstenant.sync_closure:
    tenant_id: "{{ target_tenant_id }}"
    client_id: "{{ target_client_id }}"
    client_secret: "{{ target_client_secret }}"
    partner_tenant_id: "{{ source_tenant_id }}"
    direction: inbound
    partner: keep
"""

RETURN = r"""
partner:
  description:
    - The partner configuration that is left, in the words of M(entra.crosstenant.crosstenant_partner). In check mode as
      it would be.
    - Null if there is none.
  returned: success
  type: dict
identity_sync:
  description:
    - The identity synchronization policy that is left, which is the opposite direction's.
    - Null if there is none.
  returned: success
  type: dict
kept_for:
  description:
    - What keeps the partner configuration, with O(partner=if_unused) and O(partner=remove). Settings are named as the
      service names them.
  returned: success
  type: list
  elements: str
  sample: [inboundTrust]
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
from ..module_utils._resources.sync_closure import MEMBERS, SyncClosure
from ..module_utils._task import Task, run_module

TASK = Task(
    Arguments(
        options={
            "partner_tenant_id": {"type": "str", "required": True},
            "direction": {"type": "str", "choices": list(MEMBERS), "required": True},
            "partner": {"type": "str", "choices": ["if_unused", "keep", "remove"], "default": "if_unused"},
        }
    ),
    SyncClosure,
)


def main() -> None:
    """Run as an ordinary module."""
    run_module(TASK)


if __name__ == "__main__":
    main()
