# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from ansible_collections.entra.crosstenant.plugins.module_utils._errors import EntraError
from ansible_collections.entra.crosstenant.plugins.module_utils._resources.retirement_mark import (
    LONGEST,
    Mark,
    read_mark,
    with_mark,
)
from hypothesis import given
from hypothesis import strategies as st

from unit.factories import HOME, OTHER

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1), timezones=st.just(timezone.utc)).map(
    lambda each: each.replace(microsecond=0)
)
TARGETS = st.sampled_from([HOME, OTHER])
MARKS = st.builds(Mark, TARGETS) | st.builds(Mark, TARGETS, MOMENTS, st.none() | MOMENTS)
TEXTS = st.none() | st.text(max_size=300).filter(lambda text: "Being retired" not in text)


@given(TEXTS, MARKS)
def test_a_mark_is_read_as_it_was_written(notes: str | None, mark: Mark) -> None:
    assert read_mark(notes) is None
    assert read_mark(with_mark(notes, mark)) == mark


@given(TEXTS, MARKS, MARKS)
def test_a_mark_takes_the_place_of_another_and_of_nothing_else(notes: str | None, first: Mark, second: Mark) -> None:
    assert with_mark(with_mark(notes, first), second) == with_mark(notes, second)
    assert with_mark(notes, first).startswith((notes or "").rstrip())


@given(TEXTS, MARKS, TEXTS)
def test_people_may_write_around_it(before: str | None, mark: Mark, after: str | None) -> None:
    assert read_mark(f"{before}\n{mark}\n{after}") == mark


@pytest.mark.parametrize(
    "notes",
    [
        None,
        "",
        "Being retired",
        "Being retired by entra.crosstenant: target nobody.",
        f"Being retired by entra.crosstenant: target {OTHER}, nobody in scope",
        f"Being retired by entra.crosstenant: target {OTHER}, nobody in scope since 2026-05-01T10:00:00Z.",
    ],
)
def test_what_is_edited_beyond_recognition_is_no_mark(notes: str | None) -> None:
    assert read_mark(notes) is None


@pytest.mark.parametrize(
    ("since", "before"), [("yesterday", "none"), ("2026-05-01T10:00:00Z", "nobody-knows"), ("never", "never")]
)
def test_a_time_that_is_none_costs_another_cycle(since: str, before: str) -> None:
    line = f"Being retired by entra.crosstenant: target {OTHER.upper()}"
    assert read_mark(f"{line}, nobody in scope since {since}, last cycle before: {before}.") == Mark(OTHER)


def test_notes_without_room_are_not_cut() -> None:
    with pytest.raises(EntraError, match="no room"):
        with_mark("x" * LONGEST, Mark(OTHER))
