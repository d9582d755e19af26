# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configurations a seed says exist already: application pair, secrets, job, assignments."""

from __future__ import annotations

from typing import Any

from .assignment_objects import make_assignment
from .clock import Clock
from .configuration_objects import SYNC_TEMPLATE, make_job, make_pair
from .job import placeholder_execution
from .settings import Settings
from .tenant import Tenant

KEYS = {"display_name", "template_id", "secrets", "job", "assignments", "account_enabled", "owner"}


def add_configuration(tenant: Tenant, entry: dict[str, Any], settings: Settings, clock: Clock) -> str:
    """Create one and return the service principal's id.

    ``job``: ``absent`` (default), ``created`` or ``started``; ``assignments``: UPNs and group names.
    """
    unknown = set(entry) - KEYS
    if unknown:
        raise ValueError(f"unknown configuration keys {sorted(unknown)}")
    owner = tenant.apps[entry["owner"]].object_id if entry.get("owner") else None
    dummy, principal = make_pair(
        tenant, entry["display_name"], entry.get("template_id", SYNC_TEMPLATE), owner, clock.iso()
    )
    principal.properties["accountEnabled"] = entry.get("account_enabled", True)
    principal.secrets.update({key: str(value) for key, value in (entry.get("secrets") or {}).items()})
    state = entry.get("job", "absent")
    if state != "absent":
        job = make_job(tenant, principal, settings, clock.timestamp())
        if state == "started":
            job.schedule_state, job.status_code = "Active", "NotRun"
            job.started_at = clock.timestamp()
            job.last_execution = placeholder_execution()
            job.next_cycle_at = job.started_at + float(settings["initial_cycle_seconds"])
    groups = {group.properties["displayName"]: group for group in tenant.groups.values()}
    role = principal.properties["appRoles"][0]["id"]
    for name in entry.get("assignments") or []:
        holder = tenant.find_user(name) or groups[name]
        tenant.assignments.add(make_assignment(holder, principal, role, clock.iso()))
    return principal.id
