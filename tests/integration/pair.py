# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role cross_tenant_sync on a pair: its variables, and what its tasks are called."""

from __future__ import annotations

from typing import Any

from integration.harness import COLLECTION, Run, Task
from integration.tenants import ADELE, SOURCE, SYNC_NAME, TARGET
from simulator import Simulator

ROLE: Task = {"name": "pair", "ansible.builtin.import_role": {"name": f"{COLLECTION}.cross_tenant_sync"}}

TARGET_SIGN_IN, SOURCE_SIGN_IN = (f"Preflight | Sign in to the {side} tenant" for side in ("target", "source"))
PERMITTED = "Preflight | Both apps may do what is going to be done"
TARGET_PARTNER = "Target | The source tenant is a partner whose users need not consent"
IDENTITY_SYNC = "Target | The source tenant may push users"
SOURCE_PARTNER = "Source | The target tenant is a partner where users need not consent"
APP = "Source | There is a configuration for the target tenant"
JOB = "Source | The configuration has its job"
SETTINGS = "Source | Target, scope and notifications are stored"
SCHEMA = "Source | Mappings and filters are as wanted"
ASSIGNMENTS = "Source | Users and groups are in scope"
ON_DEMAND = "Source | Test users are provisioned at once"
JOB_STATE = "Source | The job is as wanted"

PARTNER_PATH = "/policies/crossTenantAccessPolicy/partners/{id}"
SYNCHRONIZATION = "/servicePrincipals/{id}/synchronization"
VALIDATE = f"POST {SYNCHRONIZATION}/jobs/validateCredentials"


def pair(sim: Simulator, **changes: Any) -> dict[str, Any]:
    """Variables of a pair with one user; the name of a variable is given without its prefix."""
    variables = {
        "source": SOURCE.access(sim),
        "target": TARGET.access(sim),
        "display_name": SYNC_NAME,
        "principals": [{"user": ADELE}],
        **changes,
    }
    return {f"cross_tenant_sync_{name}": value for name, value in variables.items()}


def report(run: Run) -> dict[str, Any]:
    """The fact that the role sets."""
    facts = run["Report | Gather what differed"]["ansible_facts"]
    found: dict[str, Any] = facts["cross_tenant_sync_result"]
    return found
