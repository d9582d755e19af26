# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plan does to the target, and its entry in the provisioning log (graph-api.md sections 8.5 and 11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .attributes import read_target
from .job import Link
from .provisioning import Plan, Run, import_step
from .provisioning_entry import Outcome, Step
from .target_directory import ExportError

if TYPE_CHECKING:
    from .tenant import User

POLICY_FAILURE = "AzureDirectoryB2BManagementPolicyCheckFailure"


def disables(plan: Plan) -> bool:
    """Whether the plan disables a user, which counts against the deletion threshold."""
    changes = plan.creation_only.get("changes") or {}
    return plan.action == "update" and changes.get("accountEnabled") is False


def carry_out(run: Run, plan: Plan) -> Outcome | None:
    """Export one plan and log it."""
    user = plan.user
    outcome = Outcome("other", "skipped", user.id, user.properties.get("displayName"), steps=plan.steps, upn=user.upn)
    if plan.action == "skip":
        return _skip(run, plan, outcome)
    if plan.action == "fail":
        outcome.status, outcome.error_code, outcome.reason = "failure", plan.skip_code, plan.reason
        return run.log(outcome)
    outcome.target_id = plan.target.id if plan.target else None
    outcome.target_name = plan.target.properties.get("displayName") if plan.target else None
    if run.policy_failure is not None:
        outcome.action = {"create": "create", "delete": "delete"}.get(plan.action, "update")
        outcome.status, outcome.error_code, outcome.reason = "failure", POLICY_FAILURE, run.policy_failure.message
        outcome.steps.append(Step("EntryExportAdd", "failure", run.policy_failure.message))
        return run.log(outcome)
    try:
        _EXPORTS[plan.action](run, plan, outcome)
    except ExportError as problem:
        outcome.status, outcome.error_code, outcome.reason = "failure", problem.code, problem.reason
        outcome.steps.append(Step("EntryExportAdd", "failure", problem.reason, {"ErrorCode": problem.code}))
    return run.log(outcome) if outcome.action != "none" else None


def _skip(run: Run, plan: Plan, outcome: Outcome) -> Outcome | None:
    known = run.job.skipped.get(plan.user.id) == plan.skip_code
    run.job.skipped[plan.user.id] = str(plan.skip_code)
    if known and not run.full:
        return None
    outcome.error_code, outcome.reason = "EntrySynchronizationSkipped", plan.reason
    if plan.skip_code == "NotEffectivelyEntitled":
        outcome.error_code = "NotEffectivelyEntitled"
    return run.log(outcome)


def _modified(values: dict[str, Any], before: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"displayName": name, "oldValue": _text(before.get(name)), "newValue": _text(value)}
        for name, value in sorted(values.items())
    ]


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _done(outcome: Outcome, action: str, step: str, target: User, text: str) -> None:
    outcome.action, outcome.status = action, "success"
    outcome.target_id, outcome.target_name = target.id, target.properties.get("displayName")
    outcome.steps.append(Step(step, "success", text))


def _not_allowed(run: Run, outcome: Outcome, action: str, flow: str) -> bool:
    if run.may(flow):
        return False
    outcome.action, outcome.status = action, "skipped"
    outcome.error_code = "EntrySynchronizationSkipped"
    outcome.reason = f"The object mapping does not allow the action '{flow}'."
    outcome.steps.append(Step("EntrySynchronizationSkip", "skipped", outcome.reason))
    return True


def _create(run: Run, plan: Plan, outcome: Outcome) -> None:
    outcome.action = "create"
    if _not_allowed(run, outcome, "create", "Add"):
        return
    values = {**plan.creation_only, **plan.values}
    target = run.directory.create(plan.user, values)
    run.job.links[plan.user.id] = Link(target.id, dict(plan.values))
    outcome.modified = _modified({**values, "userPrincipalName": target.upn}, {})
    _done(outcome, "create", "EntryExportAdd", target, f"User '{plan.user.upn}' was created in the target directory.")


def _update(run: Run, plan: Plan, outcome: Outcome) -> None:
    target = plan.target
    assert target is not None
    changes: dict[str, Any] = plan.creation_only["changes"]
    outcome.action = "update"
    if not changes:
        run.job.links[plan.user.id] = Link(target.id, dict(plan.values))
        outcome.error_code, outcome.reason = "RedundantExport", "The state of the entry in both systems already match."
        outcome.steps.append(Step("EntryExportUpdate", "skipped", outcome.reason, {"SkipReason": "RedundantExport"}))
        outcome.action = "update" if run.full else "none"
        return
    if _not_allowed(run, outcome, "update", "Update"):
        return
    before = {name: read_target(target, name) for name in changes}
    run.directory.update(target, changes)
    run.job.links[plan.user.id] = Link(target.id, dict(plan.values))
    outcome.modified = _modified(changes, before)
    disabled = changes.get("accountEnabled") is False
    step = "EntryExportDisable" if disabled else "EntryExportUpdate"
    _done(
        outcome,
        "disable" if disabled else "update",
        step,
        target,
        f"User '{plan.user.upn}' was updated in the target directory.",
    )


def _restore(run: Run, plan: Plan, outcome: Outcome) -> None:
    entry_ = run.directory.deleted_by_engine(plan.user)
    assert entry_ is not None
    outcome.action = "update"
    if _not_allowed(run, outcome, "update", "Update"):
        return
    target = run.directory.restore(entry_)
    changes = {name: value for name, value in plan.values.items() if read_target(target, name) != value}
    run.directory.update(target, changes)
    run.job.links[plan.user.id] = Link(target.id, dict(plan.values))
    outcome.modified = _modified({**changes, "IsSoftDeleted": False}, {"IsSoftDeleted": True})
    _done(
        outcome, "update", "EntryExportRestore", target, f"User '{plan.user.upn}' was restored in the target directory."
    )


def _delete(run: Run, plan: Plan, outcome: Outcome) -> None:
    target = plan.target
    assert target is not None
    outcome.action = "delete"
    if _not_allowed(run, outcome, "delete", "Delete"):
        return
    run.directory.delete(target)
    run.job.links.pop(plan.user.id, None)
    run.job.staged.discard(plan.user.id)
    outcome.modified = _modified({"IsSoftDeleted": True}, {"IsSoftDeleted": False})
    outcome.reason = plan.reason
    _done(
        outcome, "delete", "EntryExportDelete", target, f"User '{plan.user.upn}' was deleted in the target directory."
    )


def _release(run: Run, plan: Plan, outcome: Outcome) -> None:
    run.job.links.pop(plan.user.id, None)
    outcome.action = "other"
    outcome.error_code, outcome.reason = (
        "EntrySynchronizationSkipped",
        "The user is disabled already and is left as it is.",
    )
    outcome.steps.append(Step("EntrySynchronizationSkip", "skipped", outcome.reason))


_EXPORTS = {"create": _create, "update": _update, "restore": _restore, "delete": _delete, "release": _release}


def flow_managers(run: Run, user_ids: list[str], fresh: set[str]) -> None:
    """Second pass: managers whose target user is known by now; removals are not propagated (domain.md section 4.2)."""
    if not any(item["targetAttributeName"] == "manager" for item in run.users["attributeMappings"]):
        return
    for key in user_ids:
        user, link = run.source.users.get(key), run.job.links.get(key)
        if user is None or link is None or user.manager_id not in run.job.links:
            continue
        target = run.target.users.get(link.target_id)
        wanted = run.job.links[str(user.manager_id)].target_id
        if target is None or target.manager_id == wanted or wanted not in run.target.users:
            continue
        old, target.manager_id = target.manager_id, wanted
        if key not in fresh:
            outcome = Outcome(
                "update",
                "success",
                user.id,
                user.properties.get("displayName"),
                upn=user.upn,
                steps=[import_step(user.upn)],
            )
            outcome.modified = _modified({"manager": wanted}, {"manager": old})
            _done(outcome, "update", "EntryExportUpdate", target, f"The manager of '{user.upn}' was updated.")
            run.log(outcome)
