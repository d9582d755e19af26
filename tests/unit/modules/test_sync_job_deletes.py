# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""sync_job: deletions that are held back are shown before they are allowed, and links are not dropped by accident."""

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
from ansible_collections.entra.crosstenant.plugins.module_utils._resources.staged_deletions import NotAllowed
from ansible_collections.entra.crosstenant.plugins.module_utils._resources.sync_job import SyncJob
from ansible_collections.entra.crosstenant.plugins.modules.sync_job import TASK

from unit.conversation import Exchange
from unit.factories import JOB, PRINCIPAL, Clock, Tree, asks_within, collection, error_body, guid, run, run_four_times
from unit.jobs import NEVER, PAUSED, STARTED, acting, execution, job, reading

LOG = "/v1.0/auditLogs/provisioning"
FORCE = {"criteria": {"resetScope": "ForceDeletes"}}
BEGAN = "2026-05-02T10:00:00Z"
WINDOW = f"jobId eq '{JOB}' and activityDateTime gt 2026-05-01T10:00:00Z"
NARROW = f"{WINDOW} and provisioningAction eq 'stagedDelete'"
HELD = job(
    "Active",
    "Quarantine",
    lastExecution=execution("Failed"),
    quarantine={"reason": "TooManyDeletes", "seriesBegan": BEGAN, "currentBegan": BEGAN, "seriesCount": 1},
)
FREE = job("Active", "Active", lastExecution=execution())
ALLOW = {"service_principal_id": PRINCIPAL, "state": "restarted", "allow_deletes": True}
CYCLE = guid(0x50)


def staged(number: int, time: str = BEGAN, **more: t.Any) -> Tree:
    return {
        "id": guid(0x100 + number),
        "activityDateTime": time,
        "jobId": JOB,
        "cycleId": CYCLE,
        "provisioningAction": "stagedDelete",
        "sourceIdentity": {"id": guid(0x60 + number), "displayName": f"User {number}", "identityType": "User"},
        "targetIdentity": {"id": guid(0x70 + number), "displayName": f"User {number}"},
        **more,
    }


def log(*rows: Tree, clauses: str = NARROW, **more: t.Any) -> Exchange:
    query = {"$filter": clauses, "$top": "500", "$orderby": "activityDateTime desc"}
    return Exchange("GET", LOG, query=query, **{"reply": collection(*rows), **more})


def ids(result: t.Any) -> list[str]:
    return [each["object_id"] for each in result]


def test_held_back_deletions_are_shown_and_allowed_with_exactly_the_one_scope() -> None:
    runs = run_four_times(
        TASK,
        ALLOW,
        before=[reading(HELD), log(staged(1), staged(2)), reading(HELD)],
        writing=[acting("restart", FORCE), reading(job("Active", "Active", lastExecution=execution("Failed")))],
        after=[reading(FREE)],
    )
    shown = {
        "object_id": guid(0x61),
        "display_name": "User 1",
        "target_object_id": guid(0x71),
        "action": "stagedDelete",
        "time": BEGAN,
    }
    for result in (runs.check, runs.do):
        assert result.values["staged_deletions"][0] == shown
        assert result.before["staged_deletions"] == result.values["staged_deletions"]
        assert result.after["staged_deletions"] == []
        assert result.after["restart"] == FORCE
    assert runs.check.values == runs.do.values
    assert runs.again.values["staged_deletions"] == []
    assert "nothing to allow" in runs.again.warnings[0]


@pytest.mark.parametrize(
    "other",
    [
        FREE,
        PAUSED,
        job("Active", "Quarantine", quarantine={"reason": "EncounteredQuarantineException"}),
        job("Active", "Quarantine", quarantine={"reason": None}),
        job("Active", "Quarantine", quarantine=None),
    ],
)
def test_any_other_job_is_left_as_it_is_with_a_note(other: Tree) -> None:
    for check_mode in (False, True):
        result = run(TASK, ALLOW, reading(other), check_mode=check_mode)
        assert not result.changed
        assert (result.before, result.after, result.values["staged_deletions"]) == ({}, {}, [])
        assert "nothing to allow" in result.warnings[0]


def test_where_there_is_no_job_none_is_made() -> None:
    assert run(TASK, ALLOW, reading()).values == {"job": None, "staged_deletions": []}


def test_started_also_starts_what_is_not_held_back() -> None:
    started = {**ALLOW, "state": "started"}
    assert run(TASK, started, reading(PAUSED), reading(PAUSED), acting("start"), reading(STARTED)).changed
    assert not run(TASK, started, reading(FREE), reading(FREE)).changed
    held = [reading(HELD), log(staged(1)), reading(HELD)]
    assert run(TASK, started, *held, acting("restart", FORCE), reading(FREE)).changed


@pytest.mark.parametrize("check_mode", [False, True])
def test_more_than_was_agreed_to_is_refused_with_the_list(check_mode: bool) -> None:
    params = {**ALLOW, "max_deletes": 1}
    with pytest.raises(NotAllowed) as raised:
        run(TASK, params, reading(HELD), log(staged(1), staged(2)), check_mode=check_mode)
    assert (raised.value.code, raised.value.changed) == ("TooManyDeletes", False)
    assert ids(raised.value.values["staged_deletions"]) == [guid(0x61), guid(0x62)]
    assert "max_deletes" in raised.value.explanation()


@pytest.mark.parametrize("limit", [2, 3])
def test_as_many_as_were_agreed_to_pass(limit: int) -> None:
    params = {**ALLOW, "max_deletes": limit}
    assert run(TASK, params, reading(HELD), log(staged(1), staged(2)), reading(HELD), check_mode=True).changed


def test_a_log_that_lists_nothing_yet_allows_nothing() -> None:
    for limit in (None, 10):
        with pytest.raises(NotAllowed) as raised:
            run(TASK, {**ALLOW, "max_deletes": limit}, reading(HELD), log(), log(clauses=WINDOW))
        assert raised.value.code == "NothingStaged"
        assert "some minutes late" in raised.value.explanation()


def test_a_log_that_cannot_be_read_allows_nothing() -> None:
    refused = log(status=403, reply=error_body("Authorization_RequestDenied", "No."))
    with pytest.raises(GraphError) as raised:
        run(TASK, ALLOW, reading(HELD), refused)
    text = raised.value.explanation()
    assert text.startswith("Could not read the deletions that job")
    assert "AuditLog.Read.All" in text or "ProvisioningLog.Read.All" in text


def test_a_filter_that_the_service_refuses_or_spells_otherwise_is_made_up_for() -> None:
    other = staged(2, provisioningAction="StagedDelete")
    mixed = [staged(1, provisioningAction="stageddelete"), other, staged(3, provisioningAction="delete")]
    for first in (log(status=400, reply=error_body("BadRequest")), log()):
        rest = log(*mixed, clauses=WINDOW)
        result = run(TASK, ALLOW, reading(HELD), first, rest, reading(HELD), check_mode=True)
        assert ids(result.values["staged_deletions"]) == [guid(0x61), guid(0x62)]


def test_every_page_is_read_at_the_pace_of_the_service() -> None:
    clock = Clock()
    links = [f"https://graph.microsoft.com{LOG}?$skiptoken={number}" for number in range(6)]
    pages = [log(reply=collection(staged(0), next_link=links[0]))]
    for number in range(6):
        following = links[number + 1] if number < 5 else None
        rows = [] if number == 2 else [staged(number)]
        reply = collection(*rows, next_link=following)
        pages.append(Exchange("GET", LOG, query={"$skiptoken": str(number)}, reply=reply))
    result = run(TASK, ALLOW, reading(HELD), *pages, reading(HELD), check_mode=True, clock=clock)
    assert len(result.values["staged_deletions"]) == 5
    assert clock.waits == [10.0]


def test_only_the_series_of_this_quarantine_counts_and_each_object_once() -> None:
    rows = [
        staged(1, "2026-05-02T22:00:00Z", cycleId=guid(0x51)),
        staged(1, "2026-05-02T10:00:00.5Z"),
        staged(2, "2026-05-02T09:59:00Z"),
        staged(3, "2026-05-02T09:58:00Z", cycleId=None),
        staged(4, "2026-05-02T09:00:00Z", cycleId=guid(0x52)),
    ]
    result = run(TASK, ALLOW, reading(HELD), log(*reversed(rows)), reading(HELD), check_mode=True)
    assert ids(result.values["staged_deletions"]) == [guid(0x61), guid(0x62), guid(0x63)]
    assert result.values["staged_deletions"][0]["time"] == "2026-05-02T22:00:00Z"


def test_a_quarantine_without_a_beginning_counts_all() -> None:
    timeless = job("Active", "Quarantine", quarantine={"reason": "TooManyDeletes", "seriesBegan": NEVER})
    bare = f"jobId eq '{JOB}' and provisioningAction eq 'stagedDelete'"
    rows = log(staged(1), staged(2, sourceIdentity=None), clauses=bare)
    result = run(TASK, ALLOW, reading(timeless), rows, reading(timeless), check_mode=True)
    assert ids(result.values["staged_deletions"]) == [guid(0x61), None]
    assert result.values["staged_deletions"][1]["target_object_id"] == guid(0x72)


# A lost answer


def lost(**more: t.Any) -> Exchange:
    return acting("restart", FORCE, **(more or {"error": requests.ConnectionError("reset")}))


SHOWN = [reading(HELD), log(staged(1)), reading(HELD)]


def test_a_lost_answer_that_was_carried_out_is_not_asked_for_again() -> None:
    assert run(TASK, ALLOW, *SHOWN, lost(), reading(HELD), reading(FREE), reading(FREE)).changed


def test_a_quarantine_that_is_another_one_was_not_shown_and_is_not_allowed() -> None:
    quarantine = {**HELD["status"]["quarantine"], "seriesCount": 2}
    another = {**HELD, "status": {**HELD["status"], "quarantine": quarantine}}
    assert run(TASK, ALLOW, *SHOWN, lost(), reading(another), reading(another)).changed


def test_a_lost_answer_that_was_not_carried_out_is_asked_for_again() -> None:
    looks = [reading(HELD)] * asks_within(SyncJob.doubt)
    assert run(TASK, ALLOW, *SHOWN, lost(), *looks, acting("restart", FORCE), reading(FREE)).changed
    with pytest.raises(LostAnswer):
        run(TASK, ALLOW, *SHOWN, *[lost(status=503, reply=error_body("ServiceUnavailable")), *looks] * 3)


# What is refused before anything is read


@pytest.mark.parametrize("state", ["present", "paused", "absent"])
def test_deletions_are_allowed_only_by_a_restart_or_start(state: str) -> None:
    with pytest.raises(InputError, match="allow_deletes"):
        run(TASK, {**ALLOW, "state": state})


@pytest.mark.parametrize(
    "more",
    [
        {"reset_scope": ["watermark"]},
        {"reset_scope": []},
        {"allow_deletes": False, "max_deletes": 3},
        {"max_deletes": -1},
    ],
)
def test_options_that_do_not_go_together_are_refused(more: Tree) -> None:
    with pytest.raises(InputError):
        run(TASK, {**ALLOW, **more})


@pytest.mark.parametrize("state", ["present", "started", "paused", "absent"])
def test_only_a_restart_forgets(state: str) -> None:
    with pytest.raises(InputError, match="reset_scope") as raised:
        run(TASK, {"service_principal_id": PRINCIPAL, "state": state, "reset_scope": ["watermark"]})
    assert "state=restarted" in raised.value.explanation()


@pytest.mark.parametrize("scope", [["full"], ["connector_data_store"], ["watermark", "full"], ["escrows", "Full"]])
@pytest.mark.parametrize("check_mode", [False, True])
def test_links_are_dropped_only_on_purpose(scope: list[str], check_mode: bool) -> None:
    params = {"service_principal_id": PRINCIPAL, "state": "restarted", "reset_scope": scope}
    with pytest.raises(InputError) as raised:
        run(TASK, params, check_mode=check_mode)
    text = raised.value.explanation()
    assert scope[-1] in text
    assert "links between source and target users" in text
    assert "allow_dangerous_reset" in text
    assert "Microsoft Support" in text


@pytest.mark.parametrize(("scope", "code"), [(None, "NotRun"), (["quarantine_state"], "Active")])
def test_a_restart_predicts_that_the_quarantine_is_lifted(scope: list[str] | None, code: str) -> None:
    named = {} if scope is None else {"reset_scope": scope}
    params = {"service_principal_id": PRINCIPAL, "state": "restarted", **named}
    shown = run(TASK, params, reading(HELD), check_mode=True).values["job"]
    assert (shown["quarantine"], shown["status"]["code"]) == (None, code)


def test_waiting_goes_on_while_the_quarantine_of_before_is_shown() -> None:
    done = job("Active", "Active", lastExecution=execution(began="2026-05-03T10:00:00Z"))
    wait = {"until": "cycle_finished"}
    acted = [*SHOWN, acting("restart", FORCE), reading(HELD)]
    result = run(TASK, {**ALLOW, "wait": wait}, *acted, *[reading(HELD)] * 6, reading(done))
    assert result.values["job"]["last_run"] == "succeeded"
    assert result.values["progress"]
    with pytest.raises(EntraError, match="not reached within 2 s"):
        run(TASK, {**ALLOW, "wait": {**wait, "timeout": 2}}, *acted, *[reading(HELD)] * 2)
