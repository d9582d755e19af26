#!/usr/bin/python
# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: provision_on_demand
short_description: Provision single users now
version_added: 0.1.0
description:
  - Sends users through the provisioning job of a configuration at once, whether or not the job is started, and reports
    what became of each.
  - The service takes five users in ten seconds; the module keeps to that.
  - A user who is in the target tenant as he should be is reported as skipped and is no change.
  - Only users can be provisioned on demand across tenants. Groups are refused.
options:
  users:
    description:
      - User principal names, or object ids of users. They must be in scope of the configuration.
      - Names that cannot be found fail the task before anything is provisioned.
    type: list
    elements: str
    required: true
  wait_for_assignment:
    description:
      - Seconds to go on trying for users who are reported as not assigned, because an assignment made a moment ago
        takes up to some minutes to become effective. All of them are waited for together, and O(max_wait) limits it.
        Users whom a filter keeps out are not waited for.
      - With V(0) such users are reported as skipped at once.
    type: float
    default: 60.0
extends_documentation_fragment:
  - entra.crosstenant.auth
  - entra.crosstenant.attributes
  - entra.crosstenant.attributes.action
  - entra.crosstenant.selector
notes:
  - In check mode the users are looked up and predicted to be provisioned. Whether the service would find each of them
    equal already cannot be known without provisioning.
seealso:
  - module: entra.crosstenant.app_role_assignment
author:
  - The entra.crosstenant authors (@entra-crosstenant)
"""

EXAMPLES = r"""
- name: Provision a test user at once
  entra.crosstenant.provision_on_demand:
    tenant_id: "{{ source_tenant_id }}"
    client_id: "{{ source_client_id }}"
    client_secret: "{{ source_client_secret }}"
    target_tenant_id: "{{ target_tenant_id }}"
    users:
      - adele@contoso.example
    wait_for_assignment: 180
  register: provisioned

- name: Show what became of whom
  ansible.builtin.debug:
    msg: "{{ provisioned.results | items2dict(key_name='user', value_name='status') }}"
"""

RETURN = r"""
results:
  description: What became of each user, in the order given. A user that failed fails the task.
  returned: success, and when single users failed
  type: list
  elements: dict
  contains:
    user:
      description: The user as named.
      type: str
    object_id:
      description: The user's object id in the source tenant.
      type: str
    status:
      description: V(success), V(skipped) or V(failure); V(predicted) in check mode.
      type: str
    changed:
      description:
        - Whether the target tenant was changed.
        - Also true for a user who is found equal after an earlier try of the task was not answered.
      type: bool
    action:
      description: What the service did, such as V(create) or V(update).
      type: str
    reason:
      description: Why a user was skipped, or failed, or what the service warns of.
      type: str
    remedy:
      description: What to do about it, where that is known.
      type: str
    error_code:
      description: The service's code for the reason. V(RedundantExport) means that the user is equal already.
      type: str
    failing_step:
      description: The name of the step that failed.
      type: str
      sample: EntryExportAdd
    steps:
      description: The steps that the service went through, each with C(name), C(type), C(status) and C(description),
        without the values of attributes.
      type: list
      elements: dict
    modified_attributes:
      description: The names of the attributes that were written.
      type: list
      elements: str
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
from ..module_utils._resources.provision_on_demand import ProvisionOnDemand
from ..module_utils._task import Task, run_module

TASK = Task(
    Arguments(
        options={
            **SELECTOR,
            "users": {"type": "list", "elements": "str", "required": True},
            "wait_for_assignment": {"type": "float", "default": 60.0},
        },
        mutually_exclusive=(ONE_SELECTOR,),
        required_one_of=(ONE_SELECTOR,),
    ),
    ProvisionOnDemand,
)


def main() -> None:
    """Run as an ordinary module."""
    run_module(TASK)


if __name__ == "__main__":
    main()
