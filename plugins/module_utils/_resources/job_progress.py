# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far a job is, in one line, and when to say so (domain.md section 10.1). PRIVATE to the collection."""

from __future__ import annotations

import typing as t
from collections import deque

from .._types import Tree
from .job_quarantine import in_quarantine
from .job_view import execution_view

COUNTS = {"imported": "count_imported", "exported": "count_exported", "escrowed": "count_escrowed"}
# A line a minute of two hours.
KEPT = 120
CALM = 60.0


class Progress:
    """Tells users how far a job is: when its state changes, and else once a minute."""

    def __init__(self, tell: t.Callable[[str], None]) -> None:
        self._tell = tell
        self._lines: deque[str] = deque(maxlen=KEPT)
        self._state: tuple[t.Any, ...] | None = None
        self._told = 0.0

    @property
    def lines(self) -> list[str]:
        """What was told, the last of it where there was much."""
        return list(self._lines)

    def look_at(self, job: Tree | None, waited: float) -> None:
        """Tell about the job if it is time to."""
        state = _state_of(job)
        if state != self._state or waited - self._told >= CALM:
            self._state, self._told = state, waited
            line = progress_line(job, waited)
            self._lines.append(line)
            self._tell(line)


def progress_line(job: Tree | None, waited: float) -> str:
    """The job's state, pages and counts, and how long it has been waited for."""
    minutes = int(waited // 60)
    elapsed = f"{minutes} min" if minutes else "less than 1 min"
    if job is None:
        return f"no job, {elapsed}"
    status = job.get("status") or {}
    parts = [str(status.get("code")), _pages(status.get("progress") or []), *_counts(status.get("lastExecution"))]
    return ", ".join(part for part in (*parts, elapsed) if part)


def _state_of(job: Tree | None) -> tuple[t.Any, ...]:
    job = job or {}
    status = job.get("status") or {}
    return job.get("id"), (job.get("schedule") or {}).get("state"), status.get("code"), in_quarantine(status)


def _pages(rows: list[Tree]) -> str:
    """How many pages of objects are done; a total of 0 is one that the service does not know."""
    if not rows:
        return ""
    row = max(rows, key=lambda each: str(each.get("progressObservationDateTime") or ""))
    # Numbers of this size may come as texts.
    done, total = int(row.get("completedUnits") or 0), int(row.get("totalUnits") or 0)
    units = row.get("units") or "pages"
    return f"{done} of {total} {units} ({min(100, 100 * done // total)} %)" if total else f"{done} {units}"


def _counts(execution: Tree | None) -> list[str]:
    """What the last or current run has done so far; nothing of the placeholder of a job that never ran."""
    shown = execution_view(execution)
    if shown is None:
        return []
    return [f"{shown.get(name) or 0} {word}" for word, name in COUNTS.items()]
