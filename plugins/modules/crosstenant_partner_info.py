#!/usr/bin/python
# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: crosstenant_partner_info
short_description: List partner tenants and what may come in from them
version_added: 0.1.0
description:
  - Lists the partners of a tenant, each with its cross-tenant access settings, its identity synchronization policy and
    the name of the tenant.
  - All partners are read in one request for each page. A policy that cannot be read is a failure; it never looks like
    one that is not there.
options:
  partner_tenant_id:
    description:
      - The one partner to look at, as its id or one of its verified domains.
      - If left out, all partners are listed. A tenant that is no partner gives an empty list.
    type: str
  tenant_names:
    description:
      - Whether to look up what the partners are called, which takes the permission
        C(CrossTenantInformation.ReadBasic.All). Without it there are no names, and a warning; so there is for a single
        tenant that the service does not know.
    type: bool
    default: true
  group_sync:
    description:
      - Whether to show if groups may be synchronized. This is a preview, so V(true) makes the module use the beta
        version of Microsoft Graph; otherwise C(group_sync_inbound_allowed) is null.
    type: bool
    default: false
extends_documentation_fragment:
  - entra.crosstenant.auth
  - entra.crosstenant.attributes
  - entra.crosstenant.attributes.info
seealso:
  - module: entra.crosstenant.crosstenant_partner
  - module: entra.crosstenant.identity_sync
author:
  - The entra.crosstenant authors (@entra-crosstenant)
"""

EXAMPLES = r"""
- name: List the partners of a tenant
  entra.crosstenant.crosstenant_partner_info:
    tenant_id: "{{ target_tenant_id }}"
    client_id: "{{ target_client_id }}"
    client_secret: "{{ target_client_secret }}"
  register: target

- name: Refuse tenants that may push users and are not on the list
  ansible.builtin.assert:
    that: pushing | difference(approved_tenants) | length == 0
  vars:
    pushing: >-
      {{ target.partners | selectattr('identity_sync.user_sync_inbound_allowed', 'defined')
      | selectattr('identity_sync.user_sync_inbound_allowed') | map(attribute='partner_tenant_id') }}

- name: Look at one partner, without its name
  entra.crosstenant.crosstenant_partner_info:
    partner_tenant_id: fabrikam.example
    tenant_names: false
"""

RETURN = r"""
partners:
  description:
    - The partners. Beside what is named here, each has the settings that M(entra.crosstenant.crosstenant_partner)
      returns, by the names of its options; a setting that follows the default policy is null.
  returned: success
  type: list
  elements: dict
  contains:
    partner_tenant_id:
      description: The id of the partner.
      type: str
    tenant_name:
      description: What the tenant is called. Null if nobody knows such a tenant, or names are not shown.
      type: str
      sample: Contoso
    default_domain:
      description: The tenant's default domain. Null where the name is.
      type: str
      sample: contoso.example
    identity_sync:
      description:
        - The identity synchronization policy as M(entra.crosstenant.identity_sync) returns it. Null if there is none.
      type: dict
      contains:
        partner_tenant_id:
          description: The id of the partner.
          type: str
        display_name:
          description: The name of the policy.
          type: str
        user_sync_inbound_allowed:
          description: Whether the partner may create, update and delete users here.
          type: bool
        group_sync_inbound_allowed:
          description: Whether it may do the same with groups. Null unless O(group_sync=true).
          type: bool
    automatic_user_consent:
      description: For whom consent is given, with C(inbound_allowed) and C(outbound_allowed).
      type: dict
    inbound_trust:
      description: Which claims of the partner count here.
      type: dict
    is_service_provider:
      description: Whether the partner is a cloud service provider.
      type: bool
    is_in_multi_tenant_organization:
      description: Whether both tenants are in one multitenant organization. Null outside the global cloud.
      type: bool
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
from ..module_utils._resources.partner_info import PartnerInfo
from ..module_utils._task import Task, run_module

TASK = Task(
    Arguments(
        options={
            "partner_tenant_id": {"type": "str"},
            "tenant_names": {"type": "bool", "default": True},
            "group_sync": {"type": "bool", "default": False},
        }
    ),
    PartnerInfo,
)


def main() -> None:
    """Run as an ordinary module."""
    run_module(TASK)


if __name__ == "__main__":
    main()
