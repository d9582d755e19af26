# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was written shows late (graph-api.md section 13): waited for where it must be, and never done twice."""

from __future__ import annotations

from typing import Any

import pytest

from faults.driver import VALIDATE, Story, Trouble
from faults.stories import (
    ASSIGN,
    ASSIGN_ONE,
    ASSIGN_THREE,
    CHANGE_APP,
    CHANGE_PARTNER,
    CHANGE_POLICY,
    CHANGE_SCHEMA,
    CHANGE_STORED,
    DELETE_SCHEMA,
    DROP_APP,
    DROP_JOB,
    DROP_PARTNER,
    DROP_POLICY,
    INSTANTIATE,
    MAKE_AND_START_JOB,
    MAKE_APP,
    MAKE_APP_OPEN,
    MAKE_JOB,
    MAKE_PARTNER,
    MAKE_POLICY,
    ON_DEMAND,
    PATCH_PRINCIPAL,
    PAUSE_JOB,
    POST_JOB,
    POST_PARTNER,
    PROVISION,
    PUT_POLICY,
    PUT_SCHEMA,
    PUT_SECRETS,
    RESET_SCHEMA,
    RESTART,
    RESTART_JOB,
    START,
    START_JOB,
    STORE,
    STORIES,
    UNASSIGN,
    UNASSIGN_ONE,
)
from integration.tenants import ADELE, ALEX, SOURCE, TARGET

LATE: list[tuple[Story, str, list[str]]] = [
    (MAKE_PARTNER, "partner", [POST_PARTNER]),
    (CHANGE_PARTNER, "partner", []),
    (DROP_PARTNER, "partner", []),
    (MAKE_POLICY, "identitySynchronization", [PUT_POLICY]),
    (CHANGE_POLICY, "identitySynchronization", []),
    (DROP_POLICY, "identitySynchronization", []),
    (MAKE_APP, "application", [INSTANTIATE]),
    (MAKE_APP, "servicePrincipal", [INSTANTIATE]),
    (MAKE_APP, "synchronization", [INSTANTIATE]),
    (MAKE_APP, "templates", [INSTANTIATE]),
    (MAKE_APP_OPEN, "application", [INSTANTIATE, PATCH_PRINCIPAL]),
    (MAKE_APP_OPEN, "servicePrincipal", [INSTANTIATE, PATCH_PRINCIPAL]),
    (CHANGE_APP, "servicePrincipal", []),
    (MAKE_JOB, "job", [POST_JOB]),
    (MAKE_AND_START_JOB, "job", [POST_JOB, START]),
    (START_JOB, "job", [START]),
    (PAUSE_JOB, "job", []),
    (CHANGE_SCHEMA, "schema", [PUT_SCHEMA]),
    (RESET_SCHEMA, "schema", [DELETE_SCHEMA]),
    (STORE, "secrets", [PUT_SECRETS]),
    (CHANGE_STORED, "secrets", [PUT_SECRETS]),
]


@pytest.mark.parametrize(("story", "kind", "writes"), LATE, ids=str)
def test_what_is_written_and_shows_late_is_waited_for_and_written_once(
    trouble: Trouble, story: Story, kind: str, writes: list[str]
) -> None:
    trouble.begin(story, replication={kind: {"reads": 3}})
    trouble.survives(writes=writes or None, waits=(0.5, 120))


@pytest.mark.parametrize("status", [403, 404, 409])
def test_a_new_configuration_is_finished_when_the_synchronization_service_knows_it(
    trouble: Trouble, status: int
) -> None:
    lag = {kind: {"reads": 3} for kind in ("application", "servicePrincipal", "synchronization", "templates")}
    trouble.begin(MAKE_APP, replication=lag, replication_sync_error=status)
    trouble.survives(writes=[INSTANTIATE], waits=(1, 300))


@pytest.mark.parametrize("status", [403, 404, 409])
@pytest.mark.parametrize(
    ("module", "options", "write"),
    [
        ("sync_secrets", {"target_tenant_id": TARGET.id, "validate": False}, PUT_SECRETS),
        ("sync_secrets", {"target_tenant_id": TARGET.id}, PUT_SECRETS),
        ("sync_job", {}, POST_JOB),
    ],
    ids=["settings", "tested settings", "job"],
)
def test_a_task_right_after_waits_until_the_synchronization_service_knows_the_configuration(
    trouble: Trouble, module: str, options: dict[str, Any], write: str, status: int
) -> None:
    trouble.begin(STORE)
    (principal,) = trouble.principals()
    for method in ("GET", "POST", "PUT"):
        trouble.fault(method, "/synchronization/", count=2, status=status, code="NotYet")
    done = trouble.run(module, service_principal_id=principal["id"], **options)
    assert not done.failed, done.message
    assert done.changed
    assert sum(done.waits) <= 60
    (after,) = trouble.principals()
    assert (after["secrets"].get("CompanyId") == TARGET.id) == (write == PUT_SECRETS)
    assert len(after["jobs"]) == (write == POST_JOB)


def test_a_user_is_assigned_when_the_new_configuration_is_known_everywhere(trouble: Trouble) -> None:
    trouble.begin(ASSIGN_ONE)
    trouble.fault(
        "POST",
        "/appRoleAssignedTo$",
        count=3,
        status=400,
        code="Request_BadRequest",
        message="Not a valid reference update.",
    )
    trouble.survives(writes=[ASSIGN] * 4, waits=(1, 24))


@pytest.mark.parametrize("story", [ASSIGN_ONE, ASSIGN_THREE, UNASSIGN_ONE], ids=str)
def test_a_stale_list_of_assignments_makes_no_second_one_and_no_false_change(trouble: Trouble, story: Story) -> None:
    trouble.begin(story, replication={"assignment": {"reads": 3}})
    done = trouble.survives(waits=(0, 0))
    assert len(done.writes) == len(trouble.options["principals"])


@pytest.mark.parametrize("duplicate", ["permission", "entitlement", "entitlement_409"])
def test_a_user_whom_somebody_else_assigns_meanwhile_is_no_change_and_no_failure(
    trouble: Trouble, duplicate: str
) -> None:
    trouble.begin(ASSIGN_ONE, duplicate_assignment=duplicate)
    principal = trouble.options["service_principal_id"]
    trouble.meanwhile("POST", "/appRoleAssignedTo$", lambda: trouble.sim.assign(SOURCE.id, principal, ADELE))
    done = trouble.survives(writes=[ASSIGN], changed=False, waits=(0, 0))
    assert done.result["assignments"]["added"] == 0
    assert done.result["assignments"]["total"] == 1


def test_policies_written_a_moment_ago_are_waited_for_before_settings_are_stored(trouble: Trouble) -> None:
    trouble.begin(STORE)
    trouble.sim.set_partner(
        SOURCE.id, TARGET.id, automaticUserConsentSettings={"inboundAllowed": None, "outboundAllowed": None}
    )
    trouble.sim.update_settings(replication={"policyPropagation": {"reads": 4}})
    consent: dict[str, Any] = {"partner_tenant_id": TARGET.id, "automatic_user_consent": {"outbound_allowed": True}}
    assert trouble.run("crosstenant_partner", **consent).changed
    done = trouble.run()
    assert not done.failed, done.message
    assert done.writes == [PUT_SECRETS]
    assert done.lines.count(VALIDATE) > 1
    assert 0 < sum(done.waits) <= 30
    assert trouble.sim.normalized_state() == trouble.end


def test_a_user_is_provisioned_when_his_assignment_has_taken_effect(trouble: Trouble) -> None:
    trouble.begin(PROVISION, replication={"assignmentEvaluation": {"reads": 3}})
    trouble.sim.update_settings(throttle={"on_demand": {"enabled": False}})
    trouble.sim.unassign(SOURCE.id, trouble.options["service_principal_id"], ADELE)
    assign = {"service_principal_id": trouble.options["service_principal_id"], "principals": [{"user": ADELE}]}
    assert trouble.run("app_role_assignment", **assign).changed
    done = trouble.run()
    assert not done.failed, done.message
    assert done.changed
    assert len(done.writes) > 1
    assert set(done.writes) == {ON_DEMAND}
    assert trouble.sim.normalized_state() == trouble.end


def test_a_user_who_is_not_assigned_is_waited_for_as_long_as_the_task_says(trouble: Trouble) -> None:
    trouble.begin(PROVISION, throttle={"on_demand": {"enabled": False}})
    done = trouble.run(users=[ALEX], wait_for_assignment=60)
    assert not done.failed, done.message
    assert not done.changed
    assert [each["status"] for each in done.result["results"]] == ["skipped"]
    assert 20 <= sum(done.waits) <= 80


@pytest.mark.parametrize("story", [DROP_PARTNER, DROP_POLICY, DROP_APP, DROP_JOB], ids=str)
def test_what_is_deleted_and_still_shows_is_deleted_once(trouble: Trouble, story: Story) -> None:
    kinds = {"partner", "identitySynchronization", "application", "servicePrincipal", "job"}
    trouble.begin(story, replication={kind: {"reads": 2} for kind in kinds})
    done = trouble.survives(waits=(0, 60))
    assert len(done.writes) == 1


def test_somebody_unassigned_who_is_still_listed_is_no_failure(trouble: Trouble) -> None:
    trouble.begin(UNASSIGN_ONE, replication={"assignment": {"reads": 8}})
    assert trouble.run().writes == [UNASSIGN]
    again = trouble.run()
    assert not again.failed, again.message
    assert not again.changed
    assert trouble.sim.normalized_state() == trouble.end


@pytest.mark.parametrize("status", [403, 404, 409])
@pytest.mark.parametrize("story", [STORE, MAKE_JOB], ids=str)
def test_a_configuration_of_last_year_that_is_refused_is_reported_at_once(
    trouble: Trouble, story: Story, status: int
) -> None:
    trouble.begin(story)
    trouble.make_old()
    trouble.fault("GET", "/synchronization/", count=None, status=status, code="Refused")
    trouble.refuses(code="Refused", writes=[])


@pytest.mark.parametrize("status", [403, 404, 409])
def test_a_new_configuration_that_stays_refused_is_given_up_within_max_wait(trouble: Trouble, status: int) -> None:
    trouble.begin(STORE)
    trouble.fault("GET", "/synchronization/", count=None, status=status, code="Refused")
    done = trouble.refuses(code="Refused", writes=[], waits=600)
    assert sum(done.waits) > 300


def test_settings_that_never_show_are_stored_once_and_given_up_with_a_warning(trouble: Trouble) -> None:
    trouble.begin(STORE, replication={"secrets": {"reads": 1000}})
    done = trouble.run()
    assert not done.failed, done.message
    assert done.changed
    assert done.writes == [PUT_SECRETS]
    assert "does not show" in done.result["warnings"][0]
    assert sum(done.waits) <= 120
    assert trouble.sim.normalized_state() == trouble.end


@pytest.mark.parametrize(
    ("story", "kind", "limit"),
    [(MAKE_PARTNER, "partner", 60), (MAKE_APP, "servicePrincipal", 300), (MAKE_JOB, "job", 120)],
    ids=str,
)
def test_what_never_shows_is_made_once_and_given_up_in_time(
    trouble: Trouble, story: Story, kind: str, limit: float
) -> None:
    trouble.begin(story, replication={kind: {"reads": 1000}})
    done = trouble.run()
    assert done.code == "WaitedTooLong", done.message
    assert len(done.writes) == 1
    assert sum(done.waits) <= limit
    assert trouble.sim.normalized_state() == trouble.end


def test_a_restart_leaves_nothing_to_wait_for(trouble: Trouble) -> None:
    trouble.begin(RESTART_JOB, replication={"job": {"reads": 3}})
    done = trouble.run()
    assert not done.failed, done.message
    assert done.writes == [RESTART]
    assert trouble.sim.normalized_state() == trouble.end


@pytest.mark.parametrize("story", STORIES, ids=str)
def test_check_mode_changes_nothing_and_predicts_the_change(trouble: Trouble, story: Story) -> None:
    trouble.begin(story)
    before = trouble.sim.state()
    assert trouble.run(check=True).changed
    assert trouble.sim.state() == before
    done = trouble.run()
    assert done.changed
    assert trouble.sim.normalized_state() == trouble.end
