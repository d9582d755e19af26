# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting: one purse of seconds, growing delays."""

from __future__ import annotations

import itertools
import random

import pytest
from ansible_collections.entra.crosstenant.plugins.module_utils._waiting import (
    LONGEST_DELAY,
    ask_until,
    growing_delays,
)
from hypothesis import given
from hypothesis import strategies as st

from unit.factories import Clock


def test_the_purse_holds_what_it_was_given_less_what_was_waited() -> None:
    clock = Clock()
    patience = clock.patience(10)
    assert patience.left == 10
    patience.wait(4)
    assert (patience.left, clock.waits) == (6, [4])
    assert patience.allows(6)
    assert not patience.allows(6.1)


@given(waits=st.lists(st.integers(0, 100), max_size=20), purse=st.integers(0, 500))
def test_the_purse_is_never_overdrawn_by_those_who_ask_first(waits: list[int], purse: int) -> None:
    clock = Clock()
    patience = clock.patience(purse)
    for seconds in waits:
        if patience.allows(seconds):
            patience.wait(seconds)
    assert sum(clock.waits) <= purse
    assert patience.left >= 0


def test_delays_double_up_to_the_longest() -> None:
    assert list(itertools.islice(growing_delays(1.0, 5.0), 5)) == [1.0, 2.0, 4.0, 5.0, 5.0]


def test_delays_begin_with_half_a_second_and_end_at_twenty() -> None:
    delays = list(itertools.islice(growing_delays(), 10))
    assert (delays[0], delays[-1]) == (0.5, LONGEST_DELAY)


def test_delays_are_stretched_by_up_to_a_fifth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", random.Random(7).uniform)
    delays = list(itertools.islice(growing_delays(10.0, 10.0), 200))
    assert all(10.0 <= delay <= 12.0 for delay in delays)
    assert max(delays) - min(delays) > 1.0


def test_an_answer_that_satisfies_at_once_costs_no_wait() -> None:
    clock = Clock()
    assert ask_until(lambda: 7, lambda answer: answer == 7, clock.patience(), limit=10) == (7, True)
    assert clock.waits == []


def test_asking_goes_on_until_the_answer_satisfies() -> None:
    clock = Clock()
    answers = itertools.count()
    assert ask_until(lambda: next(answers), lambda answer: answer == 3, clock.patience(), limit=10) == (3, True)
    assert clock.waits == [0.5, 1.0, 2.0]


def test_no_limit_still_asks_once() -> None:
    clock = Clock()
    answers = itertools.count()
    assert ask_until(lambda: next(answers), lambda answer: False, clock.patience(), limit=0) == (0, False)
    assert clock.waits == []


def test_asking_ends_at_its_own_limit() -> None:
    clock = Clock()
    patience = clock.patience(100)
    answers = itertools.count()
    assert ask_until(lambda: next(answers), lambda answer: False, patience, limit=3.5) == (3, False)
    assert (clock.waits, patience.left) == ([0.5, 1.0, 2.0], 96.5)


def test_asking_ends_when_the_purse_is_empty() -> None:
    clock = Clock()
    answers = itertools.count()
    assert ask_until(lambda: next(answers), lambda answer: False, clock.patience(1.5), limit=100) == (2, False)
    assert clock.waits == [0.5, 1.0]


@given(limit=st.floats(0, 200), purse=st.floats(0, 200))
def test_asking_never_waits_longer_than_limit_and_purse(limit: float, purse: float) -> None:
    clock = Clock()
    ask_until(lambda: None, lambda answer: False, clock.patience(purse), limit)
    assert sum(clock.waits) <= min(limit, purse)
