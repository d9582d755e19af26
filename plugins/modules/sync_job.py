#!/usr/bin/python
# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sync_job
short_description: Manage the provisioning job of a configuration, and wait for it
version_added: 0.1.0
description:
  - Makes sure that a configuration has its provisioning job, and that the job is started or paused.
  - A started job runs a cycle every forty minutes. The interval is fixed by the service.
  - A job that has never run is reported with RV(job.last_run=not_run), whatever placeholder the service keeps.
  - A quarantine is explained in RV(job.quarantine), with the days that are left before the service disables the job.
options:
  state:
    description:
      - V(present) makes sure that there is a job. A new one is paused; an existing one is left as it is.
      - V(started) also starts it unless it is started already. A job in quarantine is left there with a warning.
      - V(paused) also pauses it. A cycle that is running is finished by the service.
      - V(restarted) makes the job forget what O(reset_scope) says, and starts it. This is a change on every run, except
        with O(allow_deletes).
      - V(absent) deletes the job and what it knows. Users in the target tenant stay.
    type: str
    choices: [present, started, paused, restarted, absent]
    default: present
  reset_scope:
    description:
      - What a restart forgets, so only with O(state=restarted). V(escrows) are failures to be retried, V(watermark) is
        how far the job has read, V(quarantine_state) is the quarantine.
      - V(connector_data_store) and V(full) also drop the links between source and target users. The job then has to
        match everybody again; who cannot be matched, such as a guest who has not redeemed an invitation, is lost to it,
        or comes a second time. They are for Microsoft Support to ask for, and refused without
        O(allow_dangerous_reset).
      - Graph's own names, such as V(QuarantineState), mean the same.
      - If left out, what a restart in the admin center forgets, which is the first three.
    type: list
    elements: str
    choices:
      - escrows
      - watermark
      - quarantine_state
      - connector_data_store
      - full
      - Escrows
      - Watermark
      - QuarantineState
      - ConnectorDataStore
      - Full
  allow_dangerous_reset:
    description:
      - Whether O(reset_scope) may name V(connector_data_store) and V(full).
    type: bool
    default: false
  allow_deletes:
    description:
      - Let the service carry out the deletions that the deletion protection holds back, as the admin center's
        "Allow deletes" does. Only with O(state=restarted), or with O(state=started), which also starts the job.
      - A job that is in quarantine for too many deletions is restarted so that it carries them out. Which these are is
        read from the provisioning log first, and returned in RV(staged_deletions) and the diff, in check mode too. That
        takes the permission C(ProvisioningLog.Read.All) or C(AuditLog.Read.All). If the log cannot be read, or does not
        list any yet, the task fails and nothing is allowed.
      - Any other job is left as it is, with a warning.
      - It cannot go together with O(reset_scope).
    type: bool
    default: false
  max_deletes:
    description:
      - The largest number of deletions that O(allow_deletes) may let through. If more are held back, the task fails
        with the list and nothing is allowed.
      - If left out, all that are held back are let through.
    type: int
  wait:
    description:
      - Wait for the job, after it was changed or, with O(state=present), without changing anything. There must be a job
        then.
      - While the task waits it shows how far the job is, when the state changes and else once a minute. The lines are
        in RV(progress) as well, because an ordinary module can show nothing while it runs.
      - It fails before the time is up when the job is in quarantine (except for V(not_quarantined)), is not started, or
        is deleted, because then nothing more will happen. RV(job) says what is there.
      - It cannot go together with O(state=absent); with O(state=paused) only V(not_quarantined) can be waited for. In
        check mode nothing is waited for.
      - If left out, the task does not wait.
    type: dict
    suboptions:
      until:
        description:
          - V(cycle_finished) waits for a cycle that ends after the task began. For a job that was started or restarted
            that is its first run, for a running one the next cycle to end. A cycle that ended with errors of single
            objects, or failed, has finished; the task warns of it, and RV(job.last_run) says it.
          - V(steady_state) waits until the job has caught up with all changes. A job that the task started or restarted
            must do so anew; one that the task left alone has, if it is active and did so before.
          - V(not_quarantined) waits until the job is in no quarantine. A restart lifts a quarantine at once; to see
            whether that lasts, wait for V(cycle_finished).
        type: str
        choices: [cycle_finished, steady_state, not_quarantined]
        required: true
      timeout:
        description:
          - Seconds after which the task gives up, and fails with what was reached. O(max_wait) does not limit it.
          - The default, two hours, is the time of three cycles. The first cycle of many users takes hours, though.
        type: float
        default: 7200.0
extends_documentation_fragment:
  - entra.crosstenant.auth
  - entra.crosstenant.attributes
  - entra.crosstenant.attributes.state
  - entra.crosstenant.selector
seealso:
  - module: entra.crosstenant.sync_app
  - module: entra.crosstenant.sync_secrets
author:
  - The entra.crosstenant authors (@entra-crosstenant)
"""

EXAMPLES = r"""
- name: Start the job of a configuration
  entra.crosstenant.sync_job:
    tenant_id: "{{ source_tenant_id }}"
    client_id: "{{ source_client_id }}"
    client_secret: "{{ source_client_secret }}"
    target_tenant_id: "{{ target_tenant_id }}"
    state: started

- name: Lift a quarantine once its cause is removed
  entra.crosstenant.sync_job:
    target_tenant_id: "{{ target_tenant_id }}"
    state: restarted

- name: Start the job, and wait for its first cycle
  entra.crosstenant.sync_job:
    target_tenant_id: "{{ target_tenant_id }}"
    state: started
    wait:
      until: cycle_finished
      timeout: 14400

- name: Wait for the next cycle of a running job without touching it
  entra.crosstenant.sync_job:
    target_tenant_id: "{{ target_tenant_id }}"
    wait:
      until: cycle_finished

- name: See which deletions the deletion protection holds back
  entra.crosstenant.sync_job:
    target_tenant_id: "{{ target_tenant_id }}"
    state: restarted
    allow_deletes: true
  check_mode: true
  register: held_back

- name: Let exactly so many of them through
  entra.crosstenant.sync_job:
    target_tenant_id: "{{ target_tenant_id }}"
    state: restarted
    allow_deletes: true
    max_deletes: "{{ held_back.staged_deletions | length }}"
"""

RETURN = r"""
job:
  description:
    - The job. In check mode as it would be; the id of one that does not exist yet is the zero GUID.
    - Null with O(state=absent).
  returned: success
  type: dict
  contains:
    service_principal_id:
      description: The configuration that the job belongs to.
      type: str
    id:
      description: The id of the job.
      type: str
    template_id:
      description: The synchronization template, C(Azure2Azure).
      type: str
    enabled:
      description: Whether the job is started.
      type: bool
    last_run:
      description: How the last cycle ended. V(not_run) when there has been none.
      type: str
      sample: succeeded
    quarantine:
      description: The quarantine that the job is in, explained. Null if it is in none.
      type: dict
      contains:
        reason:
          description: The reason in the service's own word.
          type: str
          sample: TooManyDeletes
        explanation:
          description: What the reason means.
          type: str
        since:
          description: When the series of failed attempts began.
          type: str
        attempts:
          description: How many attempts have failed.
          type: int
        next_attempt:
          description: When the service tries again. It does so once a day after the first day.
          type: str
        error:
          description: The service's error, with C(code), C(message) and C(tenant_actionable).
          type: dict
        disabled_in_days:
          description:
            - Whole days until the service disables the job, four weeks after RV(job.quarantine.since).
            - Null if the service does not say when it began.
          type: int
          sample: 21
        remedy:
          description: What to do.
          type: str
    schedule:
      description: The schedule as the service keeps it, with C(state), C(interval) and C(expiration).
      type: dict
    status:
      description:
        - The status as the service keeps it. C(code) is V(NotRun), V(Active), V(Paused), V(Quarantine) or
          V(NotConfigured).
        - Times and executions that mean never are null.
      type: dict
staged_deletions:
  description:
    - The deletions that the deletion protection holds back, or held back before they were allowed, each object once.
    - Of the cycle that began the quarantine, and of later ones.
  returned: with O(allow_deletes), also when it is refused
  type: list
  elements: dict
  contains:
    object_id:
      description: The object in the source tenant.
      type: str
    display_name:
      description: Its name.
      type: str
    target_object_id:
      description: The object in the target tenant.
      type: str
    action:
      description: The action in the service's own word, C(stagedDelete).
      type: str
    time:
      description: When it was held back, last.
      type: str
progress:
  description: The lines that were shown during the wait, at most the last 120. Empty in check mode.
  returned: with O(wait), also when it fails
  type: list
  elements: str
  sample: ["NotRun, 3 of 10 pages (30 %), 120 imported, 95 exported, 0 escrowed, 4 min"]
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
from ..module_utils._resources.job_wait import GOALS, TIMEOUT
from ..module_utils._resources.sync_job import RESET_NAMES, SyncJob
from ..module_utils._task import Task, run_module

TASK = Task(
    Arguments(
        options={
            **SELECTOR,
            "state": {
                "type": "str",
                "choices": ["present", "started", "paused", "restarted", "absent"],
                "default": "present",
            },
            "reset_scope": {"type": "list", "elements": "str", "choices": list(RESET_NAMES)},
            "allow_dangerous_reset": {"type": "bool", "default": False},
            "allow_deletes": {"type": "bool", "default": False},
            "max_deletes": {"type": "int"},
            "wait": {
                "type": "dict",
                "options": {
                    "until": {"type": "str", "choices": list(GOALS), "required": True},
                    "timeout": {"type": "float", "default": TIMEOUT},
                },
            },
        },
        mutually_exclusive=(ONE_SELECTOR,),
        required_one_of=(ONE_SELECTOR,),
    ),
    SyncJob,
)


def main() -> None:
    """Run as an ordinary module."""
    run_module(TASK)


if __name__ == "__main__":
    main()
