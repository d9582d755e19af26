# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Group synchronization (preview): only when the mapping, both policies and the scope allow it (section 8.6)."""

from __future__ import annotations

import uuid
from typing import Any

from .attributes import converted, group_value
from .expression_functions import EvaluationError, evaluate
from .job import Link
from .provisioning import Run
from .provisioning_entry import Outcome, Step
from .tenant import Group


def provision_groups(run: Run) -> None:
    """Assigned groups after the users."""
    mapping = run.mapping("Group")
    if not mapping["enabled"]:
        return
    policy = run.target.identity_sync.get(run.source.id) or {}
    allowed = bool((policy.get("groupSyncInbound") or {}).get("isSyncAllowed")) and not run.job.sync_all
    assigned = [
        run.source.groups[item["principalId"]]
        for item in run.source.assignments.by_resource.get(run.principal.id, {}).values()
        if item["principalId"] in run.source.groups
    ]
    for group in assigned:
        if allowed:
            _provision(run, mapping, group)
        else:
            _skip(run, group)
    for key in [
        key
        for key, link in run.job.links.items()
        if link.kind == "Group" and key not in {group.id for group in assigned}
    ]:
        _remove(run, mapping, key)


def _outcome(group_id: str, name: str | None) -> Outcome:
    steps = [Step("EntryImport", "success", f"Retrieved group '{name}' from the source directory.")]
    return Outcome("other", "skipped", group_id, name, kind="Group", steps=steps)


def _skip(run: Run, group: Group) -> None:
    if run.job.skipped.get(group.id) == "EntityTypeNotSupported" and not run.full:
        return
    run.job.skipped[group.id] = "EntityTypeNotSupported"
    outcome = _outcome(group.id, group.properties.get("displayName"))
    outcome.error_code, outcome.reason = "EntityTypeNotSupported", "Groups are not enabled for synchronization."
    outcome.steps.append(Step("EntrySynchronizationSkip", "skipped", outcome.reason))
    run.log(outcome)


def _provision(run: Run, mapping: dict[str, Any], group: Group) -> None:
    outcome = _outcome(group.id, group.properties.get("displayName"))
    values: dict[str, Any] = {}
    try:
        for item in mapping["attributeMappings"]:
            name = item["targetAttributeName"]
            if name not in ("members", "objectId"):
                values[name] = converted(
                    name, evaluate(item["source"], lambda attribute: group_value(group, attribute))
                )
    except EvaluationError as problem:
        outcome.status, outcome.error_code, outcome.reason = "failure", "AttributeMappingError", str(problem)
        run.log(outcome)
        return
    members = {run.job.links[key].target_id: None for key in group.members if key in run.job.links}
    link = run.job.links.get(group.id)
    target = run.target.groups.get(link.target_id) if link else None
    if target is None:
        if not run.may("Add", mapping):
            return
        target = Group(
            str(uuid.uuid4()),
            {"securityEnabled": True, "mailEnabled": False, "groupTypes": [], "mail": None, **values},
            members,
            group.id,
        )
        target.properties["createdDateTime"] = run.world.clock.iso()
        run.target.groups[target.id] = target
        _log(run, outcome, "create", "EntryExportAdd", target)
    else:
        changes = {
            name: value for name, value in values.items() if value is not None and target.properties.get(name) != value
        }
        if (changes or set(target.members) != set(members)) and run.may("Update", mapping):
            target.properties.update(changes)
            target.members = members
            _log(run, outcome, "update", "EntryExportUpdate", target)
    run.job.links[group.id] = Link(target.id, {}, "Group")


def _log(run: Run, outcome: Outcome, action: str, step: str, target: Group) -> None:
    outcome.action, outcome.status = action, "success"
    outcome.target_id, outcome.target_name = target.id, target.properties.get("displayName")
    outcome.steps.append(Step(step, "success", f"Group '{outcome.source_name}' was exported."))
    run.log(outcome)


def _remove(run: Run, mapping: dict[str, Any], key: str) -> None:
    """A group that is not assigned any more; what becomes of the target group is UNCONFIRMED: deleted here."""
    link = run.job.links.pop(key)
    target = run.target.groups.pop(link.target_id, None)
    if target is not None and run.may("Delete", mapping):
        outcome = _outcome(key, target.properties.get("displayName"))
        _log(run, outcome, "delete", "EntryExportDelete", target)
    elif target is not None:
        run.target.groups[target.id] = target
