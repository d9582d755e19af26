# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""When cycles run: due jobs on the simulated clock (graph-api.md section 8.2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .deleted_items import expire
from .provisioning_cycle import run_cycle

if TYPE_CHECKING:
    from .job import Job
    from .tenant import ServicePrincipal, Tenant
    from .world import World

RETENTION = 30 * 86400.0


def jobs(world: World) -> Iterator[tuple[Tenant, ServicePrincipal, Job]]:
    """All jobs of all tenants."""
    for tenant in world.tenants.values():
        for principal in tenant.service_principals.values():
            for job in principal.jobs.values():
                yield tenant, principal, job


def run_due(world: World, until: float | None = None) -> list[dict[str, Any]]:
    """Run every cycle that is due, in order of time."""
    limit = world.clock.timestamp() if until is None else until
    results: list[dict[str, Any]] = []
    while True:
        due = [
            (job.next_cycle_at, tenant, principal, job)
            for tenant, principal, job in jobs(world)
            if job.running and job.next_cycle_at is not None and job.next_cycle_at <= limit
        ]
        if not due:
            return results
        moment, tenant, principal, job = min(due, key=lambda item: item[0])
        with world.clock.at(moment):
            _expire(world)
            results.append(run_cycle(world, tenant, principal, job))


def advance(world: World, seconds: float) -> list[dict[str, Any]]:
    """Move the clock ahead; cycles on the way run at their own time."""
    if seconds < 0:
        raise ValueError("time does not run backwards")
    results = run_due(world, world.clock.timestamp() + seconds)
    world.clock.advance(seconds)
    _expire(world)
    return results


def run_cycle_now(world: World, tenant: Tenant, job_id: str | None) -> list[dict[str, Any]]:
    """One cycle now for one job, or for every started job of a tenant; a paused job runs no cycle."""
    found = [item for item in jobs(world) if item[0] is tenant and job_id in (None, item[2].id)]
    if job_id is not None and not found:
        raise KeyError(f"no job {job_id!r}")
    if job_id is not None and not found[0][2].running:
        raise ValueError("the job is not started")
    return [run_cycle(world, owner, principal, job) for owner, principal, job in found if job.running]


def _expire(world: World) -> None:
    now = world.clock.timestamp()
    for tenant in world.tenants.values():
        expire(tenant, now)
