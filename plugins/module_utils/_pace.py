# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pace that the service's slow endpoints want: five requests in ten seconds (graph-api.md section 3.7). PRIVATE."""

from __future__ import annotations

import typing as t
from collections import deque

if t.TYPE_CHECKING:
    from ._waiting import Patience

CALLS, WINDOW = 5, 10.0


class Pace:
    """Keeps the requests of a task to a slow endpoint apart."""

    def __init__(self) -> None:
        self._calls: deque[float] = deque(maxlen=CALLS)

    def keep(self, patience: Patience) -> None:
        """Pause as long as the next request has to wait, and count it."""
        if self._calls:
            # The one before has been answered by now; it may have reached the service no sooner than just before that.
            self._calls[-1] = patience.now()
        if len(self._calls) == CALLS:
            pause = self._calls[0] + WINDOW - patience.now()
            if pause > 0:
                patience.pause(pause)
        self._calls.append(patience.now())
