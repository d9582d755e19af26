# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Eventual consistency: reads that still see the past (graph-api.md section 13)."""

from __future__ import annotations

import time
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from .settings import Settings


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Any = _Absent()


@dataclass
class _Lag:
    old: Any
    reads_left: int
    until: float


class Replication:
    """Remembers, per written object, what readers still see and for how long.

    A lag of ``{"reads": n}`` shows the old value to the next n reads, ``{"seconds": s}`` for s seconds of real time;
    with both, the longer one counts.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lags: dict[tuple[str, str, str], _Lag] = {}

    def clear(self) -> None:
        """Forget everything."""
        self._lags.clear()

    def changed(self, tenant: str, kind: str, key: str, old: Any) -> None:
        """Note a write; ``old`` is what was there before, or :data:`ABSENT`."""
        lag = self._settings["replication"].get(kind)
        if not lag:
            return
        known = self._lags.get((tenant, kind, key))
        self._lags[(tenant, kind, key)] = _Lag(
            known.old if known else (old if old is ABSENT else deepcopy(old)),
            int(lag.get("reads", 0)),
            time.monotonic() + float(lag.get("seconds", 0)),
        )

    def seen(self, tenant: str, kind: str, key: str, current: Any) -> Any:
        """What a reader sees now; counts as one read."""
        if not self._lags:
            return current
        lag = self._lags.get((tenant, kind, key))
        if lag is None:
            return current
        if lag.reads_left > 0 or time.monotonic() < lag.until:
            lag.reads_left -= 1
            return lag.old
        del self._lags[(tenant, kind, key)]
        return current

    def visible(self, tenant: str, kind: str, key: str) -> bool:
        """Whether a freshly created object can be read; counts as one read of such an object only."""
        lag = self._lags.get((tenant, kind, key))
        if lag is None or lag.old is not ABSENT:
            return True
        return self.seen(tenant, kind, key, None) is not ABSENT

    def pending(self, tenant: str, kind: str) -> dict[str, Any]:
        """All lagging objects of one kind, for lists; counts as one read of each."""
        if not self._lags:
            return {}
        keys = [key for owner, its_kind, key in self._lags if owner == tenant and its_kind == kind]
        marker = object()
        result = {}
        for key in keys:
            old = self.seen(tenant, kind, key, marker)
            if old is not marker:
                result[key] = old
        return result
