# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from integration.harness import Player, behind_the_back, task
from integration.tenants import ADELE, ALEX, CHRISTIE, GUEST, SOURCE, TARGET, ZERO, set_up_pair
from simulator import Simulator

DEMAND = "POST /servicePrincipals/{id}/synchronization/jobs/{id}/provisionOnDemand"


def users(sim: Simulator, *names: str, **options: Any) -> dict[str, Any]:
    return {**SOURCE.access(sim), "target_tenant_id": TARGET.id, "users": list(names), **options}


def external(sim: Simulator) -> set[str]:
    return {each["displayName"] for each in sim.state()[TARGET.id]["users"].values() if each["external"]}


def test_a_user_arrives_at_once_and_is_skipped_the_next_time(sim: Simulator, play: Player) -> None:
    set_up_pair(sim)
    run = play(
        task("check", "provision_on_demand", users(sim, ADELE), check_mode=True),
        task("do", "provision_on_demand", users(sim, ADELE)),
        task("again", "provision_on_demand", users(sim, ADELE)),
    )
    assert run["check"].changed
    assert run["check"].writes == []
    assert run["check"]["results"][0]["status"] == "predicted"
    assert run["do"].changed
    assert run["do"]["diff"] == run["check"]["diff"] == {"before": {}, "after": {"provisioned": [ADELE]}}
    assert run["do"].writes == run["again"].writes == [DEMAND]
    (done,), (skipped,) = run["do"]["results"], run["again"]["results"]
    assert (done["user"], done["status"], done["changed"]) == (ADELE, "success", True)
    assert done["steps"][0]["type"].lower() == "import"
    assert not run["again"].changed
    assert (skipped["status"], skipped["error_code"]) == ("skipped", "RedundantExport")
    assert external(sim) == {"Adele Vance"}


def test_the_other_shape_of_the_answer_is_read_as_well(sim: Simulator, play: Player) -> None:
    sim.update_settings(on_demand_variant="A")
    set_up_pair(sim)
    run = play(
        task("do", "provision_on_demand", users(sim, ADELE)), task("again", "provision_on_demand", users(sim, ADELE))
    )
    assert run.changed == ["do"]
    assert run["again"]["results"][0]["status"] == "skipped"


def test_what_stops_a_user_is_told_with_the_step_and_the_remedy(sim: Simulator, play: Player) -> None:
    principal = set_up_pair(sim, assignments=[ADELE, GUEST])
    sales = next(key for key, each in sim.state()[SOURCE.id]["groups"].items() if each["displayName"] == "Sales")
    run = play(
        task("guest", "provision_on_demand", users(sim, GUEST, wait_for_assignment=60)),
        task("group", "provision_on_demand", users(sim, sales), ignore_errors=True),
        task("by id", "provision_on_demand", users(sim, user_id(sim, ADELE))),
        behind_the_back(sim, "set_partner", tenant=SOURCE.id, partner=TARGET.id, automaticUserConsentSettings=None),
        task("refused", "provision_on_demand", users(sim, ADELE), ignore_errors=True),
        fails=None,
    )
    assert principal
    (guest,) = run["guest"]["results"]
    assert (guest["status"], run["guest"].changed, run["guest"].writes) == ("skipped", False, [DEMAND])
    assert "another tenant" in guest["remedy"] or "SMS" in guest["remedy"]
    assert "groups cannot be provisioned" in run["group"].message
    (by_id,) = run["by id"]["results"]
    assert (by_id["status"], by_id["failing_step"]) == ("success", None)
    assert "displayName" in by_id["modified_attributes"]
    (refused,) = run["refused"]["results"]
    assert refused["status"] == "failure"
    assert refused["failing_step"]
    assert "Both sides must agree" in refused["remedy"]
    assert "Both sides must agree" in run["refused"].message


def user_id(sim: Simulator, name: str) -> str:
    people = sim.state()[SOURCE.id]["users"]
    return str(next(key for key, each in people.items() if each["userPrincipalName"] == name))


def test_a_rule_that_changes_meanwhile_is_read_again(sim: Simulator, play: Player) -> None:
    set_up_pair(sim)
    sim.add_fault(
        method="POST", path="/provisionOnDemand$", effect="status", status=400, code="RequestParameterInvalid"
    )
    run = play(task("same", "provision_on_demand", users(sim, ADELE), ignore_errors=True), fails=None)
    assert "does not know the rule" in run["same"].message
    lines = [each.line for each in run["same"].requests.graph]
    assert lines.count("GET /servicePrincipals/{id}/synchronization/jobs/{id}/schema") == 2


def test_who_is_not_assigned_is_skipped_with_the_reason(sim: Simulator, play: Player) -> None:
    set_up_pair(sim)
    run = play(task("mixed", "provision_on_demand", users(sim, ADELE, ALEX, wait_for_assignment=0)))
    assert [each["status"] for each in run["mixed"]["results"]] == ["success", "skipped"]
    assert run["mixed"]["results"][1]["reason"]
    assert run["mixed"]["diff"]["after"] == {"provisioned": [ADELE]}
    assert external(sim) == {"Adele Vance"}


def test_an_assignment_made_a_moment_ago_is_waited_for(sim: Simulator, play: Player) -> None:
    sim.update_settings(replication={"assignmentEvaluation": {"reads": 1}})
    principal = set_up_pair(sim)
    people = {**SOURCE.access(sim), "service_principal_id": principal, "principals": [{"user": CHRISTIE}]}
    run = play(
        task("assign", "app_role_assignment", people),
        task("provision", "provision_on_demand", users(sim, CHRISTIE)),
    )
    assert run["provision"]["results"][0]["status"] == "success"
    assert external(sim) == {"Christie Cline"}


def test_what_cannot_be_provisioned_fails_and_says_why(sim: Simulator, play: Player) -> None:
    set_up_pair(sim)
    chosen = {**SOURCE.access(sim), "service_principal_id": ZERO, "users": [ADELE]}
    run = play(
        task("unknown", "provision_on_demand", users(sim, ADELE, "who@contoso.example"), ignore_errors=True),
        task("placeholder: check", "provision_on_demand", chosen, check_mode=True),
        task("placeholder", "provision_on_demand", chosen, ignore_errors=True),
        behind_the_back(sim, "delete_job", tenant=SOURCE.id),
        task("no job", "provision_on_demand", users(sim, ADELE), ignore_errors=True),
        fails=None,
    )
    assert "who@contoso.example" in run["unknown"].message
    assert "users" in run["unknown"].message
    assert run["placeholder: check"].changed
    assert "service_principal_id" in run["placeholder"].message
    assert "sync_job" in run["no job"].message
    assert run.requests.writes == []
