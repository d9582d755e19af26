# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from integration.harness import Player, assert_converges, behind_the_back, four_times, task
from integration.tenants import SOURCE, TARGET, ZERO, add_configuration
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
