# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""sync_job: started when it is not, paused when it is not, restarted always."""

from __future__ import annotations

import typing as t

import pytest
import requests
from ansible_collections.entra.crosstenant.plugins.module_utils._errors import (
    EntraError,
    GraphError,
    InputError,
    LostAnswer,
)
from ansible_collections.entra.crosstenant.plugins.module_utils._resources.sync_job import SyncJob
from ansible_collections.entra.crosstenant.plugins.modules.sync_job import TASK

from unit.conversation import Exchange
from unit.factories import (
    JOB,
    JOB_TEMPLATE,
    JOBS_PATH,
    OTHER,
    PRINCIPAL,
    ZERO,
    Clock,
    Tree,
    asks_within,
    collection,
    error_body,
    not_found,
    reading_age,
    reading_configurations,
    run,
    run_four_times,
    secrets,
    service_principal,
)
from unit.jobs import (
    JOB_PATH,
    NEVER,
    PAUSED,
    PLACEHOLDER,
    PORTAL_RESTART,
    STARTED,
    acting,
    creating,
    execution,
    job,
    reading,
)

CHOSEN = {"service_principal_id": PRINCIPAL}


def test_a_job_is_created_and_left_paused() -> None:
    runs = run_four_times(
        TASK, CHOSEN, before=[reading()], writing=[creating(), reading(PAUSED)], after=[reading(PAUSED)]
    )
    assert runs.diff == ({}, {"template_id": JOB_TEMPLATE})
    predicted, made = runs.check.values["job"], runs.do.values["job"]
    assert {**predicted, "id": JOB, "schedule": made["schedule"]} == made
    assert (made["enabled"], made["last_run"], made["service_principal_id"]) == (False, "not_run", PRINCIPAL)


def test_a_job_is_created_and_started_once_it_can_be_read() -> None:
    runs = run_four_times(
        TASK,
        {**CHOSEN, "state": "started"},
        before=[reading()],
        writing=[creating(), reading(), reading(PAUSED), acting("start"), reading(PAUSED), reading(STARTED)],
        after=[reading(STARTED)],
    )
    assert runs.check.values["job"]["enabled"] is runs.do.values["job"]["enabled"] is True
    assert runs.do.after["enabled"] is True


def test_a_paused_job_is_started_without_a_body() -> None:
    runs = run_four_times(
        TASK,
        {**CHOSEN, "state": "started"},
        before=[reading(PAUSED)],
        writing=[acting("start", headers={"Content-Length": "0"}), reading(STARTED)],
        after=[reading(STARTED)],
    )
    assert runs.diff == ({"enabled": False}, {"enabled": True})
    assert runs.check.values["job"]["enabled"] is True


def test_a_started_job_is_paused() -> None:
    runs = run_four_times(
        TASK,
        {**CHOSEN, "state": "paused"},
        before=[reading(STARTED)],
        writing=[acting("pause"), reading(STARTED), reading(PAUSED)],
        after=[reading(PAUSED)],
    )
    assert runs.diff == ({"enabled": True}, {"enabled": False})


@pytest.mark.parametrize("state", ["Disabled", "Paused"])
def test_both_words_for_paused_are_paused(state: str) -> None:
    assert not run(TASK, {**CHOSEN, "state": "paused"}, reading(job(state))).changed


def test_a_new_job_that_is_to_be_paused_is_only_created() -> None:
    run(TASK, {**CHOSEN, "state": "paused"}, reading(), creating(), reading(PAUSED))


@pytest.mark.parametrize(
    ("scope", "sent"),
    [
        (None, PORTAL_RESTART),
        ([], PORTAL_RESTART),
        (["watermark"], {"criteria": {"resetScope": "Watermark"}}),
        (["full"], {"criteria": {"resetScope": "Full"}}),
        (["escrows", "quarantine_state"], {"criteria": {"resetScope": "Escrows, QuarantineState"}}),
        (["connector_data_store"], {"criteria": {"resetScope": "ConnectorDataStore"}}),
        (["QuarantineState", "escrows", "Escrows"], {"criteria": {"resetScope": "QuarantineState, Escrows"}}),
    ],
)
def test_a_restart_changes_on_every_run(scope: list[str] | None, sent: Tree) -> None:
    named = {} if scope is None else {"reset_scope": scope}
    params = {**CHOSEN, "state": "restarted", "allow_dangerous_reset": True, **named}
    exchanges = [reading(STARTED), acting("restart", sent), reading(STARTED)]
    for result in (run(TASK, params, *exchanges), run(TASK, params, *exchanges)):
        assert result.changed
        assert result.after["restart"] == sent
    check = run(TASK, params, reading(STARTED), check_mode=True)
    assert (check.changed, check.after) == (True, result.after)
    assert check.values == result.values


def test_a_restart_starts_a_paused_job_in_one_request() -> None:
    run(TASK, {**CHOSEN, "state": "restarted"}, reading(PAUSED), acting("restart", PORTAL_RESTART), reading(STARTED))


def test_a_restart_of_a_job_that_does_not_exist_creates_it() -> None:
    run(
        TASK,
        {**CHOSEN, "state": "restarted"},
        reading(),
        creating(),
        reading(PAUSED),
        acting("restart", PORTAL_RESTART),
        reading(STARTED),
    )


def test_a_job_is_deleted() -> None:
    runs = run_four_times(
        TASK,
        {**CHOSEN, "state": "absent"},
        before=[reading(STARTED)],
        writing=[Exchange("DELETE", JOB_PATH, status=204), reading(STARTED), reading()],
        after=[reading()],
    )
    assert runs.do.before["id"] == JOB
    assert runs.check.values == runs.do.values == {"job": None}


def test_a_job_that_somebody_else_deleted_is_deleted() -> None:
    assert run(TASK, {**CHOSEN, "state": "absent"}, reading(PAUSED), not_found("DELETE", JOB_PATH), reading()).changed


def test_an_empty_selector_is_no_selector() -> None:
    with pytest.raises(InputError, match="service_principal_id"):
        run(TASK, {"service_principal_id": ""})


# Which job


def test_jobs_of_another_template_are_left_alone() -> None:
    other = {**STARTED, "id": "other", "templateId": "scim"}
    result = run(TASK, {**CHOSEN, "state": "paused"}, reading(other, PAUSED))
    assert result.values["job"]["id"] == JOB
    assert run(TASK, CHOSEN, reading(other), check_mode=True).changed


@pytest.mark.parametrize("state", ["present", "started", "absent"])
def test_two_jobs_are_refused_and_both_are_named(state: str) -> None:
    with pytest.raises(EntraError) as raised:
        run(TASK, {**CHOSEN, "state": state}, reading(PAUSED, {**PAUSED, "id": "second"}))
    text = raised.value.explanation()
    assert JOB in text
    assert "second" in text


def test_jobs_on_later_pages_are_found() -> None:
    link = f"https://graph.microsoft.com{JOBS_PATH}?$skiptoken=a"
    first = Exchange("GET", JOBS_PATH, reply=collection({"id": "x", "templateId": "scim"}, next_link=link))
    second = Exchange("GET", JOBS_PATH, query={"$skiptoken": "a"}, reply=collection(PAUSED))
    assert not run(TASK, CHOSEN, first, second).changed


def test_the_configuration_is_found_by_its_target() -> None:
    found = reading_configurations((service_principal(), secrets()))
    result = run(TASK, {"target_tenant_id": OTHER}, *found, reading(PAUSED))
    assert result.values["job"]["service_principal_id"] == PRINCIPAL


def test_a_configuration_that_does_not_exist_is_predicted_and_has_nothing_to_delete() -> None:
    result = run(TASK, {"target_tenant_id": OTHER, "state": "started"}, *reading_configurations(), check_mode=True)
    assert result.changed
    job_view = result.values["job"]
    assert (job_view["service_principal_id"], job_view["id"], job_view["enabled"]) == (ZERO, ZERO, True)
    for check_mode in (False, True):
        params = {"target_tenant_id": OTHER, "state": "absent"}
        assert not run(TASK, params, *reading_configurations(), check_mode=check_mode).changed
    with pytest.raises(EntraError, match="no configuration"):
        run(TASK, {"target_tenant_id": OTHER}, *reading_configurations())


def test_the_placeholder_of_check_mode_is_taken_in_check_mode_only() -> None:
    assert run(TASK, {"service_principal_id": ZERO}, check_mode=True).values["job"]["id"] == ZERO
    with pytest.raises(InputError, match="placeholder"):
        run(TASK, {"service_principal_id": ZERO})


# What the job says


@pytest.mark.parametrize(
    ("last", "outcome"),
    [
        (None, "not_run"),
        (PLACEHOLDER, "not_run"),
        (execution(), "succeeded"),
        (execution("Failed"), "failed"),
        (execution("EntryLevelErrors"), "entry_level_errors"),
        (execution("Unheard"), "Unheard"),
        ({"timeEnded": "2026-05-01T10:00:00Z"}, None),
    ],
)
def test_the_last_run_is_told_and_the_placeholder_is_none(last: Tree | None, outcome: str | None) -> None:
    view = run(TASK, CHOSEN, reading(job("Active", "Active", lastExecution=last))).values["job"]
    assert view["last_run"] == outcome
    assert (view["status"]["last_execution"] is None) == (outcome == "not_run")


def test_the_view_never_says_the_first_year_of_all() -> None:
    achieved = "2026-05-01T10:00:00Z"
    status = job(
        "Active",
        "Active",
        steadyStateFirstAchievedTime=achieved,
        synchronizedEntryCountByType=[{"key": "User to User", "value": 7}],
        progress=[{"completedUnits": 1, "totalUnits": 0}],
        escrowsPruned=True,
    )
    view = run(TASK, CHOSEN, reading(status)).values["job"]
    assert NEVER not in str(view)
    assert view["status"]["steady_state_first_achieved_time"] == achieved
    assert view["status"]["steady_state_last_achieved_time"] is None
    assert view["status"]["synchronized_entry_count_by_type"] == {"User to User": 7}
    assert view["status"]["escrows_pruned"] is True
    assert view["status"]["progress"] == [{"completed_units": 1, "total_units": 0}]


QUARANTINED = job(
    "Active",
    "Quarantine",
    quarantine={"reason": "TooManyDeletes", "currentBegan": "2026-05-01T10:00:00Z", "seriesCount": 2},
)


@pytest.mark.parametrize(("state", "warned"), [("present", True), ("started", True), ("paused", False)])
def test_a_quarantine_is_a_warning_and_not_lifted(state: str, warned: bool) -> None:
    exchanges = [acting("pause"), reading(PAUSED)] if state == "paused" else []
    result = run(TASK, {**CHOSEN, "state": state}, reading(QUARANTINED), *exchanges)
    assert len(result.warnings) == warned
    if warned:
        assert not result.changed
        assert "TooManyDeletes" in result.warnings[0]
        assert "restarted" in result.warnings[0]
        assert result.values["job"]["status"]["quarantine"]["reason"] == "TooManyDeletes"


# When things go wrong


def test_a_lost_answer_to_a_creation_that_was_carried_out_makes_no_second_job() -> None:
    lost = creating(error=requests.ReadTimeout("too slow"))
    assert run(TASK, CHOSEN, reading(), lost, reading(), reading(PAUSED), reading(PAUSED)).changed


def test_a_lost_answer_to_a_creation_that_was_not_carried_out_is_tried_again() -> None:
    lost = creating(status=503, reply=error_body("ServiceUnavailable"))
    assert run(
        TASK, CHOSEN, reading(), lost, *[reading()] * asks_within(SyncJob.doubt), creating(), reading(PAUSED)
    ).changed


STARTED_STATE = {**CHOSEN, "state": "started"}


def test_a_lost_answer_to_a_start_that_was_carried_out_starts_nothing_twice() -> None:
    lost = acting("start", error=requests.ConnectionError("reset"))
    reads = [reading(PAUSED), reading(STARTED), reading(STARTED)]
    assert run(TASK, STARTED_STATE, reading(PAUSED), lost, *reads).changed


def test_a_lost_answer_to_a_start_that_was_not_carried_out_is_tried_again() -> None:
    lost = acting("start", status=503, reply=error_body("ServiceUnavailable"))
    looks = [reading(PAUSED)] * asks_within(SyncJob.doubt)
    assert run(TASK, STARTED_STATE, reading(PAUSED), lost, *looks, acting("start"), reading(STARTED)).changed


def test_a_start_whose_answer_is_always_lost_is_given_up() -> None:
    lost = acting("start", status=503, reply=error_body("ServiceUnavailable"))
    looks = [reading(PAUSED)] * asks_within(SyncJob.doubt)
    with pytest.raises(LostAnswer):
        run(TASK, STARTED_STATE, reading(PAUSED), *[lost, *looks] * 3)


@pytest.mark.parametrize(("state", "action"), [("paused", "pause"), ("restarted", "restart")])
def test_a_lost_answer_to_what_may_be_repeated_is_asked_for_again(state: str, action: str) -> None:
    body = PORTAL_RESTART if action == "restart" else ...
    lost, done = acting(action, body, error=requests.ConnectionError("reset")), acting(action, body)
    after = reading(PAUSED if state == "paused" else STARTED)
    assert run(TASK, {**CHOSEN, "state": state}, reading(STARTED), lost, done, after).changed


def test_a_young_configuration_may_not_take_a_job_yet() -> None:
    clock = Clock()
    too_early = creating(status=409, reply=error_body("UnknownError", "Not yet."))
    run(TASK, CHOSEN, reading(), too_early, reading(), *reading_age(20), creating(), reading(PAUSED), clock=clock)
    assert clock.waits == [0.5]


NOT_YET: dict[str, t.Any] = {"status": 409, "reply": error_body("UnknownError", "Not yet.")}


def test_a_job_that_somebody_made_meanwhile_is_taken() -> None:
    result = run(TASK, CHOSEN, reading(), creating(**NOT_YET), reading(PAUSED), reading(PAUSED))
    assert result.values["job"]["id"] == JOB


def test_a_conflict_over_a_job_of_an_old_configuration_is_a_failure() -> None:
    with pytest.raises(GraphError, match="Not yet"):
        run(TASK, CHOSEN, reading(), creating(**NOT_YET), reading(), *reading_age(3600))


def test_a_new_job_that_cannot_be_started_yet_is_started_in_a_moment() -> None:
    clock = Clock()
    early = acting("start", status=404, reply=error_body("UnknownError"))
    run(TASK, STARTED_STATE, reading(PAUSED), early, *reading_age(20), acting("start"), reading(STARTED), clock=clock)
    assert clock.waits == [0.5]


def test_a_restart_refused_without_a_reason_names_the_permission() -> None:
    denied = acting("restart", PORTAL_RESTART, status=401, reply=error_body("UnknownError", ""))
    with pytest.raises(GraphError) as raised:
        run(TASK, {**CHOSEN, "state": "restarted"}, reading(STARTED), denied)
    text = raised.value.explanation()
    assert text.startswith(f"Could not restart the provisioning job of configuration {PRINCIPAL}")
    assert "Synchronization.ReadWrite.All" in text


def test_a_start_that_never_shows_is_a_warning() -> None:
    clock = Clock()
    result = run(
        TASK,
        {**CHOSEN, "state": "started"},
        reading(PAUSED),
        acting("start"),
        *[reading(PAUSED)] * asks_within(120),
        clock=clock,
    )
    assert result.changed
    assert sum(clock.waits) <= 120
    assert len(result.warnings) == 1
