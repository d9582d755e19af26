# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""sync_job: waiting, by what the service shows and not by this machine's clock."""

from __future__ import annotations

import typing as t

import pytest
import requests
from ansible_collections.entra.crosstenant.plugins.module_utils._errors import EntraError, InputError
from ansible_collections.entra.crosstenant.plugins.module_utils._resources.job_progress import KEPT, progress_line
from ansible_collections.entra.crosstenant.plugins.module_utils._resources.job_wait import SURE, WaitFailed
from ansible_collections.entra.crosstenant.plugins.modules.sync_job import TASK

from unit.conversation import Conversation, Exchange
from unit.factories import (
    HOME,
    JOBS_PATH,
    OTHER,
    PRINCIPAL,
    ZERO,
    Clock,
    Tree,
    client,
    error_body,
    parameters,
    reading_configurations,
    run,
    secrets,
    service_principal,
)
from unit.jobs import NEVER, PAUSED, PLACEHOLDER, PORTAL_RESTART, STARTED, acting, creating, execution, job, reading

EARLY, LATE, LATER = ("2026-05-01T10:00:00Z", "2026-05-01T10:40:00.1234567Z", "2026-05-01T11:20:00Z")
RAN = job("Active", "Active", lastExecution=execution(began=EARLY))
RAN_AGAIN = job("Active", "Active", lastExecution=execution(began=LATE))
QUARANTINE = {"reason": "EncounteredQuarantineException", "seriesBegan": EARLY, "seriesCount": 1}
QUARANTINED = job("Active", "Quarantine", quarantine=QUARANTINE, lastExecution=execution("Failed", EARLY))


def waiting(until: str, state: str = "present", **wait: t.Any) -> Tree:
    return {"service_principal_id": PRINCIPAL, "state": state, "wait": {"until": until, **wait}}


def steady(moment: str, code: str = "Active", **status: t.Any) -> Tree:
    return job("Active", code, steadyStateLastAchievedTime=moment, lastExecution=execution(began=EARLY), **status)


def failing(params: Tree, *exchanges: Exchange, clock: Clock | None = None) -> WaitFailed:
    with pytest.raises(WaitFailed) as raised:
        run(TASK, params, *exchanges, clock=clock)
    return raised.value


# A cycle


def test_the_first_run_of_a_started_job_is_waited_for() -> None:
    clock = Clock()
    looks = [reading(STARTED), reading(STARTED), reading(RAN)]
    params = waiting("cycle_finished", "started")
    result = run(TASK, params, reading(PAUSED), acting("start"), reading(STARTED), *looks, clock=clock)
    assert result.changed
    assert (result.before, result.after) == ({"enabled": False}, {"enabled": True})
    assert result.values["job"]["last_run"] == "succeeded"
    assert clock.waits == [2.0, 4.0]


def test_the_next_cycle_of_a_running_job_is_waited_for_and_nothing_is_changed() -> None:
    result = run(TASK, waiting("cycle_finished"), *[reading(RAN)] * 3, reading(RAN_AGAIN))
    assert not result.changed
    assert (result.before, result.after) == ({}, {})
    assert result.values["job"]["status"]["last_execution"]["time_ended"] == LATE


def test_a_restarted_job_must_finish_a_run_that_is_newer_than_the_restart() -> None:
    reset = {**RAN, "status": {**RAN["status"], "code": "NotRun"}}
    # The cycle that was running ends first; the job still says that its first run is not over.
    ended = job("Active", "NotRun", lastExecution=execution(began=LATE))
    done = job("Active", "Active", lastExecution=execution(began=LATER))
    looks = [reading(each) for each in (RAN, reset, ended, done)]
    params = waiting("cycle_finished", "restarted")
    result = run(TASK, params, reading(RAN), acting("restart", PORTAL_RESTART), reading(RAN), *looks)
    assert result.values["job"]["status"]["last_execution"]["time_ended"] == LATER


@pytest.mark.parametrize(
    "unfinished",
    [
        job("Active", "Active", lastExecution=PLACEHOLDER),
        job("Active", "Active", lastExecution=None),
        job("Active", "Active", lastExecution={**execution(began=LATE), "timeEnded": NEVER}),
        job("Active", "Active", lastExecution={**execution(began=LATE), "timeEnded": None}),
        {**STARTED, "status": None, "schedule": {"state": "Active"}},
    ],
)
def test_a_run_that_has_not_ended_never_counts(unfinished: Tree) -> None:
    failure = failing(waiting("cycle_finished", timeout=1), *[reading(unfinished)] * 3)
    assert failure.code == "WaitedTooLong"


@pytest.mark.parametrize(
    ("state", "status", "words"),
    [
        ("EntryLevelErrors", {}, ["2 of which", "provisioning_log_info"]),
        ("Failed", {"countSuccessiveCompleteFailures": 3}, ["Broken: It broke", "3 cycles in a row"]),
    ],
)
def test_a_cycle_with_errors_is_finished_with_a_warning(state: str, status: Tree, words: list[str]) -> None:
    last = execution(state, LATE, countEscrowed=2, error={"code": "Broken", "message": "It broke"})
    result = run(
        TASK,
        waiting("cycle_finished"),
        *[reading(RAN)] * 2,
        reading(job("Active", "Active", lastExecution=last, **status)),
    )
    (warning,) = result.warnings
    assert all(word in warning for word in words)


def test_a_new_job_is_created_started_and_waited_for() -> None:
    run(
        TASK,
        waiting("cycle_finished", "started"),
        reading(),
        creating(),
        reading(PAUSED),
        acting("start"),
        reading(STARTED),
        reading(RAN),
    )


# Steady state, quarantine


def test_a_job_that_was_left_alone_and_is_steady_is_steady() -> None:
    clock = Clock()
    run(TASK, waiting("steady_state", "started"), *[reading(steady(EARLY))] * 2, clock=clock)
    assert clock.waits == []


@pytest.mark.parametrize("unsteady", [steady(NEVER), steady(EARLY, "NotRun"), steady(EARLY, "NotConfigured")])
def test_a_job_that_has_never_been_steady_or_begins_anew_is_waited_for(unsteady: Tree) -> None:
    run(TASK, waiting("steady_state"), *[reading(unsteady)] * 3, reading(steady(LATE)))


def test_a_job_that_was_restarted_must_be_steady_anew() -> None:
    params = waiting("steady_state", "restarted", timeout=60)
    looks = [reading(steady(EARLY)), reading(steady(EARLY, "NotRun")), reading(steady(LATE))]
    run(TASK, params, reading(steady(EARLY)), acting("restart", PORTAL_RESTART), reading(steady(EARLY)), *looks)


@pytest.mark.parametrize("state", ["present", "started", "paused"])
def test_a_job_that_is_not_in_quarantine_needs_no_waiting(state: str) -> None:
    clock = Clock()
    running = PAUSED if state == "paused" else RAN
    run(TASK, waiting("not_quarantined", state), *[reading(running)] * 2, clock=clock)
    assert clock.waits == []


def test_a_quarantine_is_waited_for_until_it_is_lifted() -> None:
    half = job("Active", "Quarantine", quarantine=None)
    result = run(TASK, waiting("not_quarantined"), *[reading(QUARANTINED)] * 5, reading(half), reading(RAN))
    assert result.values["job"]["quarantine"] is None
    # The warning of what was found at first stays.
    assert len(result.warnings) == 1


# What ends the waiting early


@pytest.mark.parametrize("until", ["cycle_finished", "steady_state"])
def test_a_job_in_quarantine_is_given_up_with_the_explanation(until: str) -> None:
    clock = Clock()
    failure = failing(waiting(until), *[reading(QUARANTINED)] * (1 + SURE), clock=clock)
    assert (failure.code, failure.changed) == ("Quarantine", False)
    text = failure.explanation()
    assert text.startswith(f"Could not wait for the provisioning job of configuration {PRINCIPAL}")
    assert "EncounteredQuarantineException" in text
    assert "restarted" in text
    assert failure.values["job"]["quarantine"]["since"] == EARLY
    assert sum(clock.waits) < 10


def test_a_job_that_falls_into_quarantine_again_after_a_restart_is_given_up() -> None:
    again = job("Active", "Quarantine", quarantine={**QUARANTINE, "seriesCount": 2})
    failure = failing(
        waiting("cycle_finished", "restarted"),
        reading(QUARANTINED),
        acting("restart", PORTAL_RESTART),
        reading(QUARANTINED),
        *[reading(QUARANTINED)] * 5,
        *[reading(again)] * SURE,
    )
    assert (failure.code, failure.changed) == ("Quarantine", True)
    assert failure.values["diff"]["after"] == {"restart": PORTAL_RESTART}


@pytest.mark.parametrize(
    ("shown", "code", "words"),
    [
        ([PAUSED], "JobPaused", "state=started"),
        ([job("Paused")], "JobPaused", "state=started"),
        ([], "JobGone", "no such job"),
        ([{**RAN, "id": "another"}], "JobGone", "no such job"),
    ],
)
def test_a_job_that_stops_or_vanishes_is_given_up(shown: list[Tree], code: str, words: str) -> None:
    failure = failing(waiting("cycle_finished"), *[reading(RAN)] * 2, *[reading(*shown)] * SURE)
    assert failure.code == code
    assert words in failure.explanation()


def test_a_configuration_that_vanishes_takes_its_job_along() -> None:
    gone = [
        exchange
        for dummy in range(SURE)
        for exchange in (
            Exchange("GET", JOBS_PATH, status=404, reply=error_body("Request_ResourceNotFound")),
            Exchange(
                "GET",
                f"/v1.0/servicePrincipals/{PRINCIPAL}",
                query={"$select": "id,appId"},
                status=404,
                reply=error_body("Request_ResourceNotFound"),
            ),
        )
    ]
    assert failing(waiting("cycle_finished"), *[reading(RAN)] * 2, *gone).code == "JobGone"


def test_what_was_is_shown_for_a_moment_and_ends_nothing() -> None:
    late = [reading(RAN), reading(PAUSED), reading(), reading(RAN), reading(QUARANTINED), reading(RAN)]
    run(TASK, waiting("cycle_finished"), reading(RAN), *late, reading(RAN_AGAIN))


def test_a_job_that_is_paused_in_quarantine_will_not_leave_it() -> None:
    stuck = job("Disabled", "Paused", quarantine=QUARANTINE)
    failure = failing(waiting("not_quarantined"), *[reading(stuck)] * (1 + SURE))
    assert failure.code == "JobPaused"
    assert "EncounteredQuarantineException" in failure.explanation()


def test_there_must_be_a_job_to_wait_for_but_in_check_mode() -> None:
    with pytest.raises(EntraError, match="there is none"):
        run(TASK, waiting("cycle_finished"), reading())
    result = run(TASK, waiting("cycle_finished"), reading(), check_mode=True)
    assert (result.changed, result.values["job"]["id"]) == (False, ZERO)
    chosen = {"service_principal_id": ZERO, "wait": {"until": "steady_state"}}
    assert not run(TASK, chosen, check_mode=True).changed


# Time


def test_looking_is_calm_and_ends_exactly_at_the_timeout() -> None:
    clock = Clock()
    looks = [reading(STARTED)] * 9
    failure = failing(waiting("cycle_finished", timeout=200), reading(STARTED), *looks, clock=clock)
    assert clock.waits == [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 18.0]
    assert failure.code == "WaitedTooLong"
    text = failure.explanation()
    assert "cycle_finished was not reached within 200 s; the job is: NotRun, 3 min." in text
    assert "wait.timeout" in text
    assert failure.values["job"]["status"]["code"] == "NotRun"


def test_no_time_at_all_is_one_look() -> None:
    failing(waiting("cycle_finished", timeout=0), *[reading(RAN)] * 2)
    run(TASK, waiting("not_quarantined", timeout=0), *[reading(RAN)] * 2)


def test_waiting_costs_nothing_of_max_wait() -> None:
    params = {**waiting("cycle_finished", timeout=200), "max_wait": 1}
    failing(params, *[reading(STARTED)] * 10)


def test_a_service_that_is_ill_for_a_while_is_waited_for() -> None:
    ill = [Exchange("GET", JOBS_PATH, status=503, reply=error_body("ServiceUnavailable"))] * 5
    silent = [Exchange("GET", JOBS_PATH, error=requests.ReadTimeout("too slow"))] * 5
    run(TASK, waiting("cycle_finished"), *[reading(RAN)] * 2, *ill, *silent, reading(RAN_AGAIN))


def test_a_service_that_stays_ill_is_the_reason_at_the_end() -> None:
    ill = [Exchange("GET", JOBS_PATH, status=503, reply=error_body("ServiceUnavailable", "Out to lunch."))] * 5
    failure = failing(waiting("cycle_finished", timeout=1), *[reading(RAN)] * 2, *ill)
    assert "Out to lunch." in failure.explanation()


def test_a_refusal_is_not_waited_out() -> None:
    refused = Exchange("GET", JOBS_PATH, status=401, reply=error_body("UnknownError", ""))
    with pytest.raises(EntraError, match="permission"):
        run(TASK, waiting("cycle_finished"), *[reading(RAN)] * 2, refused)


def test_check_mode_does_not_wait() -> None:
    clock = Clock()
    result = run(TASK, waiting("cycle_finished"), reading(STARTED), check_mode=True, clock=clock)
    assert (result.values["progress"], clock.waits) == ([], [])
    predicted = run(TASK, waiting("cycle_finished", "started"), reading(PAUSED), check_mode=True)
    assert predicted.changed
    assert predicted.values["job"]["status"]["code"] == "NotRun"


@pytest.mark.parametrize(
    "params",
    [
        waiting("cycle_finished", "absent"),
        waiting("not_quarantined", "absent"),
        waiting("cycle_finished", "paused"),
        waiting("steady_state", "paused"),
        waiting("cycle_finished", timeout=-1),
        waiting("cycle_finished", timeout=1e9),
        waiting("cycle_finished", timeout="nan"),
        waiting("cycle_finished", timeout="inf"),
    ],
)
def test_what_cannot_be_waited_for_is_refused_before_anything_is_read(params: Tree) -> None:
    for check_mode in (False, True):
        with pytest.raises(InputError, match="wait"):
            run(TASK, params, check_mode=check_mode)


def test_the_configuration_is_looked_for_once() -> None:
    found = reading_configurations((service_principal(), secrets()))
    params = {"target_tenant_id": OTHER, "wait": {"until": "cycle_finished"}}
    run(TASK, params, *found, *[reading(RAN)] * 3, reading(RAN_AGAIN))


# Progress


def test_progress_is_told_when_the_state_changes_and_else_once_a_minute() -> None:
    told: list[str] = []
    clock = Clock()

    def at(done: int) -> Exchange:
        page = {"completedUnits": done, "totalUnits": 10, "units": "pages", "progressObservationDateTime": EARLY}
        return reading(job("Active", "NotRun", lastExecution=PLACEHOLDER, progress=[page]))

    looks = [at(done) for done in (0, 0, 1, 1, 2, 3, 4)]
    with Conversation(reading(STARTED), *looks, reading(RAN)) as conversation:
        graph = client(conversation, clock)
        graph.patience.tell = told.append
        result = TASK.operation(parameters(TASK, **waiting("cycle_finished"))).run(graph, False)
    # The looks are at 0, 2, 6, 14, 30, 62, 122 and 182 seconds.
    assert told == [
        "NotRun, 0 of 10 pages (0 %), less than 1 min",
        "NotRun, 3 of 10 pages (30 %), 1 min",
        "NotRun, 4 of 10 pages (40 %), 2 min",
        "Active, 0 imported, 3 exported, 0 escrowed, 3 min",
    ]
    assert result.values["progress"] == told
    assert HOME not in str(told)


def test_progress_does_not_grow_without_bounds() -> None:
    failure = failing(waiting("cycle_finished", timeout=9000), *[reading(STARTED)] * 156)
    lines = failure.values["progress"]
    assert len(lines) <= KEPT
    assert lines[-1].endswith(" min")


def page(done: t.Any, total: t.Any, **more: t.Any) -> Tree:
    return {"code": "Active", "progress": [{"completedUnits": done, "totalUnits": total, **more}]}


@pytest.mark.parametrize(
    ("status", "line"),
    [
        ({"code": "NotRun"}, "NotRun, 4 min"),
        ({"code": None, "progress": None}, "None, 4 min"),
        (page(3, 0), "Active, 3 pages, 4 min"),
        (page(12, 10), "Active, 12 of 10 pages (100 %), 4 min"),
        (page("3", "10"), "Active, 3 of 10 pages (30 %), 4 min"),
        (page(None, 4, units="x"), "Active, 0 of 4 x (0 %), 4 min"),
        (
            {"code": "NotRun", "lastExecution": execution(countImported=120, countExported=95, countEscrowed=None)},
            "NotRun, 120 imported, 95 exported, 0 escrowed, 4 min",
        ),
    ],
)
def test_a_line_says_what_the_service_says(status: Tree, line: str) -> None:
    assert progress_line({"status": status}, 250) == line
    assert progress_line(None, 10) == "no job, less than 1 min"
