# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which entries of the provisioning log are asked for: as filters, and as a test of each entry. PRIVATE.

The service takes a documented subset of filters, compares with case, and may refuse alternatives; so what it is asked
for is tested once more here.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .._errors import InputError
from .._moments import read_moment, write_moment
from .._provisioning_log import action_of, any_of, equals, said, status_of
from .._types import Tree
from .log_entry import principals

ACTIONS = ("create", "update", "delete", "disable", "stagedDelete", "other")
STATUSES = ("success", "failure", "skipped", "warning")
_AGO = re.compile(r"(\d{1,6})\s*([mhdw])", re.IGNORECASE)
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass
class Users:
    """Who is asked for.

    :param ids: object ids, in the source tenant or the target.
    :param names: user principal names whose object id is not known.
    """

    ids: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.ids or self.names)

    def clauses(self) -> list[str]:
        """The filter; none where names are among them, which the service cannot filter by."""
        if self.names:
            return []
        sides = ("sourceIdentity/id", "targetIdentity/id")
        return any_of([equals(side, each) for each in sorted(self.ids) for side in sides])

    def include(self, row: Tree) -> bool:
        """Whether an entry is about one of them."""
        for side in ("sourceIdentity", "targetIdentity"):
            if said(row, side, "id").lower() in self.ids:
                return True
            upns = (said(row, side, "details", name) for name in ("UserPrincipalName", "userPrincipalName"))
            if {each.lower() for each in (said(row, side, "displayName"), *upns)} & self.names:
                return True
        return False


@dataclass
class Question:
    """The entries that are asked for; None and empty mean any."""

    since: datetime
    until: datetime | None
    principal: str | None
    job_id: str | None
    cycle_id: str | None
    statuses: t.Sequence[str]
    actions: t.Sequence[str]
    users: Users

    def filters(self) -> list[list[str]]:
        """From as narrow as can be to the window in time alone."""
        window = [f"activityDateTime gt {write_moment(self.since)}"]
        if self.until:
            window.append(f"activityDateTime lt {write_moment(self.until)}")
        plain = [
            equals(name, value)
            for name, value in (
                ("servicePrincipal/id", self.principal),
                ("jobId", self.job_id),
                ("cycleId", self.cycle_id),
            )
            if value
        ]
        narrow = [*self._words(), *self.users.clauses()]
        steps = [[*window, *plain, *narrow], [*window, *plain], window]
        return [step for number, step in enumerate(steps) if step not in steps[:number]]

    def _words(self) -> list[str]:
        """Clauses that compare what the service may spell in more than one way."""
        return [
            *any_of([equals("provisioningStatusInfo/status", each) for each in self.statuses]),
            *any_of([equals("provisioningAction", each) for each in self.actions]),
        ]

    @property
    def is_narrow(self) -> bool:
        """Whether the first filter may hide what is asked for, because it is spelled otherwise."""
        return bool(self._words())

    def includes(self, row: Tree) -> bool:
        """Whether an entry is asked for. What an entry does not say at all is left to the service's filter."""
        moment = read_moment(row.get("activityDateTime"))
        ids = {said(each, "id").lower() for each in principals(row)}
        return not (
            (moment and (moment < self.since or (self.until and moment > self.until)))
            or (self.principal and ids and self.principal.lower() not in ids)
            or (self.job_id and said(row, "jobId").lower() not in ("", self.job_id.lower()))
            or (self.cycle_id and said(row, "cycleId").lower() not in ("", self.cycle_id.lower()))
            or (self.statuses and status_of(row) not in self.statuses)
            or (self.actions and action_of(row) not in self.actions)
            or (self.users and not self.users.include(row))
        )


def moment_option(option: str, text: str, now: datetime) -> datetime:
    """A time as users write it: in ISO 8601, or as how long ago.

    :raises InputError: it is neither.
    """
    ago = _AGO.fullmatch(text.strip())
    try:
        moment = now - timedelta(**{_UNITS[ago[2].lower()]: int(ago[1])}) if ago else read_moment(text)
    except OverflowError:
        moment = None
    if moment is None:
        raise InputError(
            option,
            f"'{text}' is no time",
            hint="Write it in ISO 8601, such as 2026-05-01T10:00:00Z, or as how long ago, such as 30m, 24h, 7d or 2w",
        )
    return moment
