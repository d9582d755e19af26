# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a started job does (graph-api.md sections 8.2, 8.6, 9 and 11; domain.md sections 4 to 7)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulator import Simulator
from unit.simulator.simulator_helpers import PARTNERS, SOURCE, TARGET, Graph, Pair

CYCLE = 2400
ADELE, MIRIAM, CHRISTIE = "adele@contoso.example", "miriam@contoso.example", "christie@contoso.example"


@pytest.fixture
def running_pair(pair: Pair) -> Pair:
    pair.start()
    return pair


def cycle(pair: Pair) -> dict[str, int]:
    """Let one interval pass and return what the one cycle did."""
    results = pair.sim.advance(CYCLE)
    pair.source, pair.target = Graph(pair.sim, SOURCE), Graph(pair.sim, TARGET)
    assert len(results) == 1, results
    actions: dict[str, int] = results[0]["actions"]
    return actions


def change_schema(pair: Pair, change: Any) -> None:
    schema = pair.schema()
    change(schema["synchronizationRules"][0]["objectMappings"][0])
    assert pair.source("PUT", f"{pair.job}/schema", schema).status_code == 204


def test_initial_cycle_creates(running_pair: Pair) -> None:
    running_pair.assign(ADELE, MIRIAM, "Engineering", "partner_northwind.example#EXT#@contoso.onmicrosoft.example")
    assert cycle(running_pair) == {"create:success": 5, "other:skipped": 2}
    users = running_pair.target_users()
    assert set(users) == {"adele", "miriam", "grady", "henrietta", "johanna"}
    adele = users["adele"]
    assert adele["userPrincipalName"] == "adele_contoso.example#EXT#@fabrikam.onmicrosoft.example"
    assert (adele["userType"], adele["mail"], adele["department"]) == ("Member", ADELE, "Retail")
    assert adele["showInAddressList"] is True
    assert users["johanna"]["mobilePhone"] == "+43 1 5550100"
    state = running_pair.sim.state()[TARGET]["users"]
    assert state[adele["manager"]]["displayName"] == "Miriam Graham"
    job = running_pair.status()
    assert (job["schedule"]["state"], job["status"]["code"]) == ("Active", "Active")
    assert job["status"]["lastExecution"]["state"] == "Succeeded"
    assert job["status"]["lastExecution"]["countExported"] == 5
    assert job["status"]["lastSuccessfulExecution"] == job["status"]["lastExecution"]
    assert job["status"]["steadyStateFirstAchievedTime"] > "2000"
    assert job["status"]["synchronizedEntryCountByType"] == [{"key": "User to User", "value": 5}]


def test_nested_groups_are_ignored(running_pair: Pair) -> None:
    running_pair.assign("All Staff")
    assert cycle(running_pair) == {"create:success": 3}


def test_incremental_cycles(running_pair: Pair) -> None:
    running_pair.assign(ADELE, "Engineering")
    cycle(running_pair)
    assert cycle(running_pair) == {}
    sim = running_pair.sim
    sim.set_user(SOURCE, ADELE, department="Legal")
    sim.set_user(SOURCE, "grady@contoso.example", accountEnabled=False)
    assert cycle(running_pair) == {"update:success": 1, "disable:success": 1}
    users = running_pair.target_users()
    assert users["adele"]["department"] == "Legal"
    assert users["grady"]["accountEnabled"] is False
    entry = running_pair.logs("update")[0]
    assert entry["modifiedProperties"] == [{"displayName": "department", "oldValue": "Retail", "newValue": "Legal"}]
    assert entry["sourceIdentity"]["displayName"] == "Adele Vance"
    assert entry["targetIdentity"]["id"]


def test_nulls_never_flow(running_pair: Pair) -> None:
    running_pair.assign(ADELE)
    cycle(running_pair)
    running_pair.sim.set_user(SOURCE, ADELE, department=None)
    cycle(running_pair)
    assert running_pair.target_users()["adele"]["department"] == "Retail"


def test_out_of_scope_is_soft_deleted_and_restored(running_pair: Pair) -> None:
    running_pair.assign(ADELE, "Engineering")
    cycle(running_pair)
    before = running_pair.target_users()["grady"]["userPrincipalName"]
    sim = running_pair.sim
    sim.remove_member(SOURCE, "Engineering", "grady@contoso.example")
    sim.unassign(SOURCE, running_pair.id, ADELE)
    assert cycle(running_pair) == {"delete:success": 2}
    assert running_pair.deleted_users() == ["adele", "grady"]
    admin = Graph(sim, TARGET, roles=["User.Read.All"])
    item = admin.get("/directory/deletedItems/microsoft.graph.user")["value"][0]
    assert item["deletedDateTime"]
    sim.add_member(SOURCE, "Engineering", "grady@contoso.example")
    assert cycle(running_pair) == {"update:success": 1}
    assert running_pair.target_users()["grady"]["userPrincipalName"] == before
    sim.advance(31 * 86400)
    assert running_pair.deleted_users() == []


def test_deleted_source_user(running_pair: Pair) -> None:
    running_pair.assign("Sales")
    cycle(running_pair)
    running_pair.sim.delete_user(SOURCE, CHRISTIE)
    assert cycle(running_pair) == {"delete:success": 1}


def test_disabled_then_removed_stays_disabled(running_pair: Pair) -> None:
    running_pair.assign("Engineering")
    cycle(running_pair)
    running_pair.sim.set_user(SOURCE, "grady@contoso.example", accountEnabled=False)
    cycle(running_pair)
    running_pair.sim.remove_member(SOURCE, "Engineering", "grady@contoso.example")
    assert cycle(running_pair) == {"other:skipped": 1}
    assert running_pair.target_users()["grady"]["accountEnabled"] is False
    assert running_pair.deleted_users() == []


def test_user_who_leaves_is_created_again(running_pair: Pair) -> None:
    running_pair.assign(ADELE)
    cycle(running_pair)
    running_pair.sim.purge_user(TARGET, running_pair.target_users()["adele"]["userPrincipalName"])
    assert cycle(running_pair) == {"create:success": 1}


def test_user_deleted_by_the_target_is_not_restored(running_pair: Pair) -> None:
    running_pair.assign(ADELE)
    cycle(running_pair)
    running_pair.sim.delete_user(TARGET, running_pair.target_users()["adele"]["userPrincipalName"])
    assert cycle(running_pair) == {}
    running_pair.sim.set_user(SOURCE, ADELE, department="New")
    assert cycle(running_pair) == {"other:failure": 1}
    assert running_pair.logs()[0]["provisioningStatusInfo"]["errorInformation"]["errorCode"] == "InvalidAnchor"
    assert running_pair.status()["status"]["lastExecution"]["state"] == "EntryLevelErrors"


def test_sync_all(pair: Pair) -> None:
    pair.secrets(SyncAll="true")
    pair.start()
    assert cycle(pair) == {"create:success": 10, "other:skipped": 2}
    pair.secrets(SyncAll="false")
    assert cycle(pair) == {}
    pair.source("POST", f"{pair.job}/restart")
    assert cycle(pair) == {"delete:success": 9, "other:skipped": 1}


def test_sms_users_and_guests_are_skipped(running_pair: Pair) -> None:
    running_pair.assign("lee@contoso.example", "partner_northwind.example#EXT#@contoso.onmicrosoft.example")
    assert cycle(running_pair) == {"other:skipped": 2}
    details = [step["details"] for entry in running_pair.logs() for step in entry["provisioningSteps"]]
    assert {"Filter external users.alternativeSecurityIds EQUALS 'None'": "False"} in details
    running_pair.sim.set_user(SOURCE, "lee@contoso.example", sms_sign_in=False)
    assert cycle(running_pair) == {"create:success": 1}
    running_pair.sim.set_user(SOURCE, "lee@contoso.example", sms_sign_in=True)
    assert cycle(running_pair) == {"other:skipped": 1}
    assert "lee" in running_pair.target_users()


@pytest.mark.parametrize(
    ("clauses", "created"),
    [
        ([("department", "EQUALS", ["Engineering"])], {"grady", "henrietta", "johanna"}),
        ([("department", "EQUALS", ["engineering"])], set()),
        ([("department", "NOT EQUALS", ["Engineering"])], {"adele"}),
        ([("country", "EQUALS", ["Germany"]), ("department", "INCLUDES", ["Eng"])], {"grady", "henrietta"}),
        ([("companyName", "IS NOT NULL", [])], {"grady"}),
        ([("companyName", "IS NULL", [])], {"adele", "henrietta", "johanna"}),
        ([("displayName", "REGEX MATCH", ["^(A|J)"])], {"adele", "johanna"}),
        ([("companyName", "NOT REGEX MATCH", ["x"])], {"grady"}),
        ([("displayName", "Ends_With", ["Mueller"])], {"henrietta"}),
        ([("accountEnabled", "IS TRUE", [])], {"adele", "grady", "henrietta", "johanna"}),
    ],
)
def test_scoping_filters(running_pair: Pair, clauses: list[tuple[str, str, list[str]]], created: set[str]) -> None:
    def change(mapping: dict[str, Any]) -> None:
        entries = [
            {"sourceOperandName": name, "operatorName": operator, "targetOperand": {"values": values}}
            for name, operator, values in clauses
        ]
        mapping["scope"]["groups"] = [{"name": "mine", "clauses": entries}]

    running_pair.assign(ADELE, "Engineering")
    change_schema(running_pair, change)
    cycle(running_pair)
    assert set(running_pair.target_users()) == created


def test_falling_out_of_the_filter_deprovisions(running_pair: Pair) -> None:
    running_pair.assign("Engineering")
    cycle(running_pair)

    def change(mapping: dict[str, Any]) -> None:
        clause = {"sourceOperandName": "country", "operatorName": "EQUALS", "targetOperand": {"values": ["Germany"]}}
        mapping["scope"]["groups"] = [{"name": "mine", "clauses": [clause]}]

    change_schema(running_pair, change)
    cycle(running_pair)
    assert running_pair.deleted_users() == ["johanna"]


def test_flow_types(running_pair: Pair) -> None:
    running_pair.assign("Engineering", ADELE)
    cycle(running_pair)
    change_schema(running_pair, lambda mapping: mapping.update(flowTypes="Add"))
    running_pair.sim.set_user(SOURCE, "grady@contoso.example", department="X")
    running_pair.sim.unassign(SOURCE, running_pair.id, ADELE)
    running_pair.assign(MIRIAM)
    assert cycle(running_pair)["create:success"] == 1
    users = running_pair.target_users()
    assert users["grady"]["department"] == "Engineering"
    assert "adele" in users


def test_mapping_functions_and_constants(running_pair: Pair) -> None:
    def change(mapping: dict[str, Any]) -> None:
        for entry in mapping["attributeMappings"]:
            if entry["targetAttributeName"] == "displayName":
                text = 'Append([displayName], " (Contoso)")'
                reply = running_pair.source("POST", f"{running_pair.job}/schema/parseExpression", {"expression": text})
                entry["source"] = reply.json()["parsedExpression"]
            if entry["targetAttributeName"] == "userType":
                entry["source"] = {"type": "Constant", "name": "Guest", "expression": '"Guest"', "parameters": []}

    running_pair.assign(ADELE)
    change_schema(running_pair, change)
    cycle(running_pair)
    adele = running_pair.target_users()["adele"]
    assert (adele["displayName"], adele["userType"]) == ("Adele Vance (Contoso)", "Guest")


def test_existing_guest_is_matched_and_keeps_its_type(running_pair: Pair) -> None:
    sim = running_pair.sim
    upn = "adele_contoso.example#EXT#@fabrikam.onmicrosoft.example"
    sim.add_user(TARGET, upn=upn, userType="Guest", mail=ADELE, pending=True)
    running_pair.assign(ADELE)
    assert cycle(running_pair) == {"update:success": 1}
    adele = running_pair.target_users()["adele"]
    assert (adele["userType"], adele["department"]) == ("Guest", "Retail")


def test_schema_change_starts_an_initial_cycle(running_pair: Pair) -> None:
    running_pair.assign(ADELE)
    cycle(running_pair)
    change_schema(running_pair, lambda mapping: None)
    assert cycle(running_pair) == {"update:skipped": 1}
    info = running_pair.logs()[0]["provisioningStatusInfo"]["errorInformation"]
    assert info["errorCode"] == "RedundantExport"


@pytest.mark.parametrize(
    ("setup", "code"),
    [
        (
            lambda sim: sim.add_user(TARGET, upn="adele@fabrikam.example", mail=ADELE),
            "InvitationCreationFailureAmbiguousUser",
        ),
        (lambda sim: setattr(sim.world.tenants[TARGET], "guest_invitations", False), "AzureActiveDirectoryForbidden"),
        (lambda sim: sim.set_user(SOURCE, ADELE, mail="broken"), "InvitationCreationFailureInvalidPropertyValue"),
    ],
)
def test_export_failures(running_pair: Pair, setup: Any, code: str) -> None:
    setup(running_pair.sim)
    running_pair.assign(ADELE)
    assert cycle(running_pair) == {"create:failure": 1}
    entry = running_pair.logs()[0]
    assert entry["provisioningStatusInfo"]["status"] == "failure"
    assert entry["provisioningStatusInfo"]["errorInformation"]["errorCode"] == code
    status = running_pair.status()["status"]
    assert (status["code"], status["lastExecution"]["state"]) == ("Active", "EntryLevelErrors")
    assert status["lastExecution"]["countEscrowed"] == 1
    assert cycle(running_pair) == {"create:failure": 1}


def test_blocked_collaboration(running_pair: Pair) -> None:
    everybody = {"accessType": "blocked", "targets": [{"target": "AllUsers", "targetType": "user"}]}
    applications = {"accessType": "blocked", "targets": [{"target": "AllApplications", "targetType": "application"}]}
    body = {"b2bCollaborationInbound": {"usersAndGroups": everybody, "applications": applications}}
    assert running_pair.target("PATCH", f"{PARTNERS}/{SOURCE}", body).status_code == 204
    running_pair.assign(ADELE)
    assert cycle(running_pair) == {"create:failure": 1}


@pytest.mark.parametrize(
    "withdraw",
    [
        lambda sim: sim.set_identity_sync(TARGET, SOURCE, userSyncInbound={"isSyncAllowed": False}),
        lambda sim: sim.delete_partner(TARGET, SOURCE),
        lambda sim: sim.delete_partner(SOURCE, TARGET),
    ],
)
def test_withdrawn_policy_leads_to_quarantine(running_pair: Pair, withdraw: Any) -> None:
    running_pair.assign(ADELE)
    cycle(running_pair)
    withdraw(running_pair.sim)
    running_pair.sim.advance(CYCLE)
    running_pair.source = Graph(running_pair.sim, SOURCE)
    status = running_pair.status()["status"]
    assert status["code"] == "Quarantine"
    assert status["quarantine"]["reason"] == "EncounteredQuarantineException"
    assert status["quarantine"]["error"]["code"] == "AzureActiveDirectoryCrossTenantSyncPolicyCheckFailure"
    assert status["countSuccessiveCompleteFailures"] == 1
    entry = running_pair.logs()[0]
    code = entry["provisioningStatusInfo"]["errorInformation"]["errorCode"]
    assert code == "AzureDirectoryB2BManagementPolicyCheckFailure"
    assert "adele" in running_pair.target_users()


def test_quarantine_retries_and_gives_up(running_pair: Pair) -> None:
    sim = running_pair.sim
    sim.set_secret(SOURCE, running_pair.id, "CompanyId", None)
    assert len(sim.advance(CYCLE)) == 1
    assert len(sim.advance(6 * 3600)) == 1
    assert len(sim.advance(6 * 3600)) == 0
    assert len(sim.advance(6 * 3600)) == 1
    assert len(sim.advance(7 * 86400)) == 7
    sim.advance(30 * 86400)
    running_pair.source = Graph(sim, SOURCE)
    assert running_pair.status()["schedule"]["state"] == "Disabled"
    assert running_pair.status()["status"]["lastExecution"]["error"]["code"] == "CredentialsMissing"


def test_success_lifts_quarantine(running_pair: Pair) -> None:
    sim = running_pair.sim
    sim.set_identity_sync(TARGET, SOURCE, userSyncInbound={"isSyncAllowed": False})
    sim.advance(CYCLE)
    sim.set_identity_sync(TARGET, SOURCE, userSyncInbound={"isSyncAllowed": True})
    sim.advance(6 * 3600)
    running_pair.source = Graph(sim, SOURCE)
    status = running_pair.status()["status"]
    assert (status["code"], status["quarantine"], status["countSuccessiveCompleteFailures"]) == ("Active", None, 0)


def threshold(pair: Pair, value: int) -> None:
    settings = {"Enabled": False, "DeleteThresholdEnabled": True, "DeleteThresholdValue": value}
    assert pair.secrets(SyncNotificationSettings=json.dumps(settings)).status_code == 204


def test_deletion_threshold(running_pair: Pair) -> None:
    threshold(running_pair, 2)
    running_pair.assign("Engineering")
    cycle(running_pair)
    sim = running_pair.sim
    sim.remove_member(SOURCE, "Engineering", "grady@contoso.example")
    assert cycle(running_pair) == {"delete:success": 1}
    sim.remove_member(SOURCE, "Engineering", "henrietta@contoso.example")
    sim.set_user(SOURCE, "johanna@contoso.example", accountEnabled=False)
    assert cycle(running_pair) == {"stagedDelete:skipped": 2}
    status = running_pair.status()["status"]
    assert (status["code"], status["quarantine"]["reason"]) == ("Quarantine", "TooManyDeletes")
    assert len(running_pair.logs("stagedDelete")) == 2
    assert {"henrietta", "johanna"} <= set(running_pair.target_users())
    running_pair.source("POST", f"{running_pair.job}/restart")
    assert cycle(running_pair)["stagedDelete:skipped"] == 2
    running_pair.source("POST", f"{running_pair.job}/restart", {"criteria": {"resetScope": "ForceDeletes"}})
    assert cycle(running_pair) == {"delete:success": 1, "disable:success": 1}
    assert running_pair.status()["status"]["code"] == "Active"
    assert cycle(running_pair) == {}


def test_the_initial_cycle_shows_its_progress(pair: Pair) -> None:
    pair.sim.update_settings(progress_pages=10)

    def shown() -> list[tuple[int, int, str]]:
        rows = pair.status()["status"]["progress"]
        return [(row["completedUnits"], row["totalUnits"], row["units"]) for row in rows]

    assert shown() == []
    pair.start()
    assert shown() == [(0, 10, "pages")]
    pair.sim.advance(610)
    assert shown() == [(5, 10, "pages")]
    pair.sim.advance(600)
    assert shown() == []


def test_repairing_the_scope_clears_staged_deletions(running_pair: Pair) -> None:
    threshold(running_pair, 1)
    running_pair.assign(ADELE)
    cycle(running_pair)
    running_pair.sim.unassign(SOURCE, running_pair.id, ADELE)
    cycle(running_pair)
    running_pair.assign(ADELE)
    running_pair.source("POST", f"{running_pair.job}/restart")
    assert cycle(running_pair) == {"update:skipped": 1}


def test_pause_and_start_keep_links(running_pair: Pair) -> None:
    running_pair.assign(ADELE)
    cycle(running_pair)
    running_pair.source("POST", f"{running_pair.job}/pause")
    running_pair.sim.set_user(SOURCE, ADELE, department="Later")
    assert running_pair.sim.advance(10 * CYCLE) == []
    running_pair.source = Graph(running_pair.sim, SOURCE)
    running_pair.start()
    assert running_pair.status()["status"]["code"] == "Active"
    assert cycle(running_pair) == {"update:success": 1}


def test_full_restart_rematches(running_pair: Pair) -> None:
    running_pair.assign(ADELE)
    cycle(running_pair)
    running_pair.source("POST", f"{running_pair.job}/restart", {"criteria": {"resetScope": "Full"}})
    assert cycle(running_pair) == {"update:skipped": 1}
    assert len(running_pair.target_users()) == 1


def test_deleting_the_job_leaves_users(running_pair: Pair) -> None:
    running_pair.assign(ADELE)
    cycle(running_pair)
    running_pair.source("DELETE", running_pair.job)
    assert running_pair.sim.advance(CYCLE) == []
    assert "adele" in running_pair.target_users()


def group_mapping(pair: Pair) -> None:
    schema = pair.schema()
    schema["synchronizationRules"][0]["objectMappings"][1]["enabled"] = True
    assert pair.source("PUT", f"{pair.job}/schema", schema).status_code == 204


def test_groups_are_skipped_without_the_policy(running_pair: Pair) -> None:
    running_pair.assign("Engineering")
    group_mapping(running_pair)
    cycle(running_pair)
    entry = next(entry for entry in running_pair.logs() if entry["sourceIdentity"]["identityType"] == "Group")
    assert entry["provisioningStatusInfo"]["errorInformation"]["errorCode"] == "EntityTypeNotSupported"


def test_group_synchronization(running_pair: Pair) -> None:
    sim = running_pair.sim
    path = f"{PARTNERS}/{SOURCE}/identitySynchronization"
    assert (
        running_pair.target("PATCH", path, {"groupSyncInbound": {"isSyncAllowed": True}}, api="beta").status_code == 204
    )
    running_pair.assign("Engineering")
    group_mapping(running_pair)
    assert cycle(running_pair) == {"create:success": 4, "other:skipped": 1}
    group = next(iter(sim.state()[TARGET]["groups"].values()))
    assert (group["displayName"], group["securityEnabled"], len(group["members"])) == ("Engineering", True, 3)
    sim.remove_member(SOURCE, "Engineering", "grady@contoso.example")
    assert cycle(running_pair) == {"delete:success": 1}
    sim.add_user(SOURCE, upn="new@contoso.example", display_name="New")
    sim.add_member(SOURCE, "Engineering", "new@contoso.example")
    assert cycle(running_pair) == {"create:success": 1, "update:success": 1}
    group = next(iter(sim.state()[TARGET]["groups"].values()))
    assert len(group["members"]) == 3
    sim.unassign(SOURCE, running_pair.id, "Engineering")
    cycle(running_pair)
    assert sim.state()[TARGET]["groups"] == {}


def statuses(answer: Any) -> list[tuple[str, str | None]]:
    body = answer.json()
    assert answer.status_code == 200, body
    assert body["@odata.context"].endswith("$metadata#microsoft.graph.stringKeyStringValuePair")
    return [(item["statusInfo"]["status"], item["statusInfo"]["errorCode"]) for item in json.loads(body["value"])]


def test_on_demand(pair: Pair) -> None:
    assert statuses(pair.on_demand(ADELE)) == [("Skipped", "NotEffectivelyEntitled")]
    pair.assign(ADELE)
    answer = pair.on_demand(ADELE)
    assert statuses(answer) == [("Success", None)]
    assert answer.json()["key"].endswith("SyncFabric.StatusInfo")
    item = json.loads(answer.json()["value"])[0]
    assert item["action"] == "Create"
    assert [step["type"] for step in item["provisioningSteps"]] == ["Import", "Scoping", "Matching", "Export"]
    assert item["targetIdentity"]["id"] in pair.sim.state()[TARGET]["users"]
    assert statuses(pair.on_demand(ADELE)) == [("Skipped", "RedundantExport")]
    assert pair.status()["status"]["code"] == "Paused"
    assert pair.logs("create")[0]["provisioningStatusInfo"]["status"] == "success"


def test_on_demand_variant_a(sim: Simulator, pair: Pair) -> None:
    sim.update_settings(on_demand_variant="A")
    pair.assign(ADELE)
    body = pair.on_demand(ADELE).json()
    assert json.loads(body["key"]) == {"result": "Success"}
    assert json.loads(body["value"])["action"] == "Create"
    again = pair.on_demand(ADELE).json()
    assert json.loads(again["key"])["details"]["errorCode"] == "RedundantExport"
    sim.update_settings(on_demand_empty_value=True)
    assert pair.on_demand(ADELE).json()["value"] == "{}"


def test_on_demand_failure_inside_200(sim: Simulator, pair: Pair) -> None:
    pair.assign(ADELE)
    sim.delete_partner(SOURCE, TARGET)
    assert statuses(pair.on_demand(ADELE)) == [("Failure", "AzureDirectoryB2BManagementPolicyCheckFailure")]


def test_on_demand_refusals(pair: Pair) -> None:
    answer = pair.on_demand(ADELE, rule="nope")
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "RequestParameterInvalid"
    subject = {"objectId": "x", "objectTypeName": "User"}
    bodies: tuple[dict[str, Any], ...] = (
        {"ruleId": "x", "subjects": [subject]},
        {"parameters": []},
        {"parameters": None},
        {"parameters": [{"ruleId": "x", "subjects": []}]},
        {"parameters": [{"ruleId": "x", "subjects": [{"objectId": "x", "objectTypeName": "user"}]}]},
    )
    for body in bodies:
        pair.sim.world.throttle.clear()
        assert pair.source("POST", f"{pair.job}/provisionOnDemand", body).status_code == 400


def test_on_demand_does_not_support_groups(pair: Pair) -> None:
    group = pair.source.get("/groups?$filter=displayName eq 'Sales'")["value"][0]["id"]
    rule = pair.schema()["synchronizationRules"][0]["id"]
    subject = {"objectId": group, "objectTypeName": "Group", "links": {"members": []}}
    body = {"parameters": [{"ruleId": rule, "subjects": [subject]}]}
    answer = pair.source("POST", f"{pair.job}/provisionOnDemand", body)
    assert statuses(answer) == [("Skipped", "EntityTypeNotSupported")]


def test_provisioning_log_queries(running_pair: Pair) -> None:
    running_pair.assign(ADELE, "Engineering")
    cycle(running_pair)
    running_pair.sim.set_user(SOURCE, ADELE, department="Z")
    cycle(running_pair)
    running_pair.sim.update_settings(throttle={"reports": {"enabled": False}})
    graph = running_pair.source

    def found(text: str, more: str = "") -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = graph.get(f"/auditLogs/provisioning?$filter={text}{more}")["value"]
        return entries

    total = len(graph.get("/auditLogs/provisioning")["value"])
    assert len(found(f"jobId eq '{running_pair.job_id}' and activityDateTime gt 2023-07-30")) == total
    assert len(found("provisioningAction eq 'create'")) == 4
    assert found("provisioningAction eq 'Create'") == []
    assert len(found("provisioningStatusInfo/status eq 'skipped'")) == 1
    assert len(found("sourceIdentity/displayName eq 'Adele Vance'")) == 2
    service_principal = running_pair.id
    text = (
        f"((contains(tolower(servicePrincipal/id),'{service_principal}') or "
        f"contains(tolower(servicePrincipal/displayName),'{service_principal}')) and "
        "activityDateTime gt 2023-07-30 and activityDateTime lt 2123-07-31)"
    )
    assert len(found(text, "&$top=500&$orderby=activityDateTime desc")) == total
    page = graph.get("/auditLogs/provisioning?$top=2&$orderby=activityDateTime desc")
    assert page["value"][0]["provisioningAction"] == "update"
    assert len(graph.get(page["@odata.nextLink"])["value"]) == 2
    for bad in ("$count=true", "$select=id", "$top=1001", "$filter=startswith(jobId,'x')", "$orderby=jobId"):
        assert graph("GET", f"/auditLogs/provisioning?{bad}").status_code == 400, bad
    entry = page["value"][0]
    assert entry["targetSystem"]["details"]["ServicePrincipalId"] == running_pair.id
    assert entry["servicePrincipal"] == {"id": running_pair.id, "displayName": "Fabrikam"}
    assert entry["initiatedBy"]["initiatorType"] == "system"
    running_pair.sim.advance(31 * 86400)
    assert Graph(running_pair.sim, SOURCE).get("/auditLogs/provisioning")["value"] == []


def test_provisioning_log_delay(running_pair: Pair) -> None:
    running_pair.sim.update_settings(provisioning_log_delay_seconds=7200)
    running_pair.assign(ADELE)
    cycle(running_pair)
    assert running_pair.logs() == []
    cycle(running_pair)
    running_pair.sim.advance(4000)
    assert len(running_pair.logs()) == 1


def test_real_time_alone_runs_cycles(sim: Simulator, pair: Pair) -> None:
    sim.update_settings(initial_cycle_seconds=0)
    pair.assign(ADELE)
    pair.start()
    assert pair.status()["status"]["code"] == "Active"
    assert "adele" in pair.target_users()
