#!/usr/bin/python
# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sync_configuration_info
short_description: List configurations of cross-tenant synchronization and how they fare
version_added: 0.1.0
description:
  - Lists the configurations of a source tenant, each with its application, its provisioning job, its settings, and how
    many are assigned to it.
  - Configurations are recognised by the template that they are made from, whatever they are called.
  - What cannot be read is a failure that names the missing permission; it never looks like something that is not there.
options:
  service_principal_id:
    description:
      - The one configuration to look at, by the object id of its service principal.
      - If left out, all are listed. An id that is no configuration's gives an empty list, and so does the zero GUID,
        which in check mode stands for a configuration that does not exist yet.
    type: str
  target_tenant_id:
    description:
      - Only configurations that store this target tenant.
      - If left out, all are listed, also those that store none.
    type: str
  template_id:
    description:
      - The id of the application template that configurations are made from.
      - If left out, the template of the global cloud is used. Other clouds have templates of their own, so there it
        has to be given unless O(service_principal_id) is.
    type: str
  include_platform:
    description:
      - Whether to list the configurations as well that the Microsoft 365 admin center keeps for a multitenant
        organization. Leave these to it.
    type: bool
    default: false
  assignment_counts:
    description:
      - Whether to count the assignments, which takes more requests the more there are.
    type: bool
    default: true
extends_documentation_fragment:
  - entra.crosstenant.auth
  - entra.crosstenant.attributes
  - entra.crosstenant.attributes.info
seealso:
  - module: entra.crosstenant.sync_app
  - module: entra.crosstenant.sync_job
  - module: entra.crosstenant.sync_secrets
author:
  - The entra.crosstenant authors (@entra-crosstenant)
"""

EXAMPLES = r"""
- name: List the configurations of a source tenant
  entra.crosstenant.sync_configuration_info:
    tenant_id: "{{ source_tenant_id }}"
    client_id: "{{ source_client_id }}"
    client_secret: "{{ source_client_secret }}"
  register: source

- name: Fail if one is in quarantine
  ansible.builtin.assert:
    that: source.configurations | selectattr('quarantine') | length == 0

- name: Look at the configuration for one target, without counting
  entra.crosstenant.sync_configuration_info:
    target_tenant_id: "{{ target_tenant_id }}"
    assignment_counts: false
"""

RETURN = r"""
configurations:
  description: The configurations, in the order in which the service lists them.
  returned: success
  type: list
  elements: dict
  contains:
    service_principal_id:
      description: The object id of the service principal, which the other modules take.
      type: str
    application_id:
      description: The object id of the application. Null if it was deleted and the service principal was not.
      type: str
    app_id:
      description: The client id that both share.
      type: str
    app_role_id:
      description: The app role that users are assigned to.
      type: str
    target_tenant_id:
      description: The target tenant that it stores. Null if it stores none.
      type: str
    display_name:
      description: The name of the configuration.
      type: str
    account_enabled:
      description: Whether the configuration is enabled.
      type: bool
    app_role_assignment_required:
      description: Whether only assigned users may sign in to the application.
      type: bool
    service_management_reference:
      description: The reference to a service or asset register.
      type: str
    managed_by_platform:
      description: Whether the Microsoft 365 admin center keeps it, for a multitenant organization.
      type: bool
    job:
      description:
        - The provisioning job as M(entra.crosstenant.sync_job) returns it. Null if there is none, and if there are
          several.
      type: dict
    jobs:
      description: All provisioning jobs, each as RV(configurations[].job). More than one is a fault, and a warning.
      type: list
      elements: dict
    quarantine:
      description: The quarantine of RV(configurations[].job). Null if it is in none.
      type: dict
    settings:
      description:
        - What is stored, as M(entra.crosstenant.sync_secrets) returns it. Null where the service stores nothing or
          masks it.
      type: dict
    assignments:
      description: How many are assigned. Null with O(assignment_counts=false).
      type: dict
      contains:
        total:
          description: All assignments.
          type: int
        users:
          description: Assignments of users.
          type: int
        groups:
          description: Assignments of groups. Their members are not counted.
          type: int
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

from ..module_utils._arguments import ONE_SELECTOR, SELECTOR, Arguments
from ..module_utils._resources.configuration_info import ConfigurationInfo
from ..module_utils._task import Task, run_module

TASK = Task(
    Arguments(
        options={
            **SELECTOR,
            "include_platform": {"type": "bool", "default": False},
            "assignment_counts": {"type": "bool", "default": True},
        },
        mutually_exclusive=(ONE_SELECTOR,),
    ),
    ConfigurationInfo,
)


def main() -> None:
    """Run as an ordinary module."""
    run_module(TASK)


if __name__ == "__main__":
    main()
