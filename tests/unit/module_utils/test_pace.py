# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Five requests in ten seconds, and no more."""

from __future__ import annotations

from ansible_collections.entra.crosstenant.plugins.module_utils._pace import CALLS, WINDOW, Pace
from hypothesis import given
from hypothesis import strategies as st

from unit.factories import Clock


@given(st.lists(st.floats(0, 20), max_size=40))
def test_no_window_holds_more_calls_than_are_allowed(pauses: list[float]) -> None:
    clock, pace = Clock(), Pace()
    patience = clock.patience(max_wait=0)
    calls = []
    for pause in pauses:
        clock.time += pause
        pace.keep(patience)
        calls.append(clock.time)
    # A hair's breadth for the sums of floats.
    assert all(later - earlier > WINDOW - 1e-6 for earlier, later in zip(calls, calls[CALLS:], strict=False))


@given(st.lists(st.tuples(st.floats(0, 4), st.floats(0, 4)), max_size=30))
def test_calls_that_reach_the_service_late_are_still_apart(ways: list[tuple[float, float]]) -> None:
    clock, pace = Clock(), Pace()
    patience = clock.patience(max_wait=0)
    arrivals = []
    for there, back in ways:
        pace.keep(patience)
        clock.time += there
        arrivals.append(clock.time)
        clock.time += back
    assert all(later - earlier > WINDOW - 1e-6 for earlier, later in zip(arrivals, arrivals[CALLS:], strict=False))


def test_the_pace_costs_nothing_of_the_purse_and_nothing_while_there_is_room() -> None:
    clock, pace = Clock(), Pace()
    patience = clock.patience(5)
    for dummy in range(CALLS):
        pace.keep(patience)
    assert clock.waits == []
    pace.keep(patience)
    assert (clock.waits, patience.left) == ([WINDOW], 5)
