# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from integration.harness import Player, task
from integration.tenants import (
    ADELE,
    ALEX,
    SOURCE,
    STRANGER,
    SYNC_NAME,
    TARGET,
    ZERO,
    add_configuration,
    secrets,
    set_up_pair,
)
from simulator import Simulator

LIST = "GET /servicePrincipals"
SECRETS = "GET /servicePrincipals/{id}/synchronization/secrets"
BATCH = "POST /$batch"


def look(name: str, sim: Simulator, app: str = "automation", **options: Any) -> dict[str, Any]:
    keywords = {"ignore_errors": True, "check_mode": options.pop("check", False)}
    return task(name, "sync_configuration_info", {**SOURCE.access(sim, app), **options}, **keywords)


def test_a_configuration_is_shown_as_the_other_modules_show_its_parts(sim: Simulator, play: Player) -> None:
    principal = set_up_pair(sim, assignments=[ADELE, ALEX, "Engineering"])
    target = {**SOURCE.access(sim), "target_tenant_id": TARGET.id}
    run = play(
        look("all", sim),
        look("checked", sim, check=True),
        look("read only", sim, "audit"),
        look("named", sim, service_principal_id=principal),
        look("by target", sim, target_tenant_id=TARGET.id),
        look("other target", sim, target_tenant_id=STRANGER),
        look("predicted", sim, check=True, service_principal_id=ZERO),
        look("uncounted", sim, assignment_counts=False),
        task("app", "sync_app", target),
        task("job", "sync_job", target),
        task("settings", "sync_secrets", {**target, "validate": False}),
        fails=None,
    )
    assert not run.changed
    (one,) = run["all"]["configurations"]
    assert one == {
        **run["app"]["configuration"],
        "managed_by_platform": False,
        "job": run["job"]["job"],
        "jobs": [run["job"]["job"]],
        "quarantine": None,
        "settings": run["settings"]["settings"],
        "assignments": {"total": 3, "users": 2, "groups": 1},
    }
    assert [each.line for each in run["all"].requests.graph] == [LIST, SECRETS, BATCH]
    for same in ("checked", "read only", "named", "by target"):
        assert run[same]["configurations"] == [one], same
    assert run["other target"]["configurations"] == run["predicted"]["configurations"] == []
    assert run["uncounted"]["configurations"] == [{**one, "assignments": None}]
    assert run.requests.writes == []


def test_many_configurations_are_read_in_batches_each_for_itself(sim: Simulator, play: Player) -> None:
    principal = set_up_pair(sim, assignments=[ADELE, ALEX, "Engineering"])
    sim.quarantine(SOURCE.id, "TooManyDeletes")
    idle = add_configuration(sim, display_name="Idle", secrets={}, job="absent")
    twin = add_configuration(sim, display_name=SYNC_NAME, secrets=secrets(STRANGER), job="created")
    platforms = add_configuration(sim, display_name="MTO_Sync_Northwind", job="created")
    sim.update_settings(page_size={"appRoleAssignments": 1}, empty_first_page=True)
    run = play(
        look("all", sim), look("platform", sim, include_platform=True), look("one", sim, target_tenant_id=STRANGER)
    )
    found = {each["service_principal_id"]: each for each in run["all"]["configurations"]}
    assert set(found) == {principal, idle, twin}
    assert found[principal]["assignments"] == {"total": 3, "users": 2, "groups": 1}
    assert found[principal]["quarantine"]["reason"] == "TooManyDeletes"
    assert (found[idle]["job"], found[idle]["target_tenant_id"]) == (None, None)
    assert (found[twin]["job"]["enabled"], found[twin]["target_tenant_id"]) == (False, STRANGER)
    assert [each.line for each in run["all"].requests.graph][:4] == [LIST, LIST, BATCH, BATCH]
    marked = {each["service_principal_id"]: each["managed_by_platform"] for each in run["platform"]["configurations"]}
    assert marked == {principal: False, idle: False, twin: False, platforms: True}
    assert [each["service_principal_id"] for each in run["one"]["configurations"]] == [twin]


def test_what_cannot_be_read_is_a_failure_that_names_the_permission(sim: Simulator, play: Player) -> None:
    principal = set_up_pair(sim)
    sim.remove_permission(SOURCE.id, SOURCE.client("audit"), "Synchronization.Read.All")
    sim.add_fault(
        method="GET",
        path="appRoleAssignedTo$",
        effect="status",
        status=403,
        code="Authorization_RequestDenied",
        batch=True,
    )
    run = play(look("synchronization", sim, "audit"), look("assignments", sim), look("app", sim, "nothing"), fails=None)
    assert "Synchronization.Read.All" in run["synchronization"].message
    assert "Application.Read.All" in run["assignments"].message
    assert principal in run["assignments"].message
    assert "Application.Read.All" in run["app"].message
    for step in ("synchronization", "assignments", "app"):
        assert SOURCE.id in run[step].message
