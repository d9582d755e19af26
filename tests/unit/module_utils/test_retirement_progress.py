# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.entra.crosstenant.plugins.module_utils._resources.retirement_mark import Mark
from ansible_collections.entra.crosstenant.plugins.module_utils._resources.retirement_progress import (
    awaited,
    clean_run,
    has_run,
    interval,
    service_times,
)
from hypothesis import given
from hypothesis import strategies as st

from unit.factories import OTHER, Tree
from unit.jobs import NEVER, PAUSED, PLACEHOLDER, execution, job

SINCE = datetime(2026, 5, 1, 10, 0, tzinfo=timezone.utc)
SEEN = SINCE - timedelta(minutes=20)
MARK = Mark(OTHER, SINCE, SEEN)
BEFORE, AT, AFTER = ("2026-05-01T09:59:59Z", "2026-05-01T10:00:00Z", "2026-05-01T10:20:00.1234567Z")


def ran(state: str = "Succeeded", began: str = AFTER, **more: t.Any) -> Tree:
    return job("Active", "Active", lastExecution=execution(state, began, **more))


@pytest.mark.parametrize(
    "found",
    [
        ran(),
        ran(began=AT),
        # Whatever came of it afterwards.
        {**ran(), "schedule": {"state": "Disabled", "interval": "PT40M"}},
        job("Active", "NotRun", lastExecution=execution("Succeeded", AFTER)),
        job("Active", "Active", lastExecution=execution("Failed", AFTER), lastSuccessfulExecution=execution(began=AT)),
        job("Active", "Quarantine", quarantine={"reason": "Unknown"}, lastSuccessfulExecution=execution(began=AT)),
    ],
)
def test_a_clean_cycle_that_began_afterwards_is_all_it_takes(found: Tree) -> None:
    assert awaited(found, MARK) is None


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (ran(began=BEFORE), "expected to begin at about 2026-05-01T10:39:59Z"),
        # It was running already, and may have read the scope before.
        (job("Active", "Active", lastExecution={**execution(began=BEFORE), "timeEnded": AFTER}), "T11:00:00Z"),
        (job("Active", "NotRun", lastExecution=PLACEHOLDER), "first cycle since then is not over"),
        (job("Active", "NotRun"), "first cycle since then is not over"),
        (ran("Failed", error={"code": "E1", "message": "why"}), "The last one failed (E1: why)"),
        (ran("EntryLevelErrors", countEscrowed=3), "The last one left 3 objects undone"),
        (ran("Succeeded", countEscrowed=1), "The last one left 1 objects undone"),
        (PAUSED, "for the job to be started"),
        (job("Active", "Quarantine", quarantine={"reason": "Unknown"}), "for the end of a quarantine"),
        (job("Active", "Quarantine"), "for the end of a quarantine"),
    ],
)
def test_what_is_awaited_is_said(found: Tree, sentence: str) -> None:
    assert sentence in str(awaited(found, MARK))
    assert str(awaited(found, MARK)).endswith(".")


def test_held_back_deletions_outweigh_a_cycle_that_calls_itself_a_success() -> None:
    quarantine = {"reason": "TooManyDeletes", "seriesBegan": AFTER}
    held = job("Active", "Quarantine", quarantine=quarantine, lastSuccessfulExecution=execution(began=AFTER))
    assert "TooManyDeletes" in str(awaited(held, MARK))


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (PAUSED, False),
        (job(lastExecution=PLACEHOLDER), False),
        (job("Active", "NotRun"), True),
        (job(lastExecution=execution("Failed")), True),
        (job(lastSuccessfulExecution=execution()), True),
        (job(synchronizedEntryCountByType=[{"key": "User to User", "value": 1}]), True),
        (job(synchronizedEntryCountByType=[{"key": "User to User", "value": 0}]), False),
        ({"id": "a job without a status"}, False),
    ],
)
def test_a_job_that_ran_or_may_be_running_may_have_provisioned(found: Tree, expected: bool) -> None:
    assert has_run(found) is expected


@given(st.integers(-290, 5000), st.sampled_from(["Succeeded", "Failed", "EntryLevelErrors"]))
def test_only_clean_cycles_count_and_only_those_that_began_afterwards(seconds: int, state: str) -> None:
    began = SINCE + timedelta(seconds=seconds)
    found = ran(state, began.strftime("%Y-%m-%dT%H:%M:%SZ"))
    counts = state == "Succeeded" and seconds >= 0
    assert clean_run(found, MARK) == (began if counts else None)
    assert (awaited(found, MARK) is None) is counts


@pytest.mark.parametrize(
    ("seen", "minutes", "counts"),
    [
        (SEEN, -20, False),
        (SEEN, -19, True),
        (SEEN, -6, True),
        # A cycle that had just ended may have been shown late.
        (SEEN, -4, False),
        (SEEN, -60, False),
        (None, -60, True),
    ],
)
def test_a_new_cycle_long_before_goes_by_another_clock(seen: datetime | None, minutes: int, counts: bool) -> None:
    began = SINCE + timedelta(minutes=minutes)
    found = ran(began=began.strftime("%Y-%m-%dT%H:%M:%SZ"))
    assert (clean_run(found, Mark(OTHER, SINCE, seen)) is not None) is counts


def test_the_times_of_a_job_are_those_that_happened() -> None:
    found = job(lastExecution=execution(began=AFTER), progress=[{"progressObservationDateTime": AT}, {}])
    assert [each.minute for each in service_times(found)] == [20, 20, 0]
    assert service_times(job(lastExecution=PLACEHOLDER, steadyStateLastAchievedTime=NEVER)) == []


@pytest.mark.parametrize(
    ("text", "minutes"), [("PT40M", 40), ("PT1H", 60), ("PT1H30M", 90), ("P1D", 40), (None, 40), ("PT0S", 40)]
)
def test_the_interval_is_the_services(text: str | None, minutes: int) -> None:
    assert interval({"schedule": {"interval": text}}) == timedelta(minutes=minutes)
