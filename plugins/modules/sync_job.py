#!/usr/bin/python
# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sync_job
short_description: Manage the provisioning job of a configuration
version_added: 0.1.0
description:
  - Makes sure that a configuration has its provisioning job, and that the job is started or paused.
  - A started job runs a cycle every forty minutes. The interval is fixed by the service.
  - A job that has never run is reported with RV(job.last_run=not_run), whatever placeholder the service keeps.
options:
  state:
    description:
      - V(present) makes sure that there is a job. A new one is paused; an existing one is left as it is.
      - V(started) also starts it unless it is started already. A job in quarantine is left there with a warning.
      - V(paused) also pauses it. A cycle that is running is finished by the service.
      - V(restarted) makes the job forget what O(reset_scope) says, and starts it. This is a change on every run.
      - V(absent) deletes the job and what it knows. Users in the target tenant stay.
    type: str
    choices: [present, started, paused, restarted, absent]
    default: present
  reset_scope:
    description:
      - What a restart forgets. V(escrows) are failures to be retried, V(watermark) is how far the job has read,
        V(quarantine_state) is the quarantine.
      - V(connector_data_store) and V(full) also drop the links between source and target users. Use them only with
        Microsoft's support.
      - If left out, what a restart in the admin center forgets, which is the first three.
    type: list
    elements: str
    choices: [escrows, watermark, quarantine_state, connector_data_store, full]
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
    schedule:
      description: The schedule as the service keeps it, with C(state), C(interval) and C(expiration).
      type: dict
    status:
      description:
        - The status as the service keeps it. C(code) is V(NotRun), V(Active), V(Paused), V(Quarantine) or
          V(NotConfigured).
        - Times and executions that mean never are null.
      type: dict
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
from ..module_utils._resources.sync_job import RESET_SCOPES, SyncJob
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
            "reset_scope": {"type": "list", "elements": "str", "choices": list(RESET_SCOPES)},
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
