# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One cycle of a job: who is in scope, what is exported, how it ends (graph-api.md 8.2, domain.md section 6)."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from .credential_check import Failure, check_credentials
from .group_provisioning import provision_groups
from .job import INTERVAL, Job, execution, quarantine_object
from .provisioning import (
    Plan,
    Run,
    entitled_users,
    import_step,
    plan_removal,
    plan_user,
)
from .provisioning_entry import Outcome, Step
from .provisioning_exports import carry_out, disables, flow_managers

if TYPE_CHECKING:
    from .tenant import ServicePrincipal, Tenant
    from .world import World

DAY = 86400.0
RETRIES = (6 * 3600.0, 12 * 3600.0, DAY)
QUARANTINE_LIMIT = 28 * DAY
SHARE = 0.4


def run_cycle(world: World, source: Tenant, principal: ServicePrincipal, job: Job) -> dict[str, Any]:
    """Run one cycle now and return a short summary."""
    began = world.clock.iso()
    full = job.initial_cycle
    job.cycles += 1
    secrets = principal.secrets
    failure = check_credentials(world, source, secrets)
    target = world.tenants.get(str(secrets.get("CompanyId", "")).lower())
    activity = str(uuid.uuid4())
    if (
        target is None
        or target.id == source.id
        or (failure and failure.code in ("CredentialsMissing", "InvalidCredentials"))
    ):
        return _fail(
            world,
            source,
            principal,
            job,
            began,
            activity,
            failure or Failure("ExternalTenantNotFound", "Unknown tenant."),
        )
    # A policy that forbids everything shows at every user, changed or not.
    run = Run(
        world, source, target, principal, job, full or failure is not None, cycle_id=activity, policy_failure=failure
    )
    plans = _plans(run)
    if failure is not None:
        for plan in plans:
            carry_out(run, plan)
        return _fail(world, source, principal, job, began, activity, failure)
    fresh = {plan.user.id for plan in plans if plan.action == "create"}
    staged = _stage(run, plans)
    for plan in plans:
        if plan.user.id not in staged:
            carry_out(run, plan)
    flow_managers(run, list(job.links), fresh)
    provision_groups(run)
    return _finish(run, began, staged)


def sync_all(run: Run) -> bool:
    """The scope in force: narrowing it from all to assigned needs a restart (domain.md section 4.3)."""
    stored = run.principal.secrets.get("SyncAll", "false").lower() == "true"
    if stored or run.job.sync_all is None:
        run.job.sync_all = stored
    return run.job.sync_all


def _plans(run: Run) -> list[Plan]:
    everybody = sync_all(run)
    scope = dict.fromkeys(run.source.users) if everybody else entitled_users(run)
    run.entitled = len(scope)
    plans = [plan for plan in (plan_user(run, run.source.users[key]) for key in scope) if plan is not None]
    for key in [key for key, link in run.job.links.items() if link.kind == "User" and key not in scope]:
        reason = (
            "The user is not assigned to the application any more."
            if key in run.source.users
            else "The user was deleted."
        )
        plan = plan_removal(run, key, [import_step(key)], reason)
        if plan is not None:
            plans.append(plan)
    return plans


def deletion_threshold(secrets: dict[str, str]) -> int | None:
    """How many deletions trip the breaker, or None when it is off; 500 lets 499 pass (section 8.3)."""
    try:
        settings = json.loads(secrets.get("SyncNotificationSettings") or "{}")
    except ValueError:
        return None
    if not settings.get("DeleteThresholdEnabled"):
        return None
    return int(settings.get("DeleteThresholdValue", 500))


def _stage(run: Run, plans: list[Plan]) -> set[str]:
    """Hold back deletions and disables when there are too many, and log them as staged."""
    pending = [plan for plan in plans if disables(plan) or (plan.action == "delete" and run.may("Delete"))]
    threshold = deletion_threshold(run.principal.secrets)
    if run.job.force_deletes or not threshold or len(pending) < threshold:
        run.job.force_deletes = False
        run.job.staged.clear()
        return set()
    for plan in pending:
        user = plan.user
        outcome = Outcome(
            "stagedDelete", "skipped", user.id, user.properties.get("displayName"), steps=plan.steps, upn=user.upn
        )
        outcome.target_id = plan.target.id if plan.target else None
        outcome.error_code = "TooManyDeletes"
        outcome.reason = f"The number of deletions ({len(pending)}) reached the threshold ({threshold})."
        outcome.steps.append(Step("EntrySynchronizationSkip", "skipped", outcome.reason))
        run.log(outcome)
    run.job.staged = {plan.user.id for plan in pending}
    return set(run.job.staged)


def _finish(run: Run, began: str, staged: set[str]) -> dict[str, Any]:
    job, world = run.job, run.world
    first = not job.initial_cycle_done
    job.initial_cycle = False
    job.initial_cycle_done = True
    ended = world.clock.iso()
    attempted = run.exports + run.failures
    too_many = run.failures >= world.settings["escrow_minimum"] and run.failures > SHARE * attempted
    error: dict[str, Any] | None = None
    state = "EntryLevelErrors" if run.failures else "Succeeded"
    reason = "TooManyDeletes" if staged else "EncounteredEscrowProportionThreshold" if too_many else None
    if reason:
        state = "Failed"
        error = {"code": reason, "message": f"The job was quarantined: {reason}.", "tenantActionable": True}
    job.last_execution = execution(
        run.cycle_id,
        state,
        began,
        ended,
        error,
        countEntitled=run.entitled,
        countEntitledForProvisioning=run.entitled,
        countEscrowed=len(job.escrows),
        countEscrowedRaw=len(job.escrows),
        countExported=run.exports,
        countExports=run.exports,
        countImported=run.entitled,
        countImportedDeltas=run.entitled,
    )
    if reason:
        _quarantine(world, job, reason, error)
        return summary(run.source, job, run)
    job.quarantine = job.quarantine_since = None
    job.failures = 0
    job.status_code = "Active"
    job.next_cycle_at = world.clock.timestamp() + INTERVAL
    if state == "Succeeded":
        job.last_success = job.last_execution
        if run.exports:
            job.last_success_with_exports = job.last_execution
    if first:
        job.steady_first = ended
    job.steady_last = ended
    return summary(run.source, job, run)


def _fail(
    world: World, source: Tenant, principal: ServicePrincipal, job: Job, began: str, activity: str, failure: Failure
) -> dict[str, Any]:
    """The whole cycle failed: the credentials or policies do not allow it."""
    error = {"code": failure.code, "message": failure.message, "tenantActionable": True}
    job.last_execution = execution(activity, "Failed", began, world.clock.iso(), error)
    job.failures += 1
    _quarantine(world, job, "EncounteredQuarantineException", error)
    return summary(source, job, None)


def _quarantine(world: World, job: Job, reason: str, error: dict[str, Any] | None) -> None:
    """Retries after 6, 12, 24 hours, then daily; disabled after four weeks (section 8.2)."""
    now = world.clock.timestamp()
    if job.quarantine_since is None:
        job.quarantine_since = now
    count = int(job.quarantine["seriesCount"]) + 1 if job.quarantine else 1
    retry = now + RETRIES[min(count, len(RETRIES)) - 1]
    job.quarantine = quarantine_object(reason, now, job.quarantine_since, count, retry, error)
    job.status_code = "Quarantine"
    job.next_cycle_at = retry
    if now - job.quarantine_since >= QUARANTINE_LIMIT:
        job.schedule_state = "Disabled"
        job.next_cycle_at = None


def summary(source: Tenant, job: Job, run: Run | None) -> dict[str, Any]:
    """What the control API reports of a cycle."""
    actions: dict[str, int] = {}
    for outcome in run.outcomes if run else []:
        key = f"{outcome.action}:{outcome.status}"
        actions[key] = actions.get(key, 0) + 1
    assert job.last_execution is not None
    return {
        "tenant": source.id,
        "job": job.id,
        "state": job.last_execution["state"],
        "code": job.status_code,
        "actions": actions,
    }
