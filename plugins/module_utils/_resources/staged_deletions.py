# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The deletions that a job holds back because they are too many (domain.md section 5). PRIVATE to the collection."""

from __future__ import annotations

import operator
import typing as t
from datetime import timedelta

from .._errors import PartlyDone, doing
from .._moments import read_moment, write_moment
from .._provisioning_log import action_of, equals, read_log, said
from .._types import Tree

if t.TYPE_CHECKING:
    from datetime import datetime

    from .._graph import GraphClient

STAGED = "stagedDelete"
# The quarantine begins when the cycle is over that held them back; cycles may take hours.
LONGEST_CYCLE = timedelta(days=1)


class NotAllowed(PartlyDone):
    """The deletions were not allowed; nothing was sent. They are in its values.

    :param code: why.
    """

    def __init__(self, code: str, message: str, staged: list[Tree], *, hint: str) -> None:
        super().__init__(message, changed=False, values={"staged_deletions": staged}, hint=hint)
        self.code = code


def staged_deletions(graph: GraphClient, job: Tree) -> list[Tree]:
    """What the job holds back, each object once, newest first."""
    quarantine = (job.get("status") or {}).get("quarantine") or {}
    began = read_moment(quarantine.get("seriesBegan")) or read_moment(quarantine.get("currentBegan"))
    window = [equals("jobId", job["id"])]
    if began:
        window.append(f"activityDateTime gt {write_moment(began - LONGEST_CYCLE)}")

    def wanted(row: Tree) -> bool:
        return action_of(row) == STAGED and said(row, "jobId").lower() in ("", job["id"].lower())

    with doing(f"read the deletions that job {job['id']} holds back"):
        narrow = [*window, equals("provisioningAction", STAGED)]
        rows, dummy = read_log(graph, [narrow, window], wanted)
        if not rows:
            # The service compares with case, and its documentation spells the action in more than one.
            rows, dummy = read_log(graph, [window], wanted)
    objects: dict[str, Tree] = {}
    for row in _of_the_series(rows, began):
        entry = _entry(row)
        objects.setdefault(entry["object_id"] or entry["target_object_id"] or said(row, "id"), entry)
    return list(objects.values())


def refuse_unless_known(staged: list[Tree], limit: int | None) -> None:
    """Let nothing be allowed that nobody has seen, or that is more than was agreed to.

    :raises NotAllowed: that is so.
    """
    if not staged:
        raise NotAllowed(
            "NothingStaged",
            "the job holds back deletions, and the provisioning log does not list any of them yet",
            staged,
            hint="The log is some minutes late: run the task again. Deletions of more than 30 days ago (7 days without"
            " Entra ID P1) are no longer listed; look at those in the admin center",
        )
    if limit is not None and len(staged) > limit:
        raise NotAllowed(
            "TooManyDeletes",
            f"{len(staged)} deletions are held back, which is more than max_deletes={limit}",
            staged,
            hint="They are in staged_deletions. Raise max_deletes if all of them are to go",
        )


def _of_the_series(rows: list[Tree], began: datetime | None) -> list[Tree]:
    """Those of the cycle that began the quarantine, and of later ones; not those of an earlier quarantine."""
    if began is None:
        return rows
    dated = [(read_moment(row.get("activityDateTime")) or began, row) for row in rows]
    dated.sort(key=operator.itemgetter(0), reverse=True)
    tripping = next((said(row, "cycleId") for time, row in dated if time < began), "")
    return [row for time, row in dated if time >= began or said(row, "cycleId") in ("", tripping)]


def _entry(row: Tree) -> Tree:
    return {
        "object_id": said(row, "sourceIdentity", "id") or None,
        "display_name": said(row, "sourceIdentity", "displayName") or None,
        "target_object_id": said(row, "targetIdentity", "id") or None,
        "action": action_of(row),
        "time": row.get("activityDateTime"),
    }
