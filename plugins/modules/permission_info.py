#!/usr/bin/python
# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: permission_info
short_description: Tell which permissions the app has and lacks
version_added: 0.1.0
description:
  - Signs in and compares the permissions in the token with what the operations of this collection need; application
    permissions, or the delegated ones of a user's token. It is a cheap test before anything is written; a request goes
    to Microsoft Graph only if the token of an app says nothing of permissions, to see whether the app has any, and for
    O(check_licences).
  - A permission that was granted a moment ago shows in new tokens only.
  - A user's token also takes a directory role of the user, which is not looked at.
options:
  operations:
    description:
      - What is going to be done in the tenant.
      - If left out, all operations are looked at but V(read_sign_in_methods) and V(read_licences), which only single
        options need.
      - V(write_configurations) is making and changing configurations, V(delete_configurations) is deleting and purging
        them.
      - V(check_schema) is checking the filters and expressions of a schema, which also check mode does, and
        V(validate_credentials) is the connection test of M(entra.crosstenant.sync_secrets).
      - V(count_group_members) is what O(entra.crosstenant.app_role_assignment#module:max_removals) needs for groups,
        V(read_sign_in_methods) what O(entra.crosstenant.app_role_assignment#module:check_sign_in_methods) needs.
    type: list
    elements: str
    choices:
      - read_policies
      - write_policies
      - read_configurations
      - write_configurations
      - delete_configurations
      - read_synchronization
      - write_synchronization
      - validate_credentials
      - check_schema
      - write_schema
      - read_assignments
      - write_assignments
      - read_principals
      - count_group_members
      - read_sign_in_methods
      - provision_on_demand
      - read_provisioning_logs
      - read_licences
      - find_tenants
  fail_on_missing:
    description:
      - Whether the task fails when a permission is missing. The message names it, and where to consent to it.
    type: bool
    default: false
  check_licences:
    description:
      - Whether to look for the licences that a source tenant needs, with one request, and to warn if none is seen. It
        takes the permission C(Organization.Read.All); without it the warning says so. It never fails the task.
      - A target tenant needs no licence for the synchronization.
    type: bool
    default: false
  group_sync:
    description:
      - Whether groups are going to be synchronized, which takes another licence. Only with O(check_licences).
    type: bool
    default: false
extends_documentation_fragment:
  - entra.crosstenant.auth
  - entra.crosstenant.attributes
  - entra.crosstenant.attributes.info
author:
  - The entra.crosstenant authors (@entra-crosstenant)
"""

EXAMPLES = r"""
- name: See whether the app of the target tenant may do its part
  entra.crosstenant.permission_info:
    tenant_id: "{{ target_tenant_id }}"
    client_id: "{{ target_client_id }}"
    client_secret: "{{ target_client_secret }}"
    operations: [read_policies, write_policies]
  register: target

- name: Stop a play before it writes, if the app of the source tenant may not do its part
  entra.crosstenant.permission_info:
    tenant_id: "{{ source_tenant_id }}"
    operations: [write_configurations, write_synchronization]
    fail_on_missing: true

- name: See whether the source tenant has what synchronizing groups takes
  entra.crosstenant.permission_info:
    tenant_id: "{{ source_tenant_id }}"
    client_id: "{{ source_client_id }}"
    client_secret: "{{ source_client_secret }}"
    check_licences: true
    group_sync: true
"""

RETURN = r"""
permissions:
  description: The operations looked at.
  returned: success
  type: list
  elements: dict
  contains:
    operation:
      description: The operation.
      type: str
    granted:
      description: Whether the token allows it. Null when the token does not say what it allows.
      type: bool
    missing:
      description: The least privileged permissions that would allow it.
      type: list
      elements: str
    notes:
      description: Doubts about permissions that allow it, such as one that suffices for owned objects only. They are
        warned of as well.
      type: list
      elements: str
    consent_url:
      description: Where an administrator of the tenant consents to the app's permissions.
      type: str
missing:
  description: All missing permissions, each once.
  returned: success
  type: list
  elements: str
licences:
  description: The service plans of Microsoft Entra ID that the tenant shows. Null if they were not looked for, or
    cannot be seen.
  returned: success
  type: list
  elements: str
  sample: [AAD_PREMIUM, AAD_PREMIUM_P2]
tenant_id:
  description: The id of the tenant, also where a domain was given.
  returned: success
  type: str
client_id:
  description: The client that the token was issued to.
  returned: success
  type: str
cloud:
  description: The national cloud that the tenant is in.
  returned: success
  type: str
  sample: global
consent_url:
  description: Where an administrator of the tenant consents to the app's permissions.
  returned: success
  type: str
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
from ..module_utils._resources.operations import OPERATIONS
from ..module_utils._resources.permissions import Permissions
from ..module_utils._task import Task, run_module

TASK = Task(
    Arguments(
        options={
            "operations": {"type": "list", "elements": "str", "choices": list(OPERATIONS)},
            "fail_on_missing": {"type": "bool", "default": False},
            "check_licences": {"type": "bool", "default": False},
            "group_sync": {"type": "bool", "default": False},
        }
    ),
    Permissions,
)


def main() -> None:
    """Run as an ordinary module."""
    run_module(TASK)


if __name__ == "__main__":
    main()
