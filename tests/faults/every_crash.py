# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role is killed before and after every request that it sends. Takes minutes: ``make test-long``."""

from __future__ import annotations

import pytest

from faults.crashes import Course, Crashes
from faults.moments import TEST_USER, THREE_USERS, Moment, moments

# A user who is provisioned on demand changes nothing before the settings are stored.
PROVISIONING = moments(TEST_USER)[-22:]


@pytest.mark.parametrize("moment", moments(THREE_USERS), ids=str)
def test_a_run_killed_at_any_request_is_simply_run_again_and_check_mode_tells_what_that_does(
    crashes: Crashes, course: Course, moment: Moment
) -> None:
    """No moment leaves anything that the next run does not complete, and none leaves anything twice."""
    crashes.die(moment, course)
    crashes.recover(course)


def test_a_run_with_a_test_user_sends_these_requests(provisioning: Crashes, provisioning_course: Course) -> None:
    """The second sweep dies where it says."""
    assert provisioning_course.requests == TEST_USER


@pytest.mark.parametrize("moment", PROVISIONING, ids=str)
def test_a_run_killed_while_it_provisions_a_test_user_is_simply_run_again(
    provisioning: Crashes, provisioning_course: Course, moment: Moment
) -> None:
    """The test user is there in the end as well."""
    provisioning.die(moment, provisioning_course)
    provisioning.recover(provisioning_course)
