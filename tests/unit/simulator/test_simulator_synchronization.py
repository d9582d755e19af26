# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Templates, jobs, secrets, validateCredentials, schema (graph-api.md section 8)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulator import Simulator
from unit.simulator.simulator_helpers import SOURCE, TARGET, Graph, Pair, error


def inner(answer: Any, status: int = 400) -> dict[str, Any]:
    """The error the synchronization service hid in the message."""
    found: dict[str, Any] = json.loads(error(answer, status, "UnknownError"))["error"]
    return found


def test_templates(pair: Pair) -> None:
    template = pair.source.get(f"{pair.base}/templates")["value"][0]
    assert (template["id"], template["factoryTag"], template["default"]) == ("Azure2Azure", "Azure2Azure", True)
    assert pair.source.get(f"{pair.base}/templates/Azure2Azure")["applicationId"] == pair.principal["appId"]
    schema = pair.source.get(f"{pair.base}/templates/Azure2Azure/schema")
    assert schema["synchronizationRules"][0]["name"] == "USER_INBOUND_USER"
    expanded = pair.source.get(f"{pair.base}/templates?$expand=schema")["value"][0]
    assert expanded["schema"]["synchronizationRules"]
    application = f"/applications/{pair.application['id']}/synchronization/templates"
    assert pair.source.get(application)["value"][0]["id"] == "Azure2Azure"
    assert pair.source("GET", f"{pair.base}/templates/Other").status_code == 404


def test_fresh_job(pair: Pair) -> None:
    job = pair.status()
    tenant = SOURCE.replace("-", "")
    assert job["id"].startswith(f"Azure2Azure.{tenant}.")
    assert job["schedule"] == {"expiration": None, "interval": "PT40M", "state": "Disabled"}
    status = job["status"]
    assert status["code"] == "Paused"
    assert status["lastExecution"] is None
    assert status["quarantine"] is None
    assert status["steadyStateFirstAchievedTime"] == "0001-01-01T00:00:00Z"
    assert status["progress"] == []
    assert {entry["name"]: entry["value"] for entry in job["synchronizationJobSettings"]} == {
        "AzureIngestionAttributeOptimization": "False", "LookaheadQueryEnabled": "False",
    }  # fmt: skip


def test_job_creation(sim: Simulator, pair: Pair) -> None:
    path = f"{pair.base}/jobs"
    body = {"@odata.type": "#microsoft.graph.synchronizationJob", "templateId": "Azure2Azure"}
    assert pair.source("POST", path, body).status_code == 201
    assert len(pair.source.get(path)["value"]) == 2
    sim.update_settings(second_job="conflict")
    error(pair.source("POST", path, body), 409, "Conflict")
    error(pair.source("POST", path, {"templateId": "Other"}), 400, "RequestParameterInvalid")
    error(pair.source("POST", path, {}), 400, "Request_BadRequest")
    error(pair.source("POST", path, {"templateId": "Azure2Azure", "schedule": {}}), 400, "Request_BadRequest")
    error(pair.source("POST", path, {"template": "Azure2Azure"}), 400, "Request_BadRequest")


def test_missing_job(pair: Pair) -> None:
    assert pair.source("GET", f"{pair.base}/jobs/nope").status_code == 404
    assert pair.source("DELETE", pair.job).status_code == 204
    assert pair.source("DELETE", pair.job).status_code == 404
    assert pair.source("POST", f"{pair.job}/start").status_code == 404


def test_start_pause_start(sim: Simulator, pair: Pair) -> None:
    pair.start()
    job = pair.status()
    assert (job["schedule"]["state"], job["status"]["code"]) == ("Active", "NotRun")
    execution = job["status"]["lastExecution"]
    assert (execution["state"], execution["error"]["code"]) == ("Failed", "None")
    assert execution["timeBegan"] == "0001-01-01T00:00:00Z"
    pair.start()
    assert sim.state()[SOURCE]["servicePrincipals"][pair.id]["jobs"][pair.job_id]["startCalls"] == 2
    assert pair.source("POST", f"{pair.job}/pause").status_code == 204
    job = pair.status()
    assert (job["schedule"]["state"], job["status"]["code"]) == ("Disabled", "Paused")
    assert sim.advance(86400) == []
    pair.start()
    assert pair.status()["status"]["code"] == "NotRun"


def test_pause_switch(sim: Simulator, pair: Pair) -> None:
    sim.update_settings(paused_schedule_state="Paused")
    pair.source("POST", f"{pair.job}/pause")
    assert pair.status()["schedule"]["state"] == "Paused"


@pytest.mark.parametrize(
    "body",
    [
        {"criteria": {"resetScope": "Everything"}},
        {"resetScope": "Full"},
        {"criteria": {"scope": "Full"}},
        {"criteria": "Full"},
    ],
)
def test_restart_refusals(pair: Pair, body: dict[str, Any]) -> None:
    error(pair.source("POST", f"{pair.job}/restart", body), 400, "Request_BadRequest")


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"criteria": {"resetScope": "Watermark, Escrows, QuarantineState"}},
        {"criteria": {"resetScope": "Full"}},
    ],
)
def test_restart_starts(pair: Pair, body: dict[str, Any] | None) -> None:
    assert pair.source("POST", f"{pair.job}/restart", body).status_code == 204
    assert pair.status()["schedule"]["state"] == "Active"


@pytest.mark.parametrize(
    "reason",
    [
        "EncounteredBaseEscrowThreshold", "EncounteredTotalEscrowThreshold", "EncounteredEscrowProportionThreshold",
        "EncounteredQuarantineException", "Unknown", "QuarantinedOnDemand", "TooManyDeletes", "IngestionInterrupted",
    ],
)  # fmt: skip
def test_quarantine_injection(sim: Simulator, pair: Pair, reason: str) -> None:
    pair.start()
    sim.quarantine(SOURCE, reason, error="SomeCode")
    status = pair.status()["status"]
    assert status["code"] == "Quarantine"
    assert status["quarantine"]["reason"] == reason
    assert status["quarantine"]["error"]["code"] == "SomeCode"
    pair.source("POST", f"{pair.job}/restart")
    assert pair.status()["status"]["quarantine"] is None


def test_synchronization_unknown_paths(pair: Pair) -> None:
    for method, path in (
        ("PATCH", f"{pair.job}/schema"),
        ("POST", f"{pair.base}/secrets"),
        ("GET", f"{pair.base}/nope"),
        ("PATCH", pair.job),
    ):
        message = error(pair.source(method, path, {} if method != "GET" else None), 404, "UnknownError")
        assert json.loads(message)["Message"].startswith("No HTTP resource was found that matches the request URI")


def secrets(pair: Pair) -> dict[str, str]:
    return {entry["key"]: entry["value"] for entry in pair.source.get(f"{pair.base}/secrets")["value"]}


def test_secrets_merge_and_removal(pair: Pair) -> None:
    assert secrets(pair) == {"AuthenticationType": "SyncPolicy", "CompanyId": TARGET, "SyncAll": "false"}
    assert pair.secrets(SyncAll="true").status_code == 204
    assert secrets(pair)["CompanyId"] == TARGET
    pair.secrets(SyncAll="")
    assert "SyncAll" not in secrets(pair)


def test_secrets_switches(sim: Simulator, pair: Pair) -> None:
    pair.secrets(Password="hunter2-not-real")
    assert secrets(pair)["Password"] == "*"
    sim.update_settings(masked_secret_keys=["CompanyId"])
    assert secrets(pair)["CompanyId"] == "*"
    sim.update_settings(secrets_order="reversed", extra_secrets=[{"key": "Server", "value": "x"}])
    keys = [entry["key"] for entry in pair.source.get(f"{pair.base}/secrets")["value"]]
    assert keys[0] == "Server"
    sim.update_settings(secrets_mode="replace", secrets_put_status=200)
    answer = pair.secrets(AuthenticationType="SyncPolicy")
    assert answer.status_code == 200
    assert set(secrets(pair)) == {"AuthenticationType", "Server"}


@pytest.mark.parametrize(
    "value",
    ["", "{", "[]", '"x"', '{"Enabled":"yes"}', '{"DeleteThresholdValue":"500"}', '{"DeleteThresholdValue":true}'],
)
def test_bad_notification_settings(pair: Pair, value: str) -> None:
    found = inner(pair.secrets(SyncNotificationSettings=value))
    assert (found["code"], found["message"]) == ("InvalidNotificationSettings", None)


def test_notification_settings_are_kept_as_text(pair: Pair) -> None:
    text = '{"Enabled": true, "Recipients": "a@b.example", "DeleteThresholdValue": 5, "X": 1}'
    pair.secrets(SyncNotificationSettings=text)
    assert secrets(pair)["SyncNotificationSettings"] == text
    assert pair.secrets(SyncNotificationSettings="{}").status_code == 204


@pytest.mark.parametrize(
    "body",
    [
        {"credentials": [{"key": "SyncAll", "value": "true"}]},
        {"value": [{"key": "Syncall", "value": "true"}]},
        {"value": [{"key": "SyncAll", "value": True}]},
        {"value": [{"key": "SyncAll", "value": None}]},
        {"value": [{"key": "SyncAll"}]},
        {"value": [{"key": "SyncAll", "value": "true"}, {"key": "SyncAll", "value": "false"}]},
        {"value": {"SyncAll": "true"}},
        {"value": None},
        {},
    ],
)
def test_secrets_refusals(pair: Pair, body: dict[str, Any]) -> None:
    error(pair.source("PUT", f"{pair.base}/secrets", body), 400, "Request_BadRequest")
    assert secrets(pair)["SyncAll"] == "false"


def test_sync_all_is_a_boolean_text(pair: Pair) -> None:
    error(pair.secrets(SyncAll="assigned"), 400, "InvalidSecretValue")


def validate(pair: Pair, job: bool = False, **changes: Any) -> Any:
    credentials = {"CompanyId": TARGET, "AuthenticationType": "SyncPolicy", **changes.pop("credentials", {})}
    body = {
        "useSavedCredentials": False, "templateId": "Azure2Azure",
        "credentials": [{"key": key, "value": value} for key, value in credentials.items()], **changes,
    }  # fmt: skip
    return pair.source("POST", f"{pair.job if job else pair.base + '/jobs'}/validateCredentials", body)


def test_validate_credentials(sim: Simulator, pair: Pair) -> None:
    code = "AzureActiveDirectoryCrossTenantSyncPolicyCheckFailure"
    assert validate(pair).status_code == 204
    assert validate(pair, job=True).status_code == 204
    assert validate(pair, useSavedCredentials=True).status_code == 204
    sim.set_partner(SOURCE, TARGET, automaticUserConsentSettings={"inboundAllowed": True, "outboundAllowed": None})
    assert error(validate(pair), 400, code).startswith("The source tenant has not enabled automatic user consent")
    sim.set_partner(SOURCE, TARGET, automaticUserConsentSettings={"inboundAllowed": None, "outboundAllowed": True})
    sim.set_identity_sync(TARGET, SOURCE, userSyncInbound={"isSyncAllowed": False})
    assert error(validate(pair), 400, code).startswith("The target tenant has not enabled inbound synchronization")
    sim.set_identity_sync(TARGET, SOURCE, userSyncInbound={"isSyncAllowed": True})
    sim.set_partner(TARGET, SOURCE, automaticUserConsentSettings={"inboundAllowed": False, "outboundAllowed": None})
    assert error(validate(pair), 400, code).startswith("The target tenant has not enabled inbound synchronization")
    sim.update_settings(
        validate_failure_code="AzureDirectoryB2BManagementPolicyCheckFailure", validate_failure_status=403
    )
    error(validate(pair), 403, "AzureDirectoryB2BManagementPolicyCheckFailure")


def test_validate_credentials_refusals(pair: Pair) -> None:
    error(validate(pair, credentials={"CompanyId": ""}), 400, "CredentialsMissing")
    error(validate(pair, credentials={"CompanyId": "fabrikam.example"}), 400, "InvalidCredentials")
    error(validate(pair, credentials={"AuthenticationType": "Other"}), 400, "InvalidCredentials")
    error(
        validate(pair, credentials={"CompanyId": "99999999-aaaa-4bbb-8ccc-000000000009"}), 400, "ExternalTenantNotFound"
    )
    error(validate(pair, templateId="Other"), 400, "RequestParameterInvalid")
    error(validate(pair, template="Azure2Azure"), 400, "Request_BadRequest")
    error(validate(pair, credentials={"companyId": TARGET}), 400, "Request_BadRequest")


def test_default_schema(pair: Pair) -> None:
    schema = pair.schema()
    assert schema["id"] == pair.job_id
    assert "directories" not in schema
    rule = schema["synchronizationRules"][0]
    assert (rule["name"], rule["priority"], rule["editable"]) == ("USER_INBOUND_USER", 1, True)
    users, groups = rule["objectMappings"]
    assert (users["sourceObjectName"], users["enabled"], users["flowTypes"]) == ("User", True, "Add,Update,Delete")
    assert (groups["sourceObjectName"], groups["enabled"]) == ("Group", False)
    mappings = {entry["targetAttributeName"]: entry for entry in users["attributeMappings"]}
    assert mappings["alternativeSecurityIds"]["source"]["expression"] == "AltSecIdFromNetId([netId])"
    assert mappings["alternativeSecurityIds"]["matchingPriority"] == 1
    assert mappings["userType"]["flowType"] == "ObjectAddOnly"
    assert mappings["showInAddressList"]["source"]["type"] == "Constant"
    assert list(mappings) == sorted(mappings)
    clause = users["scope"]["inputFilterGroups"][0]["clauses"][0]
    assert (clause["sourceOperandName"], clause["operatorName"]) == ("alternativeSecurityIds", "EQUALS")
    directories = pair.source.get(f"{pair.job}/schema?$expand=directories")["directories"]
    assert [entry["name"] for entry in directories] == [rule["sourceDirectoryName"], rule["targetDirectoryName"]]


def test_schema_switches(sim: Simulator) -> None:
    sim.update_settings(product_name="Azure Active Directory", default_filter_location="groups", rule_id="fixed")
    rule = Pair(sim).schema()["synchronizationRules"][0]
    assert rule["targetDirectoryName"] == "Azure Active Directory (target tenant)"
    assert rule["id"] == "df8df8d1-9e6e-40d3-b8df-09bbb402db7e"
    assert rule["objectMappings"][0]["scope"]["groups"]


def put(pair: Pair, schema: dict[str, Any]) -> Any:
    return pair.source("PUT", f"{pair.job}/schema", schema)


def users_of(schema: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = schema["synchronizationRules"][0]["objectMappings"][0]
    return found


def test_schema_put_bumps_the_version(pair: Pair) -> None:
    schema = pair.schema()
    users_of(schema)["attributeMappings"].reverse()
    assert put(pair, schema).status_code == 204
    after = pair.schema()
    assert after["version"].startswith("Date:")
    names = [entry["targetAttributeName"] for entry in users_of(after)["attributeMappings"]]
    assert names == sorted(names)
    first = after["version"]
    put(pair, after)
    assert pair.schema()["version"] != first
    assert pair.source("DELETE", f"{pair.job}/schema").status_code == 204
    assert users_of(pair.schema()) == users_of(schema) | {"attributeMappings": users_of(after)["attributeMappings"]}


def broken_schemas() -> list[Any]:
    def mapping(schema: dict[str, Any], name: str) -> dict[str, Any]:
        return next(e for e in users_of(schema)["attributeMappings"] if e["targetAttributeName"] == name)

    def scope(operand: str, operator: str, values: list[str]) -> Any:
        def change(schema: dict[str, Any]) -> None:
            clause = {"sourceOperandName": operand, "operatorName": operator, "targetOperand": {"values": values}}
            users_of(schema)["scope"]["groups"] = [{"name": "g", "clauses": [clause]}]

        return change

    return [
        lambda s: mapping(s, "mail").update(matchingPriority=2),
        lambda s: mapping(s, "alternativeSecurityIds").update(matchingPriority=0),
        lambda s: users_of(s).update(enabled=False),
        lambda s: mapping(s, "mail").update(targetAttributeName="eMail"),
        lambda s: mapping(s, "mail")["source"].update(name="eMail"),
        lambda s: mapping(s, "mail").update(
            source={"type": "Function", "name": "Nope", "expression": "Nope()", "parameters": []}
        ),
        lambda s: mapping(s, "mail").update(
            source={"type": "Function", "name": "ToLower", "expression": "ToLower([mail])"}
        ),
        lambda s: s["synchronizationRules"][0].update(id="other"),
        lambda s: s["synchronizationRules"][0].update(targetDirectoryName="other"),
        lambda s: s.update(synchronizationRules=[]),
        lambda s: s["synchronizationRules"][0]["objectMappings"].pop(),
        scope("department", "LIKE", ["x"]),
        scope("department", "EQUALS", []),
        scope("department", "IS NULL", ["x"]),
        scope("userType", "EQUALS", ["Member"]),
        scope("nonsense", "EQUALS", ["x"]),
        scope("department", "REGEX MATCH", ["("]),
    ]


@pytest.mark.parametrize("number", range(len(broken_schemas())))
def test_schema_invalid(pair: Pair, number: int) -> None:
    schema = pair.schema()
    before = pair.schema()
    broken_schemas()[number](schema)
    assert inner(put(pair, schema))["code"] == "schemaInvalid"
    assert pair.schema() == before


def test_schema_type_errors(pair: Pair) -> None:
    for change in ({"flowTypes": "Add,Remove"}, {"flowTypes": ["Add"]}, {"enabled": "true"}, {"nonsense": 1}):
        schema = pair.schema()
        users_of(schema).update(change)
        error(put(pair, schema), 400, "Request_BadRequest")


def test_schema_functions(pair: Pair) -> None:
    operators = {entry["id"]: entry for entry in pair.source.get(f"{pair.job}/schema/filterOperators()")["value"]}
    assert operators["EQUALS"]["arity"] == "Binary"
    assert operators["IS NULL"]["arity"] == "Unary"
    functions = {entry["name"] for entry in pair.source.get(f"{pair.job}/schema/functions")["value"]}
    assert {"Join", "Switch", "IIF", "AltSecIdFromNetId"} <= functions
    directories = pair.source.get(f"{pair.job}/schema/directories")["value"]
    one = f"{pair.job}/schema/directories/{directories[0]['id']}"
    assert pair.source.get(one)["discoveryDateTime"] is None
    error(pair.source("POST", f"{one}/discover"), 401, "UnknownError")
    admin = Graph(pair.sim, SOURCE, roles=["Directory.ReadWrite.All"])
    assert admin("POST", f"{one}/discover").json()["discoveryDateTime"]


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ('Join(" ", [givenName], [surname])', ["Ada Byron"]),
        ('IIF([country]="DE", "yes", "no")', ["yes"]),
        ('IIF([country]<>"DE", "yes", "no")', ["no"]),
        ('Switch([country], "other", "FR", "France", "DE", "Germany")', ["Germany"]),
        ('Replace([mail], "@", , , "-", , )', ["ada-x.example"]),
        ('ToUpper(Left([surname], 2))', ["BY"]),
        ('Coalesce([missing], [givenName])', ["Ada"]),
        ('NormalizeDiacritics("Müller")', ["Muller"]),
        ('Append([givenName], "!")', ["Ada!"]),
        ('Mid([surname], 2, 3)', ["yro"]),
        ('Word([mail], 2, "@")', ["x.example"]),
        ('Not(IsNullOrEmpty([mail]))', ["True"]),
        ('"constant"', ["constant"]),
        ("[missing]", []),
    ],
)  # fmt: skip
def test_parse_expression(pair: Pair, expression: str, result: list[str]) -> None:
    values = {"givenName": "Ada", "surname": "Byron", "country": "DE", "mail": "ada@x.example"}
    test = {"definition": None, "properties": [{"key": key, "value": value} for key, value in values.items()]}
    body = {"expression": expression, "testInputObject": test, "targetAttributeDefinition": None}
    reply = pair.source("POST", f"{pair.job}/schema/parseExpression", body).json()
    assert reply["parsingSucceeded"] is True
    assert reply["evaluationSucceeded"] is True
    assert reply["evaluationResult"] == result


@pytest.mark.parametrize("expression", ["", "Nope([a])", "Join(", "[a", '"x', "Left([a])", "[a] [b]", "a"])
def test_parse_errors(pair: Pair, expression: str) -> None:
    reply = pair.source("POST", f"{pair.job}/schema/parseExpression", {"expression": expression}).json()
    assert reply["parsingSucceeded"] is False
    assert reply["error"]["code"] == "ParsingFailed"
    assert reply["parsedExpression"] is None


def test_wrapped_errors_on_demand(sim: Simulator, pair: Pair) -> None:
    sim.update_settings(sync_errors_wrapped=True)
    assert inner(pair.source("GET", f"{pair.base}/jobs/nope"), 404)["code"] == "JobNotFound"
    sim.delete_partner(SOURCE, TARGET)
    assert inner(validate(pair))["code"].endswith("PolicyCheckFailure")


def test_acquire_access_token_is_for_oauth(pair: Pair) -> None:
    error(pair.source("POST", f"{pair.base}/acquireAccessToken", {"credentials": []}), 400, "NotSupported")


def test_other_applications_have_no_template(sim: Simulator, source: Graph) -> None:
    principal = source.get("/servicePrincipals(appId='11111111-0000-4000-8000-0000000000b1')")["id"]
    assert source.get(f"/servicePrincipals/{principal}/synchronization/templates")["value"] == []
    answer = source("POST", f"/servicePrincipals/{principal}/synchronization/jobs", {"templateId": "Azure2Azure"})
    error(answer, 400, "RequestParameterInvalid")
