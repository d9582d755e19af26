# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits of the service and their 429 (graph-api.md section 3.7). Windows run in real time and can be made short."""

from __future__ import annotations

import math
import time
from collections import deque
from datetime import datetime, timedelta, timezone
from typing import Any

from .errors import GraphError
from .settings import Settings


class Throttle:
    """Sliding windows per limit, application and tenant."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._used: dict[tuple[str, str, str], deque[tuple[float, int]]] = {}
        self._sums: dict[tuple[str, str, str], int] = {}

    def clear(self) -> None:
        """Forget all consumption."""
        self._used.clear()
        self._sums.clear()

    def charge(self, limit: str, app_id: str, tenant_id: str, cost: int = 1) -> float:
        """Consume ``cost`` of a limit and return the share used, or raise 429 when nothing is left."""
        rule: dict[str, Any] = self._settings["throttle"][limit]
        if not rule["enabled"]:
            return 0.0
        now, window = time.monotonic(), float(rule["window"])
        key = (limit, app_id, tenant_id)
        entries = self._used.setdefault(key, deque())
        while entries and entries[0][0] <= now - window:
            self._sums[key] -= entries.popleft()[1]
        used = self._sums.get(key, 0)
        if used + cost > int(rule["limit"]):
            wait = max(1, math.ceil(entries[0][0] + window - now)) if entries else 1
            raise throttled(self._settings["throttle"]["retry_after"], wait, limit, app_id, tenant_id)
        entries.append((now, cost))
        self._sums[key] = used + cost
        return (used + cost) / int(rule["limit"])


def throttled(style: str, wait: float, limit: str, app_id: str, tenant_id: str) -> GraphError:
    """The 429 itself."""
    scope = "Write" if limit == "writes" else "ReadWrite"
    headers = {
        "x-ms-throttle-scope": f"Tenant_Application/{scope}/{app_id}/{tenant_id}",
        "x-ms-throttle-information": "WriteLimitExceeded" if limit == "writes" else "ResourceUnitLimitExceeded",
    }
    value = retry_after(style, wait)
    if value:
        headers["Retry-After"] = value
    return GraphError(429, "TooManyRequests", "Too many requests", headers=headers)


def retry_after(style: str, wait: float) -> str | None:
    """A Retry-After value: ``seconds``, ``date`` or ``absent``."""
    if style == "absent":
        return None
    if style == "date":
        moment = datetime.now(timezone.utc) + timedelta(seconds=wait)
        return moment.strftime("%a, %d %b %Y %H:%M:%S GMT")
    return str(math.ceil(wait))
