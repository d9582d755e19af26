# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting as the service asks, and no longer than the task may (graph-api.md sections 3.7 and 14)."""

from __future__ import annotations

from typing import Any

import pytest

from faults.driver import MAX_WAIT, Story, Trouble
from faults.stories import (
    ASSIGN,
    ASSIGN_THREE,
    CHANGE_PARTNER,
    INSTANTIATE,
    MAKE_APP,
    MAKE_JOB,
    MAKE_PARTNER,
    POST_JOB,
    POST_PARTNER,
    PROVISION,
    START_JOB,
    STORE,
    UNASSIGN_THREE,
    WRITES,
)

THROTTLED: dict[str, tuple[Any, tuple[float, float]]] = {
    "for three seconds": (3, (3, 4)),
    "until a date": ({"date": 30}, (28, 31)),
    "for no time": (0, (0, 1)),
    "without saying how long": (None, (1, 1.2)),
    "in words": ("a while", (1, 1.2)),
    "for five minutes": (315, (315, 316)),
}
CREATING = {MAKE_PARTNER: POST_PARTNER, MAKE_APP: INSTANTIATE, MAKE_JOB: POST_JOB}


@pytest.mark.parametrize("wait", THROTTLED)
@pytest.mark.parametrize("story", CREATING, ids=str)
def test_a_throttled_creation_is_sent_again_after_the_wait(trouble: Trouble, story: Story, wait: str) -> None:
    header, waits = THROTTLED[wait]
    trouble.begin(story)
    trouble.fault(*WRITES[story], status=429, retry_after=header)
    trouble.survives(writes=[CREATING[story]] * 2, waits=waits)


@pytest.mark.parametrize("wait", THROTTLED)
def test_a_throttled_question_is_asked_again_after_the_wait(trouble: Trouble, wait: str) -> None:
    header, waits = THROTTLED[wait]
    trouble.begin(CHANGE_PARTNER)
    trouble.fault("GET", "/partners/", status=429, retry_after=header)
    trouble.survives(waits=waits)


@pytest.mark.parametrize("wait", THROTTLED)
def test_of_a_batch_only_what_was_throttled_is_sent_again_after_the_wait(trouble: Trouble, wait: str) -> None:
    header, waits = THROTTLED[wait]
    trouble.begin(ASSIGN_THREE)
    trouble.fault("POST", "/appRoleAssignedTo$", nth=3, status=429, retry_after=header)
    trouble.survives(writes=[ASSIGN] * 4, waits=waits)


def test_a_batch_waits_for_the_longest_of_its_waits(trouble: Trouble) -> None:
    trouble.begin(ASSIGN_THREE)
    for wait in (5, 20, 10):
        trouble.fault("POST", "/appRoleAssignedTo$", status=429, retry_after=wait)
    trouble.survives(writes=[ASSIGN] * 6, waits=(20, 21))


def test_a_throttled_batch_is_sent_again_as_a_whole(trouble: Trouble) -> None:
    trouble.begin(UNASSIGN_THREE)
    trouble.fault("POST", r"/\$batch$", nth=2, status=429, retry_after=9)
    trouble.survives(waits=(9, 10))


@pytest.mark.parametrize("path", ["/start$", "/provisionOnDemand$"])
def test_a_throttled_action_is_sent_again_after_the_wait(trouble: Trouble, path: str) -> None:
    trouble.begin(START_JOB if path == "/start$" else PROVISION)
    trouble.fault("POST", path, status=429, retry_after=12)
    done = trouble.run()
    assert not done.failed, done.message
    assert done.changed
    assert len(done.writes) == 2
    assert 12 <= sum(done.waits) <= 13
    assert trouble.sim.normalized_state() == trouble.end


def test_a_wait_that_max_wait_does_not_cover_fails_at_once_and_names_it(trouble: Trouble) -> None:
    trouble.begin(MAKE_APP)
    trouble.fault("GET", "/servicePrincipals", status=429, retry_after=MAX_WAIT + 1)
    done = trouble.refuses(code="TooManyRequests", says="max_wait", writes=[])
    assert len(done.lines) == 1


@pytest.mark.parametrize("header", [3, 315, {"date": 60}, None])
@pytest.mark.parametrize("story", [MAKE_APP, CHANGE_PARTNER, STORE, ASSIGN_THREE], ids=str)
def test_endless_throttling_ends_with_max_wait(trouble: Trouble, story: Story, header: Any) -> None:
    trouble.begin(story)
    trouble.fault("GET", "", count=None, status=429, retry_after=header)
    trouble.refuses(code="TooManyRequests", says="max_wait", writes=[], waits=MAX_WAIT)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("code", ["ServiceUnavailable", "UnknownError"])
def test_a_service_that_is_not_there_for_a_moment_is_asked_again(trouble: Trouble, status: int, code: str) -> None:
    trouble.begin(MAKE_APP)
    trouble.fault("GET", "/servicePrincipals", count=3, status=status, code=code)
    trouble.survives(writes=[INSTANTIATE], waits=(6, 10))


@pytest.mark.parametrize("wait", [20, {"date": 20}])
def test_a_service_that_is_not_there_says_how_long_to_wait(trouble: Trouble, wait: Any) -> None:
    trouble.begin(MAKE_APP)
    trouble.fault("GET", "/servicePrincipals", status=503, retry_after=wait)
    trouble.survives(writes=[INSTANTIATE], waits=(18, 21))


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("story", [MAKE_APP, CHANGE_PARTNER, STORE, ASSIGN_THREE], ids=str)
def test_a_service_that_stays_away_is_given_up_after_a_few_attempts(
    trouble: Trouble, story: Story, status: int
) -> None:
    trouble.begin(story)
    trouble.fault("GET", "", count=None, status=status, code="UnknownError")
    done = trouble.refuses(code="UnknownError", writes=[], waits=60)
    assert sum(each.status == status for each in done.requests) <= 5 * (3 if story is ASSIGN_THREE else 1)


@pytest.mark.parametrize("story", CREATING, ids=str)
def test_a_creation_that_is_never_answered_is_given_up_after_three_attempts(trouble: Trouble, story: Story) -> None:
    trouble.begin(story)
    trouble.fault(*WRITES[story], count=None, status=503)
    trouble.refuses(code="ServiceUnavailable", writes=[CREATING[story]] * 3, waits=400)


def test_assignments_that_are_never_answered_are_given_up_in_time(trouble: Trouble) -> None:
    trouble.begin(ASSIGN_THREE)
    trouble.fault("POST", "/appRoleAssignedTo$", count=None, status=503)
    done = trouble.refuses(code="PartlyDone", waits=60)
    assert len(done.result["assignments"]["failed"]) == 3
    assert not done.changed
