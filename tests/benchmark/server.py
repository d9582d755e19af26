# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulator as a process of its own, so that its work is not counted: python -m benchmark.server SEED [bucket].

With ``bucket``, the quota of writes is a bucket that fills by itself: this is how the floor of (N - 3000) / 20 seconds
comes about. Without, it is the simulator's own, a window that slides.
"""

from __future__ import annotations

import json
import math
import signal
import sys
import threading
import time
from typing import Any

from simulator import Simulator, world
from simulator.settings import Settings
from simulator.throttle import Throttle, throttled


class Bucket(Throttle):
    """``limit`` writes at once, and ``limit / window`` a second from then on."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._rules = settings
        self._levels: dict[tuple[str, str], tuple[float, float]] = {}

    def charge(self, limit: str, app_id: str, tenant_id: str, cost: int = 1) -> float:
        """Take writes out of the bucket; of anything else the simulator's own limits hold."""
        rule: dict[str, Any] = self._rules["throttle"][limit]
        if limit != "writes" or not rule["enabled"]:
            return super().charge(limit, app_id, tenant_id, cost)
        now, size = time.monotonic(), float(rule["limit"])
        rate = size / float(rule["window"])
        level, at = self._levels.get((app_id, tenant_id), (size, now))
        level = min(size, level + (now - at) * rate)
        if level < cost:
            self._levels[app_id, tenant_id] = (level, now)
            wait = max(1, math.ceil((cost - level) / rate))
            raise throttled(self._rules["throttle"]["retry_after"], wait, limit, app_id, tenant_id)
        self._levels[app_id, tenant_id] = (level - cost, now)
        return 1 - (level - cost) / size


def main() -> None:
    """Serve until SIGTERM; one line of JSON on standard output says where."""
    if sys.argv[2:] == ["bucket"]:
        world.Throttle = Bucket  # type: ignore[attr-defined]
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    with Simulator(sys.argv[1]) as simulator:
        print(json.dumps(simulator.urls), flush=True)
        stopped.wait()


if __name__ == "__main__":
    main()
