# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times as the service writes them."""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.entra.crosstenant.plugins.module_utils._moments import read_moment, write_moment
from hypothesis import given
from hypothesis import strategies as st


def utc(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=timezone.utc)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-05-01T10:00:00Z", utc(2026, 5, 1, 10)),
        ("2026-05-01T10:00:00", utc(2026, 5, 1, 10)),
        ("2026-05-01t10:00Z".upper(), utc(2026, 5, 1, 10)),
        ("2026-05-01", utc(2026, 5, 1)),
        ("2026-05-01 10:00:00Z", utc(2026, 5, 1, 10)),
        ("2026-05-01T10:00:00.1234567Z", utc(2026, 5, 1, 10, 0, 0, 123456)),
        ("2026-05-01T10:00:00.5+02:00", utc(2026, 5, 1, 8, 0, 0, 500000)),
        ("2026-05-01T10:00:00-0130", utc(2026, 5, 1, 11, 30)),
    ],
)
def test_a_time_is_read_in_all_the_forms_it_comes_in(text: str, moment: datetime) -> None:
    assert read_moment(text) == moment


@pytest.mark.parametrize(
    "text",
    [None, "", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+00:00", "0001-01-01", "soon", "2026-13-01", 7, {}, "2026"],
)
def test_never_and_what_is_no_time_are_none(text: t.Any) -> None:
    assert read_moment(text) is None


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)), st.integers(-720, 720))
def test_what_is_written_is_read_again(moment: datetime, offset: int) -> None:
    there = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=offset)))
    assert read_moment(write_moment(there)) == read_moment(there.isoformat()) == there
