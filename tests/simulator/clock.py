# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated clock: real time plus whatever a test advanced it by."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

NEVER = "0001-01-01T00:00:00Z"


class Clock:
    """Starts at the real time and moves with it; :meth:`advance` jumps ahead."""

    def __init__(self) -> None:
        self._offset = 0.0
        self._frozen: float | None = None

    def timestamp(self) -> float:
        """Seconds since the epoch on the simulated clock."""
        if self._frozen is not None:
            return self._frozen
        return time.time() + self._offset

    def now(self) -> datetime:
        """The simulated time."""
        return datetime.fromtimestamp(self.timestamp(), timezone.utc)

    def iso(self, after: float = 0.0) -> str:
        """The simulated time as Graph writes it."""
        return iso(self.timestamp() + after)

    def advance(self, seconds: float) -> None:
        """Jump ahead."""
        self._offset += seconds

    def reset(self) -> None:
        """Back to the real time."""
        self._offset = 0.0

    @contextmanager
    def at(self, moment: float) -> Iterator[None]:
        """Hold the clock at ``moment``: a cycle that was due then carries that time."""
        before, self._frozen = self._frozen, moment
        try:
            yield
        finally:
            self._frozen = before


def iso(moment: float) -> str:
    """Write seconds since the epoch the way Graph does."""
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_iso(text: str) -> float:
    """Read a date or a date and time, as ``$filter`` allows both; raises ValueError."""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return (moment - datetime(1970, 1, 1, tzinfo=timezone.utc)) / timedelta(seconds=1)
