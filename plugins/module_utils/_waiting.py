# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting, with one purse of seconds for a whole task. PRIVATE to the collection."""

from __future__ import annotations

import random
import time
import typing as t

T = t.TypeVar("T")

FIRST_DELAY = 0.5
LONGEST_DELAY = 20.0


def keep_quiet(line: str) -> None:
    """Tell nobody: an ordinary module cannot show anything while it runs."""


class Patience:
    """How long a task may still wait, and the only place that sleeps.

    :param max_wait: seconds that all waiting of the task may take together.
    :param sleep: what sleeps; tests put their own here.
    :param now: a monotonic clock in seconds.
    :ivar tell: shows users a line about a long wait.
    """

    def __init__(
        self,
        max_wait: float,
        sleep: t.Callable[[float], None] = time.sleep,
        now: t.Callable[[], float] = time.monotonic,
    ) -> None:
        self.max_wait = max_wait
        self.now = now
        self.tell: t.Callable[[str], None] = keep_quiet
        self._sleep = sleep
        self._slept = 0.0
        self._paid_until = 0.0

    @property
    def left(self) -> float:
        """Seconds of waiting that are left."""
        return max(0.0, self.max_wait - self._slept)

    def allows(self, seconds: float) -> bool:
        """Whether a wait of that length still fits."""
        return seconds <= self.left

    def refusal(self, seconds: float) -> str:
        """What to tell the user about a wait that does not fit."""
        return (
            f"Another {seconds:.0f} s of waiting would be needed, and max_wait leaves {self.left:.0f} s:"
            " raise max_wait, or send less at a time"
        )

    def wait(self, seconds: float) -> None:
        """Sleep, and take it from the purse."""
        now = self.now()
        # Waits of several threads at a time are paid for once.
        paid_until = max(now, self._paid_until)
        self._paid_until = max(now + seconds, paid_until)
        self._slept += self._paid_until - paid_until
        self._sleep(seconds)

    def pause(self, seconds: float) -> None:
        """Sleep for a pace of our own choosing, which costs nothing of the purse."""
        self._sleep(seconds)


def growing_delays(first: float = FIRST_DELAY, longest: float = LONGEST_DELAY) -> t.Iterator[float]:
    """Delays in seconds that double up to a longest, each stretched by up to a fifth so that clients spread."""
    delay = first
    while True:
        yield delay * random.uniform(1.0, 1.2)
        delay = min(delay * 2, longest)


def ask_until(
    ask: t.Callable[[], T],
    satisfied: t.Callable[[T], bool],
    patience: Patience,
    limit: float,
) -> tuple[T, bool]:
    """Ask until the answer satisfies, with growing delays.

    :param limit: seconds after which to give up, even if the task's patience would last longer.
    :returns: the last answer, and whether it satisfied.
    """
    waited = 0.0
    delays = growing_delays()
    while True:
        delay = next(delays)
        answer = ask()
        if satisfied(answer):
            return answer, True
        if waited + delay > limit or not patience.allows(delay):
            return answer, False
        patience.wait(delay)
        waited += delay
