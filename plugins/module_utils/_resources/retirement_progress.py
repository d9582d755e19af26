# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a job has removed everybody whom a retirement took out of its scope (domain.md section 6.5). PRIVATE.

Only a cycle counts that began afterwards and succeeded: one that was running may have read the scope before.
"""

from __future__ import annotations

import re
import typing as t
from datetime import datetime, timedelta

from .._moments import read_moment, write_moment
from .._types import Tree
from .job_quarantine import held_by_deletions, quarantine_view, told
from .job_view import execution_view
from .retirement_mark import Mark

INTERVAL = timedelta(minutes=40)
# How long a job may not show a cycle that has ended.
SHOWN_WITHIN = timedelta(minutes=5)
_DURATION = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?")


def has_run(job: Tree) -> bool:
    """Whether a job may have provisioned anybody: it ran, or it may be running its first cycle now."""
    status = _status(job)
    runs = ("lastExecution", "lastSuccessfulExecution", "lastSuccessfulExecutionWithExports")
    return (
        is_started(job)
        or any(execution_view(status.get(run)) for run in runs)
        or any(row.get("value") for row in status.get("synchronizedEntryCountByType") or [])
    )


def is_started(job: Tree | None) -> bool:
    """Whether cycles will run."""
    return ((job or {}).get("schedule") or {}).get("state") == "Active"


def clean_run(job: Tree, mark: Mark) -> datetime | None:
    """When the last cycle began that began after a withdrawal and left nothing undone; None if there is none."""
    status = _status(job)
    runs = (execution_view(status.get(name)) for name in ("lastExecution", "lastSuccessfulExecution"))
    return max((t.cast(datetime, _began(run)) for run in runs if run and _counts(run, mark)), default=None)


def awaited(job: Tree, mark: Mark) -> str | None:
    """What has to happen until the removals are processed, in a sentence; None if they are."""
    status, since = _status(job), t.cast(datetime, mark.since)
    if clean_run(job, mark) and not held_by_deletions(job):
        return None
    quarantine = quarantine_view(status)
    if quarantine:
        return f"for the end of a quarantine. {told(quarantine)}"
    if not is_started(job):
        return "for the job to be started: it is paused, so no cycle will run."
    return f"{_wanted(since)}. {_last(status, since)}{_next(job)}"


def service_times(job: Tree) -> list[datetime]:
    """The times that the service has told about a job so far. None of them is in the future."""
    status = _status(job)
    runs = (status.get(name) or {} for name in ("lastExecution", "lastSuccessfulExecution"))
    texts = [status.get("steadyStateLastAchievedTime")]
    texts += [run.get(name) for run in runs for name in ("timeBegan", "timeEnded")]
    texts += [row.get("progressObservationDateTime") for row in status.get("progress") or []]
    return [each for each in map(read_moment, texts) if each]


def _counts(run: Tree, mark: Mark) -> bool:
    """Whether a cycle left nothing undone, and began after the withdrawal."""
    began, ended = _began(run), read_moment(run.get("time_ended"))
    if str(run.get("state")).lower() != "succeeded" or run.get("count_escrowed") or not (began and mark.since):
        return False
    if began >= mark.since:
        return True
    # A cycle that has shown since, but ended long before by its own times, went by another clock.
    return bool(ended and ended < mark.since - SHOWN_WITHIN and (mark.seen is None or began > mark.seen))


def _began(run: Tree) -> datetime | None:
    return read_moment(run.get("time_began"))


def _wanted(since: datetime) -> str:
    return (
        "for a cycle to succeed that began after everybody was taken out of scope"
        f" ({write_moment(since)}), so that the service has removed them from the target tenant"
    )


def _last(status: Tree, since: datetime) -> str:
    """What became of the cycle that should have done it."""
    last = execution_view(status.get("lastExecution"))
    began = read_moment(last["time_began"]) if last else None
    if last is None or began is None or began < since:
        return ""
    error = last.get("error") or {}
    if str(last.get("state")).lower() == "failed":
        return f"The last one failed ({error.get('code')}: {error.get('message')}). "
    undone = last.get("count_escrowed") or 0
    return f"The last one left {undone} objects undone: provisioning_log_info says which and why. "


def _next(job: Tree) -> str:
    """When the next cycle is due: forty minutes after the last one; after a restart at once."""
    ended = read_moment((_status(job).get("lastExecution") or {}).get("timeEnded"))
    if ended is None or _status(job).get("code") == "NotRun":
        return "The job was restarted, and its first cycle since then is not over; that may take hours."
    return f"The next is expected to begin at about {write_moment(ended + interval(job))}."


def interval(job: Tree) -> timedelta:
    """The time from cycle to cycle."""
    found = _DURATION.fullmatch(str((job.get("schedule") or {}).get("interval")))
    hours, minutes, seconds = (int(each or 0) for each in found.groups()) if found else (0, 0, 0)
    return timedelta(hours=hours, minutes=minutes, seconds=seconds) or INTERVAL


def _status(job: Tree) -> Tree:
    return t.cast(Tree, job.get("status") or {})
