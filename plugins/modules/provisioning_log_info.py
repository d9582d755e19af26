#!/usr/bin/python
# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: provisioning_log_info
short_description: Read the provisioning log, and sum up what happened
version_added: 0.1.0
description:
  - Reads the provisioning log of the source tenant, which is the tenant of the configuration, and sums it up. It counts
    actions by how they ended, errors with advice, and why users were skipped.
  - Without O(service_principal_id) and O(target_tenant_id), the log of all applications of the tenant is read.
  - The service takes five requests in ten seconds; the module keeps to that.
options:
  since:
    description:
      - The beginning of the time to look at, in ISO 8601 such as V(2026-05-01T10:00:00Z), or as how long ago, such as
        V(30m), V(24h), V(7d) or V(2w). A time without a zone is one of UTC.
    type: str
    default: 24h
  until:
    description:
      - The end of it, in the same forms.
      - If left out, up to the newest entry.
    type: str
  job_id:
    description:
      - Only entries of this job, as M(entra.crosstenant.sync_job) returns it.
      - If left out, of any job.
    type: str
  cycle_id:
    description:
      - Only entries of this cycle.
      - If left out, of any cycle.
    type: str
  users:
    description:
      - Only entries about these users, given by user principal name, or by object id in either tenant. The object id of
        a group will do as well.
      - Names are looked up in the directory, since the log knows users by their object ids. A user who is not found
        there is looked for in the log by name, with a warning.
      - If left out, about any object.
    type: list
    elements: str
  statuses:
    description:
      - Only entries that ended so.
      - If left out, however they ended.
    type: list
    elements: str
    choices: [success, failure, skipped, warning]
  actions:
    description:
      - Only entries of these actions. V(stagedDelete) are deletions that the deletion protection holds back.
      - If left out, of any action.
    type: list
    elements: str
    choices: [create, update, delete, disable, stagedDelete, other]
  limit:
    description:
      - The largest number of entries to read. The newest are read, and RV(summary) counts only these; if there are
        more, there is a warning and RV(summary.complete) is false.
    type: int
    default: 10000
  include_values:
    description:
      - Whether entries hold the values of attributes, before and after, and the details of identities and steps. They
        are personal data; consider C(no_log) for the task.
    type: bool
    default: false
extends_documentation_fragment:
  - entra.crosstenant.auth
  - entra.crosstenant.attributes
  - entra.crosstenant.attributes.info
  - entra.crosstenant.selector
notes:
  - The service keeps entries for 30 days, or 7 days in a tenant without Entra ID P1. It shows them some minutes late.
  - Reading the log takes the permission C(ProvisioningLog.Read.All) or C(AuditLog.Read.All).
  - Entries hold names and object ids of people also without O(include_values).
seealso:
  - module: entra.crosstenant.sync_job
  - module: entra.crosstenant.provision_on_demand
author:
  - The entra.crosstenant authors (@entra-crosstenant)
"""

EXAMPLES = r"""
- name: Sum up the last day of a configuration
  entra.crosstenant.provisioning_log_info:
    tenant_id: "{{ source_tenant_id }}"
    client_id: "{{ source_client_id }}"
    client_secret: "{{ source_client_secret }}"
    target_tenant_id: "{{ target_tenant_id }}"
  register: log

- name: Show errors with what to do about them
  ansible.builtin.debug:
    var: log.summary.errors

- name: See which deletions are held back
  entra.crosstenant.provisioning_log_info:
    target_tenant_id: "{{ target_tenant_id }}"
    since: 7d
    actions: [stagedDelete]

- name: See what became of a user, attributes included
  entra.crosstenant.provisioning_log_info:
    target_tenant_id: "{{ target_tenant_id }}"
    since: "2026-05-01T00:00:00Z"
    until: "2026-05-02T00:00:00Z"
    users: [adele@contoso.example]
    include_values: true
  no_log: true
"""

RETURN = r"""
entries:
  description: The entries, newest first.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The id of the entry.
      type: str
    activity_date_time:
      description: When it happened.
      type: str
    job_id:
      description: The job.
      type: str
    cycle_id:
      description: The cycle, the same for all entries of one.
      type: str
    change_id:
      description: The change within the cycle.
      type: str
    tenant_id:
      description: The tenant as the service says it, which may be the target tenant.
      type: str
    action:
      description: V(create), V(update), V(delete), V(disable), V(stagedDelete) or V(other).
      type: str
    status:
      description: V(success), V(failure), V(skipped) or V(warning).
      type: str
    error_code:
      description: The service's code for a failure, or for skipping.
      type: str
    error_category:
      description: V(failure), V(nonServiceFailure) or V(success).
      type: str
    reason:
      description: The service's words for it.
      type: str
    recommended_action:
      description: What the service advises.
      type: str
    duration_in_milliseconds:
      description: How long it took.
      type: int
    source_identity:
      description:
        - The object in the source tenant, with C(id), C(display_name) and C(identity_type); C(details) only with
          O(include_values).
      type: dict
    target_identity:
      description: The object in the target tenant, likewise.
      type: dict
    source_system:
      description: Where it was read, with C(id) and C(display_name).
      type: dict
    target_system:
      description: Where it was written, with C(id) and C(display_name).
      type: dict
    service_principal:
      description: The configuration, with C(id) and C(display_name).
      type: dict
    initiated_by:
      description: Who began it, with C(id), C(display_name) and C(type).
      type: dict
    steps:
      description:
        - The steps, with C(name), C(type), C(status) and C(description); C(details) only with O(include_values).
      type: list
      elements: dict
    modified_properties:
      description:
        - The attributes that were changed, with C(display_name); C(old_value) and C(new_value) only with
          O(include_values).
      type: list
      elements: dict
    additional_details:
      description: More of the service's words.
      returned: with O(include_values)
      type: str
summary:
  description: What the entries come to.
  returned: success
  type: dict
  contains:
    total:
      description: How many entries there are.
      type: int
    complete:
      description: Whether these are all; false if there are more than O(limit).
      type: bool
    by_action_and_status:
      description: How many there are of each action and status.
      type: dict
      sample: {"create": {"success": 12, "failure": 1}, "update": {"success": 3}}
    errors:
      description: The errors, the most frequent first.
      type: list
      elements: dict
      contains:
        code:
          description: The service's code.
          type: str
          sample: AzureActiveDirectoryForbidden
        count:
          description: How many entries have it.
          type: int
        category:
          description: The service's category.
          type: str
        reason:
          description: The service's words for the newest of them.
          type: str
        advice:
          description: What to do about it. Null for a code that this collection does not know.
          type: str
        object_ids:
          description: Up to five of the objects, by their id in the source tenant.
          type: list
          elements: str
    skipped:
      description: Why objects were skipped, the most frequent first.
      type: list
      elements: dict
      contains:
        reason:
          description: The clause of the scoping filter that kept it out, or the service's word.
          type: str
          sample: NotEffectivelyEntitled
        count:
          description: How many entries have it.
          type: int
        advice:
          description: What to do about it, if something. Null for a reason that this collection does not know.
          type: str
    cycles:
      description: How many cycles the entries are of.
      type: int
    users_failing:
      description: Each object with a failure once; those that fail still, in the most cycles, first.
      type: list
      elements: dict
      contains:
        object_id:
          description: The object, by its id in the source tenant.
          type: str
        identity_type:
          description: What it is, such as V(User).
          type: str
        cycles:
          description: In how many cycles it failed.
          type: int
        error_codes:
          description: The service's codes, each once.
          type: list
          elements: str
        resolved:
          description: Whether a later entry says that it went well.
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

from ..module_utils._arguments import ONE_SELECTOR, SELECTOR, Arguments
from ..module_utils._resources.log_question import ACTIONS, STATUSES
from ..module_utils._resources.provisioning_log import ProvisioningLog
from ..module_utils._task import Task, run_module

TASK = Task(
    Arguments(
        options={
            **SELECTOR,
            "since": {"type": "str", "default": "24h"},
            "until": {"type": "str"},
            "job_id": {"type": "str"},
            "cycle_id": {"type": "str"},
            "users": {"type": "list", "elements": "str"},
            "statuses": {"type": "list", "elements": "str", "choices": list(STATUSES)},
            "actions": {"type": "list", "elements": "str", "choices": list(ACTIONS)},
            "limit": {"type": "int", "default": 10000},
            "include_values": {"type": "bool", "default": False},
        },
        mutually_exclusive=(ONE_SELECTOR,),
    ),
    ProvisioningLog,
)


def main() -> None:
    """Run as an ordinary module."""
    run_module(TASK)


if __name__ == "__main__":
    main()
