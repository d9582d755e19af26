# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import re
from typing import Any

from integration.harness import Player, assert_converges, behind_the_back, four_times, task
from integration.tenants import NOTIFICATIONS, SOURCE, TARGET, ZERO, add_configuration, secrets, set_up_pair
from simulator import Simulator

JOBS = "/servicePrincipals/{id}/synchronization/jobs"
CREATE, DELETE = f"POST {JOBS}", f"DELETE {JOBS}/{{id}}"
START, PAUSE, RESTART = (f"POST {JOBS}/{{id}}/{action}" for action in ("start", "pause", "restart"))


def job(sim: Simulator, state: str, **options: Any) -> dict[str, Any]:
    return {**SOURCE.access(sim), "target_tenant_id": TARGET.id, "state": state, **options}


def stored(sim: Simulator, principal: str) -> list[dict[str, Any]]:
    return list(sim.state()[SOURCE.id]["servicePrincipals"][principal]["jobs"].values())


def test_a_job_goes_through_its_life(sim: Simulator, play: Player) -> None:
    principal = add_configuration(sim)
    steps = {"create": "present", "start": "started", "pause": "paused", "delete": "absent"}
    run = play(*(each for name, state in steps.items() for each in four_times(name, "sync_job", job(sim, state))))
    created = assert_converges(run, "create", [CREATE])["job"]
    assert created["service_principal_id"] == principal
    assert (created["enabled"], created["last_run"]) == (False, "not_run")
    assert created["schedule"]["interval"] == "PT40M"
    assert run["create: check"]["job"]["id"] == ZERO
    started = assert_converges(run, "start", [START])
    assert started["diff"] == {"before": {"enabled": False}, "after": {"enabled": True}}
    assert started["job"]["id"] == created["id"]
    paused = assert_converges(run, "pause", [PAUSE])
    assert (paused["job"]["enabled"], paused["job"]["status"]["code"]) == (False, "Paused")
    assert assert_converges(run, "delete", [DELETE])["job"] is None
    assert stored(sim, principal) == []


def test_a_job_may_be_created_and_started_in_one_task(sim: Simulator, play: Player) -> None:
    principal = add_configuration(sim)
    run = play(*four_times("start", "sync_job", job(sim, "started")))
    assert_converges(run, "start", [CREATE, START])
    (found,) = stored(sim, principal)
    assert (found["started"], found["startCalls"]) == (True, 1)


def test_a_job_that_never_ran_is_not_reported_as_failed(sim: Simulator, play: Player) -> None:
    principal = add_configuration(sim, job="started")
    (found,) = stored(sim, principal)
    assert found["status"]["lastExecution"]["state"] == "Failed"
    shown = play(task("look", "sync_job", job(sim, "present")))["look"]
    assert not shown.changed
    assert shown["job"]["last_run"] == "not_run"
    assert shown["job"]["status"]["last_execution"] is None
    assert shown["job"]["status"]["steady_state_first_achieved_time"] is None
    assert "Failed" not in str(shown["job"])
    assert "0001-01-01" not in str(shown["job"])


def test_a_restart_is_a_change_every_time_and_says_what_to_forget(sim: Simulator, play: Player) -> None:
    add_configuration(sim, job="created")
    run = play(
        *four_times("restart", "sync_job", job(sim, "restarted")),
        task("all", "sync_job", job(sim, "restarted", reset_scope=["full"], allow_dangerous_reset=True)),
    )
    for step in ("check", "do", "again", "check again"):
        assert run[f"restart: {step}"].changed
        assert run[f"restart: {step}"]["job"]["enabled"]
    assert run.requests.writes == [RESTART] * 3
    criteria = [body["criteria"]["resetScope"] for body in run.requests.bodies]
    assert [set(each.split(", ")) for each in criteria] == [{"Watermark", "Escrows", "QuarantineState"}] * 2 + [
        {"Full"}
    ]


def test_a_quarantine_is_left_to_a_restart_with_a_warning(sim: Simulator, play: Player) -> None:
    add_configuration(sim, job="started")
    sim.quarantine(SOURCE.id, "TooManyDeletes")
    run = play(
        task("start", "sync_job", job(sim, "started")),
        task("restart", "sync_job", job(sim, "restarted")),
        task("look", "sync_job", job(sim, "present")),
    )
    assert not run["start"].changed
    assert run["start"].writes == []
    assert "TooManyDeletes" in str(run["start"]["warnings"])
    assert "restarted" in str(run["start"]["warnings"])
    assert run["start"]["job"]["status"]["quarantine"]["reason"] == "TooManyDeletes"
    assert run["restart"].changed
    assert run["look"]["job"]["status"]["quarantine"] is None


def test_whichever_way_the_service_writes_paused_it_is_paused(sim: Simulator, play: Player) -> None:
    sim.update_settings(paused_schedule_state="Paused")
    principal = add_configuration(sim, job="started")
    options = {**SOURCE.access(sim), "service_principal_id": principal, "state": "paused"}
    run = play(*four_times("pause", "sync_job", options))
    assert run.changed == ["pause: check", "pause: do"]
    assert run.requests.writes == [PAUSE]
    assert run["pause: again"]["job"]["schedule"]["state"] == "Paused"
    assert run["pause: again"]["job"]["enabled"] is False


def test_what_cannot_be_done_is_said_before_anything_is_written(sim: Simulator, play: Player) -> None:
    both = job(sim, "present", service_principal_id=ZERO)
    neither = {**SOURCE.access(sim), "state": "present"}
    run = play(
        task("no configuration", "sync_job", job(sim, "started"), ignore_errors=True),
        task("no configuration: check", "sync_job", job(sim, "started"), check_mode=True),
        task("nothing to delete", "sync_job", job(sim, "absent")),
        task("both selectors", "sync_job", both, ignore_errors=True),
        task("neither selector", "sync_job", neither, ignore_errors=True),
        behind_the_back(sim, "add_configuration", tenant=SOURCE.id, display_name="a", secrets={"CompanyId": TARGET.id}),
        behind_the_back(sim, "add_configuration", tenant=SOURCE.id, display_name="b", secrets={"CompanyId": TARGET.id}),
        task("two configurations", "sync_job", job(sim, "started"), ignore_errors=True),
        fails=None,
    )
    assert TARGET.id in run["no configuration"].message
    assert "sync_app" in run["no configuration"].message
    assert run["no configuration: check"].changed
    assert not run["nothing to delete"].changed
    for name in ("both selectors", "neither selector"):
        assert "service_principal_id" in run[name].message
        assert "target_tenant_id" in run[name].message
    assert "'a'" in run["two configurations"].message
    assert "'b'" in run["two configurations"].message
    assert run.requests.writes == []


# Waiting

LINE = r"NotRun, \d of 10 pages \(\d0? %\), less than 1 min"


def wait(until: str, timeout: float = 60) -> dict[str, Any]:
    return {"wait": {"until": until, "timeout": timeout}}


def later(sim: Simulator, seconds: float) -> dict[str, Any]:
    """A task that lets simulated time pass."""
    return {"name": "later", "behind_the_back": {"url": f"{sim.control_url}/advance", "body": {"seconds": seconds}}}


def test_a_job_is_waited_for_and_the_wait_can_be_watched(sim: Simulator, play: Player) -> None:
    set_up_pair(sim, job="created")
    sim.update_settings(initial_cycle_seconds=3, progress_pages=10)
    ignore = {"ignore_errors": True}
    run = play(
        task("check", "sync_job", job(sim, "started", **wait("cycle_finished")), check_mode=True),
        task("first cycle", "sync_job", job(sim, "started", **wait("cycle_finished"))),
        task("steady", "sync_job", job(sim, "started", **wait("steady_state"))),
        task("not in time", "sync_job", job(sim, "present", **wait("cycle_finished", 1)), **ignore),
        task("paused", "sync_job", job(sim, "paused", **wait("not_quarantined"))),
        task("nothing will come", "sync_job", job(sim, "present", **wait("cycle_finished")), **ignore),
        task("never", "sync_job", job(sim, "absent", **wait("cycle_finished")), **ignore),
        task("until what", "sync_job", job(sim, "present", wait={"timeout": 3}), **ignore),
        fails=None,
    )
    assert (run["check"].changed, run["check"]["progress"], run["check"].writes) == (True, [], [])
    first = run["first cycle"]
    assert (first.changed, first.writes) == (True, [START])
    assert first["diff"] == run["check"]["diff"] == {"before": {"enabled": False}, "after": {"enabled": True}}
    assert (first["job"]["last_run"], first["job"]["status"]["code"]) == ("succeeded", "Active")
    assert re.fullmatch(LINE, first["progress"][0])
    assert first["progress"][-1] == "Active, 1 imported, 1 exported, 0 escrowed, less than 1 min"
    assert (not run["steady"].changed, run["steady"].writes) == (True, [])
    assert "cycle_finished was not reached within 1 s" in run["not in time"].message
    assert run["not in time"]["error"]["code"] == "WaitedTooLong"
    assert run["not in time"]["job"]["status"]["code"] == "Active"
    assert run["paused"].changed
    assert run["nothing will come"]["error"]["code"] == "JobPaused"
    assert "state=started" in run["nothing will come"].message
    assert not run["nothing will come"].changed
    for name in ("never", "until what"):
        assert run[name].status == "failed"
        assert run[name].writes == []
    shown = re.findall(rf"^\[localhost\] sync_job: {LINE}$", run.stdout, re.MULTILINE)
    # A module of its own cannot show anything while it runs.
    assert len(shown) == (play.way == "in_process")
    # How far the job is at the first look is chance.
    play.runs[play.way].clear()


def test_a_wait_ends_when_the_job_falls_into_quarantine(sim: Simulator, play: Player) -> None:
    add_configuration(sim, job="started")
    run = play(
        later(sim, 2400),
        task("wait", "sync_job", job(sim, "present", **wait("cycle_finished")), ignore_errors=True),
        task("look", "sync_job", job(sim, "present")),
        fails=None,
    )
    assert run["wait"]["error"]["code"] == "Quarantine"
    explained = run["look"]["job"]["quarantine"]
    assert (explained["reason"], explained["attempts"]) == ("EncounteredQuarantineException", 1)
    assert explained["disabled_in_days"] in (27, 28)
    # The policies are missing, and the remedy says which.
    assert "outbound_allowed" in explained["remedy"]
    for text in (run["wait"].message, str(run["look"]["warnings"])):
        assert explained["remedy"] in text
    assert run.requests.writes == []


# Deletions that are held back


def held_back(sim: Simulator) -> str:
    """A pair whose job holds back the deletion of a group's three members."""
    settings = json.dumps({**NOTIFICATIONS, "DeleteThresholdValue": 2})
    principal = set_up_pair(sim, assignments=["Engineering"], secrets=secrets(SyncNotificationSettings=settings))
    sim.advance(2400)
    sim.unassign(SOURCE.id, principal, "Engineering")
    sim.advance(2400)
    return principal


def external(sim: Simulator) -> set[str]:
    return {each["displayName"] for each in sim.state()[TARGET.id]["users"].values() if each["external"]}


def test_held_back_deletions_are_shown_and_then_allowed(sim: Simulator, play: Player) -> None:
    held_back(sim)
    there = external(sim)
    assert len(there) == 3
    options = job(sim, "restarted", allow_deletes=True, max_deletes=3)
    run = play(
        task("look", "sync_job", job(sim, "present")),
        task("too many", "sync_job", {**options, "max_deletes": 2}, ignore_errors=True),
        *four_times("allow", "sync_job", options),
        fails=None,
    )
    assert run["look"]["job"]["quarantine"]["reason"] == "TooManyDeletes"
    assert "allow_deletes" in str(run["look"]["warnings"])
    assert len(run["too many"]["staged_deletions"]) == 3
    assert "max_deletes" in run["too many"].message
    check, do = run["allow: check"], run["allow: do"]
    assert (check.changed, check.writes) == (do.changed, []) == (True, [])
    assert do.writes == [RESTART]
    assert do.requests.bodies == [{"criteria": {"resetScope": "ForceDeletes"}}]
    assert {each["display_name"] for each in do["staged_deletions"]} == there
    assert check["staged_deletions"] == do["staged_deletions"] == do["diff"]["before"]["staged_deletions"]
    assert check["diff"] == do["diff"]
    assert check["job"] == do["job"]
    for step in ("allow: again", "allow: check again"):
        assert not run[step].changed
        assert (run[step]["staged_deletions"], run[step].writes) == ([], [])
        assert "nothing to allow" in str(run[step]["warnings"])
    sim.advance(2400)
    assert external(sim) == set()


def test_what_the_log_does_not_tell_is_not_allowed(sim: Simulator, play: Player) -> None:
    held_back(sim)
    options = job(sim, "restarted", allow_deletes=True)
    sim.update_settings(provisioning_log_delay_seconds=86400)
    late = play(task("late", "sync_job", options), fails=True)
    assert late.failure["error"]["code"] == "NothingStaged"
    sim.update_settings(provisioning_log_delay_seconds=0)
    sim.remove_permission(SOURCE.id, SOURCE.client("automation"), "ProvisioningLog.Read.All")
    reader = {**options, **SOURCE.access(sim, "audit")}
    run = play(
        task("a reader may look", "sync_job", reader, check_mode=True),
        task("unreadable", "sync_job", options),
        fails=True,
    )
    assert len(run["a reader may look"]["staged_deletions"]) == 3
    assert "Log.Read.All" in run["unreadable"].message
    assert late.requests.writes == run.requests.writes == []
