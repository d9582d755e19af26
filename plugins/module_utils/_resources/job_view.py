# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A provisioning job in the words of this collection (graph-api.md section 8.2). PRIVATE to the collection."""

from __future__ import annotations

import re
import typing as t

from .._types import Tree
from .job_quarantine import quarantine_view

# The service writes the first year of all for "never".
NEVER = "0001-01-01"
OUTCOMES = {"Succeeded": "succeeded", "Failed": "failed", "EntryLevelErrors": "entry_level_errors"}


def job_view(job: Tree) -> Tree:
    """The job as modules return it: its schedule, its status, and nothing that never happened."""
    schedule = job.get("schedule") or {}
    status = job.get("status") or {}
    last = execution_view(status.get("lastExecution"))
    return {
        "id": job.get("id"),
        "template_id": job.get("templateId"),
        "enabled": schedule.get("state") == "Active",
        "schedule": snake_keys(schedule),
        "quarantine": quarantine_view(status),
        "last_run": "not_run" if last is None else OUTCOMES.get(str(last.get("state")), last.get("state")),
        "status": {
            "code": status.get("code"),
            "last_execution": last,
            "last_successful_execution": execution_view(status.get("lastSuccessfulExecution")),
            "last_successful_execution_with_exports": execution_view(status.get("lastSuccessfulExecutionWithExports")),
            "quarantine": snake_keys(status.get("quarantine")),
            "count_successive_complete_failures": status.get("countSuccessiveCompleteFailures", 0),
            "escrows_pruned": bool(status.get("escrowsPruned")),
            "steady_state_first_achieved_time": moment(status.get("steadyStateFirstAchievedTime")),
            "steady_state_last_achieved_time": moment(status.get("steadyStateLastAchievedTime")),
            "synchronized_entry_count_by_type": {
                row.get("key"): row.get("value") for row in status.get("synchronizedEntryCountByType") or []
            },
            "progress": snake_keys(status.get("progress") or []),
            "troubleshooting_url": status.get("troubleshootingUrl"),
        },
    }


def execution_view(execution: Tree | None) -> Tree | None:
    """A run of the job; None for the placeholder that a job has before its first run."""
    if not execution or not (moment(execution.get("timeBegan")) or moment(execution.get("timeEnded"))):
        return None
    return t.cast(Tree, snake_keys(execution))


def moment(time: t.Any) -> str | None:
    """A time, or None where the service means never."""
    return None if not time or str(time).startswith(NEVER) else str(time)


def snake_keys(value: t.Any) -> t.Any:
    """The same with snake_case keys at every level."""
    if isinstance(value, dict):
        return {re.sub(r"(?<!^)(?=[A-Z])", "_", key).lower(): snake_keys(each) for key, each in value.items()}
    if isinstance(value, list):
        return [snake_keys(each) for each in value]
    return value
