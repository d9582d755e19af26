#!/usr/bin/python
# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sync_app
short_description: Manage the application that holds a cross-tenant synchronization
version_added: 0.1.0
description:
  - Makes sure that the source tenant has exactly one configuration for a target tenant. A configuration is an
    application with its service principal, made from Microsoft's synchronization template.
  - A configuration is recognised by the target tenant that it stores, never by its name. One that is found under
    another name is renamed, not doubled.
  - One that stores no target yet is what an interrupted run leaves behind. Exactly one of the wanted name is taken
    over; two are refused, and both are named.
  - Configurations whose name begins with C(MTO_Sync_) belong to the Microsoft 365 admin center and are left alone.
options:
  target_tenant_id:
    description:
      - The id of the target tenant. It becomes part of the configuration with M(entra.crosstenant.sync_secrets).
    type: str
    required: true
  state:
    description:
      - V(present) makes sure that the configuration exists with the settings named.
      - V(absent) deletes its application, and with it its job. Users in the target tenant stay and are no longer
        managed.
    type: str
    choices: [present, absent]
    default: present
  display_name:
    description:
      - The name of the configuration.
      - If left out, a new one is named C(Cross-tenant sync to) and the target's id, and an existing one keeps its
        name.
    type: str
  account_enabled:
    description:
      - Whether the service principal is enabled. If left out, it stays as it is; a new one is enabled.
    type: bool
  app_role_assignment_required:
    description:
      - Whether users must be assigned to use the application. If left out, it stays as it is; a new one requires it.
    type: bool
  service_management_reference:
    description:
      - A reference to an entry of your service management. Some tenants demand one for every application.
      - If left out, it stays as it is.
    type: str
  template_id:
    description:
      - The id of the application template to use.
      - If left out, the synchronization template of the global cloud is used. Other clouds have templates of their
        own, so there it has to be given.
    type: str
  purge:
    description:
      - With O(state=absent), also removes the application from the deleted items, where it otherwise stays
        restorable for 30 days.
    type: bool
    default: false
extends_documentation_fragment:
  - entra.crosstenant.auth
  - entra.crosstenant.attributes
  - entra.crosstenant.attributes.state
seealso:
  - module: entra.crosstenant.sync_secrets
  - module: entra.crosstenant.sync_job
author:
  - The entra.crosstenant authors (@entra-crosstenant)
"""

EXAMPLES = r"""
- name: Make sure that there is a configuration for the target tenant
  entra.crosstenant.sync_app:
    tenant_id: "{{ source_tenant_id }}"
    client_id: "{{ source_client_id }}"
    client_secret: "{{ source_client_secret }}"
    target_tenant_id: "{{ target_tenant_id }}"
    display_name: Fabrikam
  register: app

- name: Delete the configuration for good
  entra.crosstenant.sync_app:
    target_tenant_id: "{{ target_tenant_id }}"
    state: absent
    purge: true
"""

RETURN = r"""
configuration:
  description:
    - The configuration. In check mode as it would be; ids that are not known yet are the zero GUID, which the other
      modules accept in check mode.
    - Null with O(state=absent).
  returned: success
  type: dict
  contains:
    service_principal_id:
      description: The object id of the service principal, which the other modules take.
      type: str
    application_id:
      description: The object id of the application.
      type: str
    app_id:
      description: The client id of the application.
      type: str
    app_role_id:
      description: The id of the app role that users are assigned to.
      type: str
    target_tenant_id:
      description: The id of the target tenant.
      type: str
    display_name:
      description: The name of the configuration.
      type: str
    account_enabled:
      description: Whether the service principal is enabled.
      type: bool
    app_role_assignment_required:
      description: Whether users must be assigned.
      type: bool
    service_management_reference:
      description: The reference to an entry of the service management.
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
from ..module_utils._resources.sync_app import SyncApp
from ..module_utils._task import Task, run_module

TASK = Task(
    Arguments(
        options={
            "target_tenant_id": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "display_name": {"type": "str"},
            "account_enabled": {"type": "bool"},
            "app_role_assignment_required": {"type": "bool"},
            "service_management_reference": {"type": "str"},
            "template_id": {"type": "str"},
            "purge": {"type": "bool", "default": False},
        }
    ),
    SyncApp,
)


def main() -> None:
    """Run as an ordinary module."""
    run_module(TASK)


if __name__ == "__main__":
    main()
