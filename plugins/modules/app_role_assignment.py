#!/usr/bin/python
# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: app_role_assignment
short_description: Manage who is in scope of a configuration
version_added: 0.1.0
description:
  - Assigns users and groups to a configuration, or removes their assignments. Whoever is assigned is in the scope of
    the synchronization; whoever loses the assignment is deleted in the target tenant at the next cycle.
  - The list of assignments is read once; only the differences are sent, twenty at a time.
  - Of a group only the direct members are in scope.
  - Principals that are assigned in vain are no failure but warned of, as far as it can be seen; guests and other users
    of foreign tenants, who are never synchronized; groups that are not security-enabled, and when they are newly
    assigned, groups that contain groups. Disabled users are warned of because they are disabled in the target tenant
    as well, and are not deleted there if they are unassigned while they are disabled.
options:
  principals:
    description:
      - The users and groups. Each is named in exactly one way.
      - Names that cannot be found fail the task before anything is written; all of them are in the message.
      - An empty list with O(state=exact) removes every assignment.
    type: list
    elements: dict
    required: true
    suboptions:
      user:
        description: A user principal name, or a user's object id.
        type: str
      group:
        description: The name of a group, or its object id. A name that several groups bear is refused.
        type: str
      object_id:
        description: The object id of a user or group. It is taken as it is.
        type: str
      name:
        description: What to call O(principals[].object_id) in results and messages. Nothing is looked up by it.
        type: str
      type:
        description:
          - Whether O(principals[].object_id) is a user's or a group's. Return values have it, so that they can be
            given to another task.
          - If left out, a group is not looked into for groups that it contains.
        type: str
        choices: [user, group]
  state:
    description:
      - V(present) assigns the principals, and leaves others alone.
      - V(absent) removes the assignments of the principals, and leaves others alone.
      - V(exact) assigns the principals, and removes every other assignment.
    type: str
    choices: [present, absent, exact]
    default: present
  max_removals:
    description:
      - How many users may lose their scope at most. If more would, the task fails before anything is written, and in
        check mode it fails in the same way.
      - The assignment of a user counts as one, the assignment of a group as its direct members. Everybody counts once,
        and whoever stays assigned by name does not count. Whoever stays in scope through another group does.
      - The members of groups are read only when this option is given and groups lose their assignment. That takes the
        permission C(GroupMember.Read.All); if they may not be read, the task fails.
      - V(0) allows nobody to lose the scope.
      - If left out, there is no limit, and nobody is counted.
    type: int
  app_role:
    description:
      - The app role to assign, by id, by name or by value. One that is disabled, or not meant for users and groups, is
        refused.
      - If left out, the role that the synchronization template makes for users is assigned, and with O(state=absent)
        the assignments to every role are removed.
    type: str
  check_sign_in_methods:
    description:
      - Whether to warn of users who may sign in by SMS. They are never synchronized.
      - Costs a request for each user named, twenty at a time, and takes the permission
        C(UserAuthenticationMethod.Read.All). Without it the warning says so.
    type: bool
    default: false
extends_documentation_fragment:
  - entra.crosstenant.auth
  - entra.crosstenant.attributes
  - entra.crosstenant.attributes.state
  - entra.crosstenant.selector
seealso:
  - module: entra.crosstenant.sync_app
  - module: entra.crosstenant.provision_on_demand
author:
  - The entra.crosstenant authors (@entra-crosstenant)
"""

EXAMPLES = r"""
- name: Put a user and a group in scope
  entra.crosstenant.app_role_assignment:
    tenant_id: "{{ source_tenant_id }}"
    client_id: "{{ source_client_id }}"
    client_secret: "{{ source_client_secret }}"
    target_tenant_id: "{{ target_tenant_id }}"
    principals:
      - user: adele@contoso.example
      - group: Partner collaboration

- name: Exactly this group, and never take more than ten users out of scope at once
  entra.crosstenant.app_role_assignment:
    target_tenant_id: "{{ target_tenant_id }}"
    state: exact
    max_removals: 10
    principals:
      - group: Partner collaboration
"""

RETURN = r"""
assignments:
  description: What became of the assignments. In check mode what would become of them.
  returned: success, and when single principals failed
  type: dict
  contains:
    added:
      description: How many principals were assigned.
      type: int
    removed:
      description: How many principals lost assignments.
      type: int
    unchanged:
      description: How many of the principals were as wanted already.
      type: int
    total:
      description: How many principals are assigned now.
      type: int
    failed:
      description: The principals that could not be assigned or removed, each with C(object_id), C(name), C(code),
        C(message) and C(hint).
      type: list
      elements: dict
    affected_users:
      description: How many users lose their scope. Only with O(max_removals).
      type: int
principals:
  description: The principals by object id, in the order given and without repeats, in the form of the option
    O(principals).
  returned: success, and when single principals failed
  type: list
  elements: dict
  contains:
    object_id:
      description: The object id.
      type: str
    name:
      description: The principal as it was named.
      type: str
    type:
      description: V(user) or V(group). Left out where it was given by its object id alone and is not assigned.
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

from ..module_utils._arguments import ONE_SELECTOR, SELECTOR, Arguments
from ..module_utils._resources.app_role_assignments import AppRoleAssignments
from ..module_utils._task import Task, run_module

PRINCIPAL = {
    **{name: {"type": "str"} for name in ("user", "group", "object_id", "name")},
    "type": {"type": "str", "choices": ["user", "group"]},
}

TASK = Task(
    Arguments(
        options={
            **SELECTOR,
            "principals": {"type": "list", "elements": "dict", "required": True, "options": PRINCIPAL},
            "state": {"type": "str", "choices": ["present", "absent", "exact"], "default": "present"},
            "max_removals": {"type": "int"},
            "app_role": {"type": "str"},
            "check_sign_in_methods": {"type": "bool", "default": False},
        },
        mutually_exclusive=(ONE_SELECTOR,),
        required_one_of=(ONE_SELECTOR,),
    ),
    AppRoleAssignments,
)


def main() -> None:
    """Run as an ordinary module."""
    run_module(TASK)


if __name__ == "__main__":
    main()
