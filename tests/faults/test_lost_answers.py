# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes whose answer was lost: carried out or not, they end up carried out once (terraform-peer.md section 5)."""

from __future__ import annotations

from typing import Any

import pytest

from faults.driver import Story, Trouble
from faults.stories import (
    ALLOW_DELETES,
    ASSIGN,
    ASSIGN_ONE,
    ASSIGN_THREE,
    CHANGE_APP,
    CHANGE_PARTNER,
    CHANGE_POLICY,
    CHANGE_SCHEMA,
    CHANGE_STORED,
    CLOSE,
    DROP_APP,
    DROP_JOB,
    DROP_PARTNER,
    DROP_POLICY,
    INSTANTIATE,
    MAKE_APP,
    MAKE_APP_OPEN,
    MAKE_JOB,
    MAKE_PARTNER,
    MAKE_POLICY,
    PATCH_PRINCIPAL,
    PAUSE_JOB,
    POST_JOB,
    POST_PARTNER,
    PROVISION,
    RESET_SCHEMA,
    RESTART,
    RESTART_JOB,
    RETIRE,
    START,
    START_JOB,
    STORE,
    UNASSIGN_ONE,
    UNASSIGN_THREE,
    WITHDRAW,
    WRITES,
)
from integration.tenants import ADELE, SOURCE, TARGET

DONE: dict[str, dict[str, Any]] = {
    "the connection broke": {"effect": "drop_after"},
    "it was answered 500": {"effect": "error_after", "status": 500},
    "it was answered 502": {"effect": "error_after", "status": 502},
    "it was answered 503": {"effect": "error_after", "status": 503},
    "it was answered 503 with Retry-After": {"effect": "error_after", "status": 503, "retry_after": 7},
    "it was answered 504": {"effect": "error_after", "status": 504},
    "a proxy's page came back": {"effect": "error_after", "code": "Page"},
    "an empty answer came back": {"effect": "error_after", "code": "Page", "message": ""},
}
NOT_DONE: dict[str, dict[str, Any]] = {
    "the connection broke": {"effect": "drop_before"},
    "it was answered 503": {"effect": "status", "status": 503},
    "it was answered 504": {"effect": "status", "status": 504},
    "a proxy's page came back": {"effect": "malformed", "body": "<html>Sign in to the proxy</html>"},
    "an empty answer came back": {"effect": "malformed", "body": ""},
}
CREATING = {MAKE_PARTNER: POST_PARTNER, MAKE_APP: INSTANTIATE, MAKE_JOB: POST_JOB, ASSIGN_ONE: ASSIGN}
REPEATABLE = (
    CHANGE_PARTNER,
    DROP_PARTNER,
    MAKE_POLICY,
    CHANGE_POLICY,
    DROP_POLICY,
    CHANGE_APP,
    DROP_APP,
    CLOSE,
    RETIRE,
    WITHDRAW,
    DROP_JOB,
    STORE,
    CHANGE_STORED,
    UNASSIGN_ONE,
    UNASSIGN_THREE,
    CHANGE_SCHEMA,
    RESET_SCHEMA,
)


@pytest.mark.parametrize("lost", DONE)
@pytest.mark.parametrize("story", CREATING, ids=str)
def test_what_was_created_although_no_answer_came_is_found_and_not_created_again(
    trouble: Trouble, story: Story, lost: str
) -> None:
    trouble.begin(story)
    trouble.fault(*WRITES[story], **DONE[lost])
    trouble.survives(writes=[CREATING[story]])


@pytest.mark.parametrize("lost", NOT_DONE)
@pytest.mark.parametrize("story", CREATING, ids=str)
def test_what_was_not_created_is_created_after_looking_for_it(trouble: Trouble, story: Story, lost: str) -> None:
    trouble.begin(story)
    trouble.fault(*WRITES[story], **NOT_DONE[lost])
    # Lists may show a configuration only after minutes: the doubt whether there is one lasts as long.
    trouble.survives(writes=[CREATING[story]] * 2, waits=(0, 180 if story is MAKE_APP else 60))


@pytest.mark.parametrize(
    ("story", "kinds"),
    [
        (MAKE_PARTNER, ("partner",)),
        (MAKE_APP, ("application", "servicePrincipal", "synchronization", "templates")),
        (MAKE_JOB, ("job",)),
    ],
    ids=["a partner", "a configuration", "a job"],
)
def test_what_was_created_unseen_is_waited_for_when_it_shows_late(
    trouble: Trouble, story: Story, kinds: tuple[str, ...]
) -> None:
    trouble.begin(story, replication={kind: {"reads": 3} for kind in kinds})
    trouble.fault(*WRITES[story], effect="error_after", status=503)
    trouble.survives(writes=[CREATING[story]], waits=(1, 60))


def test_a_configuration_made_unseen_that_is_listed_only_after_a_minute_is_not_made_again(trouble: Trouble) -> None:
    trouble.begin(MAKE_APP, replication={kind: {"reads": 8} for kind in ("application", "servicePrincipal")})
    trouble.fault(*WRITES[MAKE_APP], effect="drop_after")
    trouble.survives(writes=[INSTANTIATE], waits=(40, 300))


@pytest.mark.parametrize("lost", ["the connection broke", "it was answered 503"])
@pytest.mark.parametrize("story", REPEATABLE, ids=str)
def test_a_change_that_was_carried_out_unseen_is_made_sure_of(trouble: Trouble, story: Story, lost: str) -> None:
    trouble.begin(story)
    trouble.fault(*WRITES[story], **DONE[lost])
    trouble.survives(waits=(0, 5))


@pytest.mark.parametrize("story", REPEATABLE, ids=str)
def test_a_change_that_was_not_carried_out_is_sent_again(trouble: Trouble, story: Story) -> None:
    trouble.begin(story)
    trouble.fault(*WRITES[story], effect="drop_before")
    trouble.survives(waits=(0, 5))


@pytest.mark.parametrize("lost", [each for each in DONE if "came back" not in each])
def test_a_job_that_was_started_unseen_is_not_started_while_it_runs(trouble: Trouble, lost: str) -> None:
    trouble.begin(START_JOB)
    trouble.fault(*WRITES[START_JOB], **DONE[lost])
    trouble.survives(writes=[START])
    ((job,),) = [each["jobs"].values() for each in trouble.principals()]
    assert job["startCalls"] == 1


@pytest.mark.parametrize("lost", [each for each in NOT_DONE if "came back" not in each])
def test_a_job_that_was_not_started_is_started_after_a_look_at_it(trouble: Trouble, lost: str) -> None:
    trouble.begin(START_JOB)
    trouble.fault(*WRITES[START_JOB], **NOT_DONE[lost])
    trouble.survives(writes=[START, START])


@pytest.mark.parametrize("effect", ["drop_before", "drop_after"])
def test_a_pause_whose_answer_was_lost_is_made_sure_of(trouble: Trouble, effect: str) -> None:
    trouble.begin(PAUSE_JOB)
    trouble.fault(*WRITES[PAUSE_JOB], effect=effect)
    trouble.survives()


@pytest.mark.parametrize("effect", ["drop_before", "drop_after"])
def test_a_restart_whose_answer_was_lost_ends_in_a_started_job(trouble: Trouble, effect: str) -> None:
    trouble.begin(RESTART_JOB)
    trouble.fault(*WRITES[RESTART_JOB], effect=effect)
    done = trouble.run()
    assert done.changed
    assert trouble.sim.normalized_state() == trouble.end
    trouble.assert_fired()


@pytest.mark.parametrize("lost", [each for each in DONE if "came back" not in each])
def test_deletions_that_were_allowed_unseen_are_not_allowed_once_more(trouble: Trouble, lost: str) -> None:
    trouble.begin(ALLOW_DELETES, throttle={"reports": {"enabled": False}})
    trouble.fault(*WRITES[ALLOW_DELETES], **DONE[lost])
    trouble.survives(writes=[RESTART])


@pytest.mark.parametrize("lost", [each for each in NOT_DONE if "came back" not in each])
def test_deletions_that_were_not_allowed_are_allowed_after_a_look_at_the_job(trouble: Trouble, lost: str) -> None:
    trouble.begin(ALLOW_DELETES, throttle={"reports": {"enabled": False}})
    trouble.fault(*WRITES[ALLOW_DELETES], **NOT_DONE[lost])
    trouble.survives(writes=[RESTART, RESTART])


@pytest.mark.parametrize("effect", ["drop_before", "drop_after"])
def test_a_user_whose_provisioning_was_not_answered_is_provisioned_once(trouble: Trouble, effect: str) -> None:
    trouble.begin(PROVISION)
    trouble.fault(*WRITES[PROVISION], effect=effect)
    done = trouble.run()
    assert not done.failed, done.message
    assert trouble.sim.normalized_state() == trouble.end
    assert len([user for user in trouble.sim.state()[TARGET.id]["users"].values() if user["external"]]) == 1
    trouble.assert_fired()


def test_an_assignment_that_was_answered_404_although_it_was_made_is_found(trouble: Trouble) -> None:
    trouble.begin(ASSIGN_ONE)
    trouble.fault("POST", "/appRoleAssignedTo$", "error_after", status=404, code="Request_ResourceNotFound")
    trouble.survives(writes=[ASSIGN])


@pytest.mark.parametrize("duplicate", ["permission", "entitlement", "entitlement_409"])
def test_an_assignment_that_was_made_unseen_and_is_listed_late_is_found_by_the_refusal_of_its_double(
    trouble: Trouble, duplicate: str
) -> None:
    trouble.begin(ASSIGN_ONE, replication={"assignment": {"reads": 1}}, duplicate_assignment=duplicate)
    trouble.fault("POST", "/appRoleAssignedTo$", "error_after", status=504)
    done = trouble.run()
    assert not done.failed, done.message
    assert done.changed
    assert trouble.sim.normalized_state() == trouble.end
    assert done.writes == [ASSIGN, ASSIGN]
    done.assert_no_blind_replay()


@pytest.mark.parametrize("status", [404, 503, 504])
def test_of_many_assignments_only_the_one_without_a_good_answer_is_looked_for(trouble: Trouble, status: int) -> None:
    trouble.begin(ASSIGN_THREE)
    trouble.fault("POST", "/appRoleAssignedTo$", "error_after", nth=2, status=status, code="UnknownError")
    trouble.survives(writes=[ASSIGN] * 3)


def test_of_many_assignments_only_the_one_that_was_not_made_is_made_again(trouble: Trouble) -> None:
    trouble.begin(ASSIGN_THREE)
    trouble.fault("POST", "/appRoleAssignedTo$", nth=2, status=503)
    trouble.survives(writes=[ASSIGN] * 4)


@pytest.mark.parametrize("effect", ["drop_after", "error_after"])
def test_assignments_whose_batch_was_not_answered_are_looked_for(trouble: Trouble, effect: str) -> None:
    trouble.begin(ASSIGN_THREE)
    # The first batch looks the users up.
    trouble.fault("POST", r"/\$batch$", effect, nth=2, status=503)
    trouble.survives(writes=[ASSIGN] * 3)


@pytest.mark.parametrize("effect", ["drop_before", "status"])
def test_assignments_whose_batch_was_not_carried_out_are_sent_again_after_a_look(trouble: Trouble, effect: str) -> None:
    trouble.begin(ASSIGN_THREE)
    trouble.fault("POST", r"/\$batch$", effect, nth=2, status=503)
    done = trouble.survives(writes=[ASSIGN] * 3)
    assert done.count("POST", r"/\$batch$") == 3


@pytest.mark.parametrize("effect", ["drop_before", "drop_after", "status", "error_after"])
def test_a_batch_of_questions_that_was_not_answered_is_asked_again(trouble: Trouble, effect: str) -> None:
    trouble.begin(ASSIGN_THREE)
    trouble.fault("POST", r"/\$batch$", effect, status=503)
    trouble.survives(writes=[ASSIGN] * 3)


def test_an_assignment_whose_deletion_is_answered_404_is_gone(trouble: Trouble) -> None:
    trouble.begin(UNASSIGN_ONE)
    trouble.fault("DELETE", "/appRoleAssignedTo/", "error_after", status=404, code="Request_ResourceNotFound")
    trouble.survives(changed=False)


def test_an_assignment_that_somebody_else_deletes_meanwhile_stops_nobody(trouble: Trouble) -> None:
    trouble.begin(UNASSIGN_THREE)
    principal = trouble.options["service_principal_id"]
    trouble.meanwhile("DELETE", "/appRoleAssignedTo/", lambda: trouble.sim.unassign(SOURCE.id, principal, ADELE))
    done = trouble.survives()
    assert done.result["assignments"]["removed"] == 2


@pytest.mark.parametrize("story", [DROP_PARTNER, DROP_POLICY, DROP_APP, DROP_JOB], ids=str)
def test_what_is_gone_when_it_is_to_be_deleted_is_deleted(trouble: Trouble, story: Story) -> None:
    trouble.begin(story)
    trouble.fault(*WRITES[story], effect="error_after", status=404, code="Request_ResourceNotFound")
    trouble.survives()


def test_the_old_shape_of_a_new_configuration_is_understood(trouble: Trouble) -> None:
    trouble.begin(MAKE_APP, instantiate_shape="legacy")
    done = trouble.survives(writes=[INSTANTIATE])
    (principal,) = trouble.principals()
    assert done.result["configuration"]["service_principal_id"] == principal["id"]
    assert done.result["configuration"]["app_role_id"] == principal["appRoles"][0]["id"]


def test_the_old_shape_of_a_new_configuration_takes_changes_as_well(trouble: Trouble) -> None:
    trouble.begin(MAKE_APP_OPEN, instantiate_shape="legacy")
    trouble.survives(writes=[INSTANTIATE, PATCH_PRINCIPAL])


def test_a_configuration_that_a_dead_run_left_without_a_target_is_adopted(trouble: Trouble) -> None:
    trouble.begin(MAKE_APP)
    assert trouble.run().changed
    done = trouble.run()
    assert not done.changed
    assert done.writes == []
    assert len(trouble.principals()) == 1
