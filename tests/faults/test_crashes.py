# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role is killed at its most delicate moments; every_crash.py, a longer target, kills it at all of them."""

from __future__ import annotations

import pytest

from faults.crashes import Course, Crashes
from faults.moments import THREE_USERS, Moment, after, moments
from integration.pair import SYNCHRONIZATION

DELICATE = [
    *after(THREE_USERS, "POST /applicationTemplates/{id}/instantiate"),
    *after(THREE_USERS, f"POST {SYNCHRONIZATION}/jobs", f"PUT {SYNCHRONIZATION}/secrets"),
    after(THREE_USERS, "POST /$batch")[-1],
    *[each for each in moments(THREE_USERS) if each.line.endswith("/start")],
]


def test_a_run_that_nothing_disturbs_sends_these_requests(course: Course) -> None:
    assert course.requests == THREE_USERS


@pytest.mark.parametrize("moment", DELICATE, ids=str)
def test_a_killed_run_is_simply_run_again_and_check_mode_tells_what_that_does(
    crashes: Crashes, course: Course, moment: Moment
) -> None:
    crashes.die(moment, course)
    crashes.recover(course)
