# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from integration.harness import FOUR_TIMES, Outcome, Player, Run, Task, assert_converges, four_times, task
from integration.tenants import ADELE, ALEX, SOURCE, TARGET, ZERO, add_configuration, set_up_pair
from simulator import Simulator

SCHEMA = "/servicePrincipals/{id}/synchronization/jobs/{id}/schema"
PUT, DELETE = f"PUT {SCHEMA}", f"DELETE {SCHEMA}"
CYCLE = 2400
ENGINEERS = {
    "name": "Engineers",
    "clauses": [
        {"attribute": "department", "operator": "equals", "values": ["Engineering"]},
        {"attribute": "accountEnabled", "operator": "is_true"},
    ],
}


def schema(sim: Simulator, app: str = "automation", **options: Any) -> dict[str, Any]:
    return {**SOURCE.access(sim, app), "target_tenant_id": TARGET.id, **options}


def stored(sim: Simulator, principal: str) -> dict[str, Any]:
    (job,) = sim.state()[SOURCE.id]["servicePrincipals"][principal]["jobs"].values()
    found: dict[str, Any] = job["schema"]
    return found


def users(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["synchronizationRules"][0]["objectMappings"][0]
    return found


def unversioned(run: Run) -> Run:
    """Take out what a prediction cannot know: the version that the service will give."""
    for outcome in run.outcomes:
        if outcome.result.get("schema"):
            outcome.result["schema"].pop("version")
            outcome.result["schema"]["raw"].pop("version")
    return run


def converging(name: str, sim: Simulator, **options: Any) -> list[Task]:
    """Four times a schema, and once more as somebody who may only read."""
    reader = task(f"{name}: reader", "sync_schema", schema(sim, "audit", **options), check_mode=True)
    return [*four_times(name, "sync_schema", schema(sim, **options)), reader]


def assert_settled(run: Run, name: str, writes: list[str]) -> Outcome:
    """It converges, a reader sees that it has, and what starts a full resynchronization says so."""
    assert not run[f"{name}: reader"].changed
    for step, dummy in FOUR_TIMES:
        outcome = run[f"{name}: {step}"]
        changes = step in ("check", "do")
        assert outcome.result.pop("resynchronization") is changes
        assert ("full resynchronization" in str(outcome.result.get("warnings"))) is changes
    return assert_converges(run, name, writes)


def test_intents_become_one_write_each_and_the_rest_survives(sim: Simulator, play: Player) -> None:
    principal = add_configuration(sim, job="created")
    before = stored(sim, principal)
    people: dict[str, Any] = {"user_type": "guest", "user_type_apply": "always", "show_in_address_list": False}
    mappings = [
        {"target": "companyName", "constant": "Contoso"},
        {"target": "displayName", "expression": 'Join("", [displayName], " (Contoso)")'},
        {"target": "employeeId", "source": "extensionAttribute1", "apply": "on_creation"},
        {"target": "extensionAttribute5", "source": "department", "default_value": "none"},
        {"target": "mobile", "state": "absent"},
    ]
    run = unversioned(
        play(
            *converging("people", sim, **people),
            *converging("mappings", sim, attribute_mappings=mappings),
            *converging("filters", sim, scoping_filters=[ENGINEERS]),
            *converging("actions", sim, target_object_actions={"delete": False}, group_mapping_enabled=True),
            *converging("no filters", sim, scoping_filters=[]),
            task("look", "sync_schema", schema(sim, **people, attribute_mappings=mappings, scoping_filters=[])),
        )
    )
    assert assert_settled(run, "people", [PUT])["diff"]["after"] == people
    mapped = assert_settled(run, "mappings", [PUT])
    assert mapped["diff"]["before"]["attribute_mappings"]["mobile"] == {"source": "mobile", "apply": "always"}
    assert mapped["diff"]["after"] == {
        "attribute_mappings": {
            "companyName": {"constant": "Contoso"},
            "displayName": {"expression": 'Join("", [displayName], " (Contoso)")'},
            "employeeId": {"source": "extensionAttribute1", "apply": "on_creation"},
            "extensionAttribute5": {"source": "department", "apply": "always", "default_value": "none"},
        }
    }
    filtered = assert_settled(run, "filters", [PUT])["schema"]["scoping_filters"]
    assert [each["operator"] for each in filtered[0]["clauses"]] == ["EQUALS", "IS TRUE"]
    actions = assert_settled(run, "actions", [PUT])
    assert actions["diff"]["after"] == {"target_object_actions": {"delete": False}, "group_mapping_enabled": True}
    assert_settled(run, "no filters", [PUT])
    assert len(run["look"].requests.graph) == 4
    after = stored(sim, principal)
    for document in (before, after):
        mine = users(document)
        named = {each["target"] for each in mappings} | {"userType", "showInAddressList"}
        mine["attributeMappings"] = [
            each for each in mine["attributeMappings"] if each["targetAttributeName"] not in named
        ]
        del document["version"], mine["flowTypes"], document["synchronizationRules"][0]["objectMappings"][1]["enabled"]
    assert after == before


def test_a_filter_decides_who_arrives_and_the_built_in_one_stays_in_force(sim: Simulator, play: Player) -> None:
    sim.update_settings(default_filter_location="groups")
    principal = set_up_pair(sim, assignments=[ADELE, ALEX], job="created")
    wanted = {
        "name": "Adele's",
        "clauses": [{"attribute": "displayName", "operator": "REGEX MATCH", "values": ["^Adele"]}],
    }
    run = unversioned(
        play(
            *converging("none yet", sim, scoping_filters=[]),
            *converging("filter", sim, scoping_filters=[wanted]),
            task("start", "sync_job", schema(sim, state="started")),
        )
    )
    assert not any(run[f"none yet: {step}"].changed for step, dummy in FOUR_TIMES)
    shown = assert_settled(run, "filter", [PUT])["schema"]["scoping_filters"]
    assert [each["name"] for each in shown] == ["Adele's"]
    assert len(shown[0]["clauses"]) == 1
    (group,) = users(stored(sim, principal))["scope"]["groups"]
    assert [each["sourceOperandName"] for each in group["clauses"]] == ["displayName", "alternativeSecurityIds"]
    sim.advance(CYCLE)
    arrived = [each["displayName"] for each in sim.state()[TARGET.id]["users"].values()]
    assert any(name.startswith("Adele") for name in arrived)
    assert not any(name.startswith("Alex") for name in arrived)
    assert_settled(unversioned(play(*converging("clear", sim, scoping_filters=[]))), "clear", [PUT])
    (group,) = users(stored(sim, principal))["scope"]["groups"]
    assert [each["sourceOperandName"] for each in group["clauses"]] == ["alternativeSecurityIds"]


def test_a_schema_is_backed_up_reset_and_restored(sim: Simulator, play: Player) -> None:
    add_configuration(sim, job="created")
    backup = {"schema": "{{ noted.schema.raw }}", "expected_schema_version": "{{ now_there.schema.version }}"}
    run = play(
        *converging("already", sim, state="default"),
        task("change", "sync_schema", schema(sim, user_type="guest", scoping_filters=[ENGINEERS])),
        task("note", "sync_schema", schema(sim), register="noted"),
        *converging("reset", sim, state="default"),
        task("look", "sync_schema", schema(sim), register="now_there"),
        *converging("restore", sim, **backup),
        task(
            "stale", "sync_schema", schema(sim, user_type="member", expected_schema_version="v1.2"), ignore_errors=True
        ),
        task("bad", "sync_schema", schema(sim, schema={"synchronizationRules": [{}]}), ignore_errors=True),
        fails=None,
    )
    unversioned(run)
    assert not any(run[f"already: {step}"].changed for step, dummy in FOUR_TIMES)
    reset = assert_settled(run, "reset", [DELETE])
    assert reset["diff"]["after"] == {"user_type": "member", "scoping_filters": []}
    restored = assert_settled(run, "restore", [PUT])
    assert restored["diff"]["after"]["user_type"] == "guest"
    assert set(restored["diff"]["after"]) == {"user_type", "scoping_filters"}
    assert run["stale"]["error"]["code"] == "StaleSchema"
    assert run["stale"].writes == []
    assert "matching attributes" in run["bad"].message


def test_where_the_service_does_not_reset_the_template_is_written(sim: Simulator, play: Player) -> None:
    add_configuration(sim, job="created")
    sim.update_settings(schema_delete="refuse")
    run = unversioned(
        play(task("change", "sync_schema", schema(sim, user_type="guest")), *converging("reset", sim, state="default"))
    )
    assert_settled(run, "reset", [DELETE, PUT])


def test_what_cannot_work_is_refused_with_nothing_written(sim: Simulator, play: Player) -> None:
    add_configuration(sim, job="created")

    def clause(**one: Any) -> dict[str, Any]:
        return {"scoping_filters": [{"name": "a", "clauses": [one]}]}

    def mapping(**one: Any) -> dict[str, Any]:
        return {"attribute_mappings": [one]}

    wrong: dict[str, dict[str, Any]] = {
        "matching attributes": mapping(target="alternativeSecurityIds", source="city"),
        "IsSoftDeleted cannot be removed": mapping(target="IsSoftDeleted", state="absent"),
        "otherMails cannot be a target": mapping(target="otherMails", source="mail"),
        "userType cannot be a source": mapping(target="city", source="userType"),
        "It is spelled city": mapping(target="city", source="City"),
        "no function toupper": mapping(target="city", expression="toupper([city])"),
        "cannot read the expression": mapping(target="city", expression="ToUpper([city]"),
        "there is no operator 'LIKE'": clause(attribute="city", operator="LIKE", values=["a"]),
        "needs values": clause(attribute="city", operator="EQUALS"),
        "takes no values": clause(attribute="city", operator="IS NULL", values=["a"]),
        "filters cannot look at userType": clause(attribute="userType", operator="EQUALS", values=["Member"]),
        "have no attribute hobby": clause(attribute="hobby", operator="EQUALS", values=["a"]),
        "mutually exclusive": {"user_type": "guest", "schema": {"synchronizationRules": [{}]}},
        "default resets everything": {"user_type": "guest", "state": "default"},
        "any of the following are missing": mapping(target="city"),
    }
    run = play(
        *(task(part, "sync_schema", schema(sim, **options), ignore_errors=True) for part, options in wrong.items()),
        fails=None,
    )
    for part in wrong:
        assert part in run[part].message
    assert run.requests.writes == []


def test_a_reader_predicts_what_a_writer_does(sim: Simulator, play: Player) -> None:
    add_configuration(sim, job="created")
    options: dict[str, Any] = {
        "attribute_mappings": [{"target": "city", "expression": "ToUpper( [city] )"}],
        "scoping_filters": [ENGINEERS],
    }
    run = unversioned(
        play(
            task("reader", "sync_schema", schema(sim, "audit", **options), check_mode=True),
            task("writer", "sync_schema", schema(sim, **options)),
        )
    )
    assert run["reader"]["diff"] == run["writer"]["diff"]
    assert "not checked" in str(run["reader"]["warnings"])
    assert "not checked" not in str(run["writer"].result.get("warnings"))
    assert run["reader"].writes == []


def test_a_schema_of_a_job_that_is_only_predicted_is_predicted(sim: Simulator, play: Player) -> None:
    options = {**SOURCE.access(sim), "user_type": "guest", "scoping_filters": [ENGINEERS]}
    run = play(
        task("app", "sync_app", {**SOURCE.access(sim), "target_tenant_id": TARGET.id}, register="app", check_mode=True),
        task(
            "predicted",
            "sync_schema",
            {**options, "service_principal_id": "{{ app.configuration.service_principal_id }}"},
            check_mode=True,
        ),
        task("by target", "sync_schema", {**options, "target_tenant_id": TARGET.id}, check_mode=True),
        task("for real", "sync_schema", {**options, "target_tenant_id": TARGET.id}, ignore_errors=True),
        fails=None,
    )
    for name in ("predicted", "by target"):
        assert run[name].changed
        assert run[name]["schema"]["job_id"] == ZERO
        assert run[name]["diff"]["after"]["user_type"] == "guest"
    assert "sync_app" in run["for real"].message
