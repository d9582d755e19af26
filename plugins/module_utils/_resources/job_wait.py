# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for a job to get somewhere (graph-api.md section 8.2, domain.md section 10.1). PRIVATE to the collection.

What is new is told by comparing with what the service showed before the task did anything, never with this machine's
clock.
"""

from __future__ import annotations

import typing as t
from datetime import datetime

from .._errors import GraphError, PartlyDone
from .._graph_errors import may_send_again
from .._moments import read_moment
from .._types import Tree
from .._waiting import Patience, growing_delays
from .job_progress import Progress, progress_line
from .job_quarantine import in_quarantine, quarantine_view, told
from .job_view import execution_view

GOALS = ("cycle_finished", "steady_state", "not_quarantined")
TIMEOUT = 7200.0
# Thirty days.
LONGEST_TIMEOUT = 2592000.0
FIRST_LOOK, LONGEST_LOOK = 2.0, 60.0
# How often in a row a hopeless state must be seen, since the service may still show what was (section 13).
SURE = 3


class WaitFailed(PartlyDone):
    """What was waited for was not reached; what was is in its values.

    :param code: why.
    """

    def __init__(self, code: str, message: str, *, hint: str) -> None:
        super().__init__(message, changed=False, values={}, hint=hint)
        self.code = code


class JobWait:
    """Waits until a job is where it is wanted.

    :param look: reads the job; None when there is none.
    :param before: the job as it was before the task did anything.
    :param acted: whether the task has changed it.
    :ivar last: the job as it was seen last.
    """

    def __init__(
        self,
        look: t.Callable[[], Tree | None],
        patience: Patience,
        wanted: Tree,
        before: Tree | None,
        acted: bool,
    ) -> None:
        self._look = look
        self._patience = patience
        self._goal: str = wanted["until"]
        self._timeout: float = wanted["timeout"]
        self._acted = acted
        self._quarantine = _status(before).get("quarantine")
        self._ended = last_end(before)
        self._steady = read_moment(_status(before).get("steadyStateLastAchievedTime"))
        self._progress = Progress(patience.tell)
        self.last: Tree | None = None

    @property
    def progress(self) -> list[str]:
        """What was told on the way."""
        return self._progress.lines

    def until_reached(self, job_id: str | None) -> Tree:
        """The job once it is where it is wanted.

        :raises WaitFailed: it will never be, or not in time.
        """
        began = self._patience.now()
        delays = growing_delays(FIRST_LOOK, LONGEST_LOOK)
        hopeless = 0
        while True:
            trouble = self._look_once()
            waited = self._patience.now() - began
            if trouble is None:
                self._progress.look_at(self.last, waited)
                obstacle = self._obstacle(self.last, job_id)
                if obstacle is None and self.last is not None and self._reached(self.last):
                    return self.last
                hopeless = hopeless + 1 if obstacle else 0
                if obstacle and hopeless >= SURE:
                    raise obstacle
            if waited >= self._timeout:
                raise self._too_late(waited, trouble)
            self._patience.pause(min(next(delays), LONGEST_LOOK, self._timeout - waited))

    def _look_once(self) -> GraphError | None:
        """Look at the job. A service that is ill for a while is no reason to give up a wait of hours."""
        try:
            self.last = self._look()
        except GraphError as error:
            if error.absent:
                self.last = None
            elif may_send_again(error):
                return error
            else:
                raise
        return None

    def outcome(self, job: Tree) -> list[str]:
        """What to warn of about the run that was waited for."""
        status = _status(job)
        last = execution_view(status.get("lastExecution"))
        if last is None or not _newer(last_end(job), self._ended):
            return []
        if last.get("state") == "EntryLevelErrors":
            escrowed = last.get("count_escrowed") or 0
            errors = f"The cycle finished with errors of single objects, {escrowed} of which will be tried again"
            return [f"{errors}: provisioning_log_info says which and why."]
        if last.get("state") == "Failed":
            times = status.get("countSuccessiveCompleteFailures") or 1
            error = last.get("error") or {}
            failure = f"The cycle failed ({error.get('code')}: {error.get('message')})"
            return [f"{failure}; {times} cycles in a row have failed completely."]
        return []

    def _reached(self, job: Tree) -> bool:
        status = _status(job)
        if self._goal == "not_quarantined":
            return not in_quarantine(status)
        # A job that has not finished its first run since it was started or restarted says NotRun.
        if status.get("code") == "NotRun":
            return False
        if self._goal == "cycle_finished":
            return _newer(last_end(job), self._ended)
        steady = read_moment(status.get("steadyStateLastAchievedTime"))
        if self._acted:
            return _newer(steady, self._steady)
        return steady is not None and status.get("code") == "Active"

    def _obstacle(self, job: Tree | None, job_id: str | None) -> WaitFailed | None:
        """Why it will never be reached, if so."""
        if job is None or job.get("id") != job_id:
            return WaitFailed("JobGone", "there is no such job any more", hint="Create it with state=started")
        view = quarantine_view(_status(job))
        if view and self._goal != "not_quarantined" and not self._about_to_be_lifted(job):
            return WaitFailed("Quarantine", told(view), hint="")
        if (job.get("schedule") or {}).get("state") != "Active" and not (
            self._goal == "not_quarantined" and view is None
        ):
            return WaitFailed(
                "JobPaused",
                "the job is not started, so no cycle will run" + (f". {told(view)}" if view else ""),
                hint="Start it with state=started",
            )
        return None

    def _about_to_be_lifted(self, job: Tree) -> bool:
        """Whether it is the quarantine of before, which the task's restart lifts, or lifts once a cycle succeeded."""
        return self._acted and self._quarantine is not None and _status(job).get("quarantine") == self._quarantine

    def _too_late(self, waited: float, trouble: GraphError | None) -> WaitFailed:
        view = quarantine_view(_status(self.last))
        reached = f"; the job is: {progress_line(self.last, waited)}"
        ill = f"; the last look failed: {trouble.cause}" if trouble else ""
        return WaitFailed(
            "WaitedTooLong",
            f"{self._goal} was not reached within {self._timeout:.0f} s{reached}{ill}"
            + (f". {told(view)}" if view else ""),
            hint="The service goes on. Wait again with state=present, or raise wait.timeout",
        )


def last_end(job: Tree | None) -> datetime | None:
    """When the last run ended; None for the placeholder of a job that never ran."""
    last = _status(job).get("lastExecution")
    return read_moment((last or {}).get("timeEnded")) if execution_view(last) else None


def _status(job: Tree | None) -> Tree:
    return (job or {}).get("status") or {}


def _newer(moment: datetime | None, before: datetime | None) -> bool:
    return moment is not None and (before is None or moment > before)
