#!/usr/bin/python
# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sync_retirement
short_description: Retire a configuration over several runs
version_added: 0.1.0
description:
  - Tells how far the retirement of a configuration is, and does the two things in it that no other module can.
  - Users whom a configuration has brought to the target tenant are only removed by its job, in a cycle that begins
    after they were taken out of scope. The service does not store when that was, so this module writes it into the
    C(notes) of the service principal, as one line that people can read. Other notes are kept.
  - A line that is lost or edited beyond recognition costs another cycle, and nothing else.
  - The role C(entra.crosstenant.retire_sync) has the whole procedure.
options:
  target_tenant_id:
    description:
      - The configuration, by the id of the target tenant that it stores, or that the retirement has noted.
      - Two configurations for one target are refused, and so are two jobs of one; both are named in the message.
    type: str
    required: true
  display_name:
    description:
      - The name of the configuration. It is looked at only where the service shows no target, as of a configuration
        that an interrupted run left behind before it could store one.
      - If left out, C(Cross-tenant sync to) and the target tenant's id.
    type: str
  template_id:
    description:
      - The id of the application template that configurations are made from.
      - If left out, the template of the global cloud is used. Other clouds have templates of their own, so there it
        has to be given.
    type: str
  state:
    description:
      - V(begun) notes that the configuration is being retired. If somebody is in its scope again, an earlier
        withdrawal no longer counts.
      - V(withdrawn) restarts the job with nobody in scope, and notes when, by the clock of the service. This is done
        once. A job that somebody paused since is started again. It fails if somebody is in scope.
      - V(purged) deletes for good what earlier retirements for the same target have left among the deleted items. It
        is recognised by what has been noted, and by nothing else.
      - Where there is no configuration, V(begun) and V(withdrawn) have nothing to do. Where the job is gone,
        V(withdrawn) has not.
    type: str
    choices: [begun, withdrawn, purged]
    default: begun
  restart:
    description:
      - With O(state=withdrawn), restart the job and note the time although that has been done, because somebody has
        been taken out of scope since.
    type: bool
    default: false
  wait:
    description:
      - With O(state=withdrawn), wait until the removals are processed.
      - The task never fails because they are not. It ends when the time is up, and before that when the job is in
        quarantine, paused or deleted, because then nothing more will happen; RV(retirement.waits_for) says why.
      - While the task waits it shows how far the job is. In check mode nothing is waited for.
      - If left out, the task does not wait.
    type: dict
    suboptions:
      timeout:
        description:
          - Seconds after which the task no longer waits. O(max_wait) does not limit it.
        type: float
        default: 7200.0
extends_documentation_fragment:
  - entra.crosstenant.auth
  - entra.crosstenant.attributes
  - entra.crosstenant.attributes.state
seealso:
  - module: entra.crosstenant.app_role_assignment
  - module: entra.crosstenant.sync_job
  - module: entra.crosstenant.sync_closure
author:
  - The entra.crosstenant authors (@entra-crosstenant)
"""

EXAMPLES = r"""
- name: Begin to retire a configuration
  entra.crosstenant.sync_retirement:
    tenant_id: "{{ source_tenant_id }}"
    client_id: "{{ source_client_id }}"
    client_secret: "{{ source_client_secret }}"
    target_tenant_id: "{{ target_tenant_id }}"
  register: begun

- name: Take everybody out of scope
  entra.crosstenant.app_role_assignment:
    target_tenant_id: "{{ target_tenant_id }}"
    principals: []
    state: exact
  register: unassigned
  when: not begun.retirement.processed

- name: Have the users removed, and wait for up to three hours
  entra.crosstenant.sync_retirement:
    target_tenant_id: "{{ target_tenant_id }}"
    state: withdrawn
    restart: "{{ unassigned is changed }}"
    wait:
      timeout: 10800
  register: withdrawn

- name: Say what is missing
  ansible.builtin.debug:
    msg: "It waits {{ withdrawn.retirement.waits_for }}"
  when: not withdrawn.retirement.processed
"""

RETURN = r"""
retirement:
  description: How far it is. In check mode as it would be.
  returned: success
  type: dict
  contains:
    target_tenant_id:
      description: The target tenant.
      type: str
    service_principal_id:
      description: The configuration. Null when there is none, or none any more.
      type: str
    display_name:
      description: Its name.
      type: str
    job_id:
      description: Its job. Null when there is none.
      type: str
    job_enabled:
      description: Whether the job is started.
      type: bool
    begun:
      description: Whether the retirement is noted.
      type: bool
    withdrawn_since:
      description: When the job was restarted with nobody in scope. Null if that is yet to be done.
      type: str
      sample: "2026-08-20T10:00:00Z"
    scope:
      description: Whether the scope is C(assigned) users or C(all). Null when there is no configuration.
      type: str
    processed:
      description:
        - Whether the configuration can go without leaving users behind that it could have removed.
        - That is so when a cycle that began after RV(retirement.withdrawn_since) succeeded and left nothing undone,
          and the job holds no deletion back. It is so, too, when there is no job, or when the job was never started and
          has provisioned nobody on demand.
        - To see this, the module may read the provisioning log, which takes the permission
          C(ProvisioningLog.Read.All) or C(AuditLog.Read.All).
      type: bool
    held_back:
      description: Whether the job is in quarantine because it was to delete too many.
      type: bool
    waits_for:
      description: What has to happen, in a sentence that begins with "for". Null if RV(retirement.processed).
      type: str
      sample: >-
        for a cycle to succeed that began after everybody was taken out of scope (2026-08-20T10:00:00Z), so that the
        service has removed them from the target tenant. The next is expected to begin at about 2026-08-20T10:40:00Z.
    used_by:
      description:
        - Configurations that need what both tenants allow this one. That is those of the platform for the same target,
          whose names begin with C(MTO_Sync_).
        - Where the configuration itself is not found, also those whose target the service masks, as it may be the same.
      type: list
      elements: str
progress:
  description: The lines that were shown during the wait, at most the last 120.
  returned: success
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

from ..module_utils._arguments import Arguments
from ..module_utils._resources.job_wait import TIMEOUT
from ..module_utils._resources.sync_retirement import SyncRetirement
from ..module_utils._task import Task, run_module

TASK = Task(
    Arguments(
        options={
            "target_tenant_id": {"type": "str", "required": True},
            "display_name": {"type": "str"},
            "template_id": {"type": "str"},
            "state": {"type": "str", "choices": ["begun", "withdrawn", "purged"], "default": "begun"},
            "restart": {"type": "bool", "default": False},
            "wait": {"type": "dict", "options": {"timeout": {"type": "float", "default": TIMEOUT}}},
        }
    ),
    SyncRetirement,
)


def main() -> None:
    """Run as an ordinary module."""
    run_module(TASK)


if __name__ == "__main__":
    main()
