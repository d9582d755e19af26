# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role retire_sync on a pair: its variables, what its tasks are called, and what is left behind."""

from __future__ import annotations

from typing import Any

from integration.harness import COLLECTION, Run, Task
from integration.tenants import SOURCE, TARGET
from simulator import Simulator

RETIRE: Task = {"name": "pair", "ansible.builtin.import_role": {"name": f"{COLLECTION}.retire_sync"}}
CYCLE = 2400

BEGUN = "Withdraw | The retirement is noted"
UNASSIGNED = "Withdraw | Nobody is assigned"
SCOPED = "Withdraw | The scope is who is assigned"
WITHDRAWN = "Withdraw | The job removes them"
ALLOWED = "Withdraw | Held-back deletions are let through"
PAUSED = "Sever | The job is paused"
NO_JOB = "Sever | There is no job"
NO_APP = "Sever | There is no configuration"
PURGED = "Sever | What earlier runs have deleted is purged"
SOURCE_CLOSED = "Sever | The source tenant is closed"
TARGET_CLOSED = "Sever | The target tenant is closed"
SEVERED = [PAUSED, NO_JOB, NO_APP, SOURCE_CLOSED, TARGET_CLOSED]

PARTNER = "/policies/crossTenantAccessPolicy/partners/{id}"
POLICY = f"{PARTNER}/identitySynchronization"
JOB = "/servicePrincipals/{id}/synchronization/jobs/{id}"


def retirement(sim: Simulator, **changes: Any) -> dict[str, Any]:
    """Variables of the role; the name of a variable is given without its prefix."""
    variables = {"source": SOURCE.access(sim), "target": TARGET.access(sim), **changes}
    return {f"retire_sync_{name}": value for name, value in variables.items()}


def retired(run: Run) -> dict[str, Any]:
    """The fact that the role sets."""
    found: dict[str, Any] = run["Report | Gather what was done"]["ansible_facts"]["retire_sync_result"]
    return found


def users_from_source(sim: Simulator) -> set[str]:
    """Who is in the target tenant and came from the source tenant."""
    return {each["displayName"] for each in sim.state()[TARGET.id]["users"].values() if each["external"]}


def is_gone(sim: Simulator) -> bool:
    """Whether nothing is left of the synchronization in either tenant."""
    state = sim.state()
    return (
        not any(each["secrets"] for each in state[SOURCE.id]["servicePrincipals"].values())
        and TARGET.id not in state[SOURCE.id]["partners"]
        and SOURCE.id not in state[TARGET.id]["partners"]
        and SOURCE.id not in state[TARGET.id]["identitySynchronization"]
    )
