# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults, throttling, eventual consistency (graph-api.md sections 3.7 and 13)."""

from __future__ import annotations

import json
import time
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from simulator import Simulator
from simulator.faults import FaultError
from simulator.settings import SettingsError
from unit.simulator.simulator_helpers import PARTNERS, SOURCE, SYNC_TEMPLATE, TARGET, Graph, Pair, error

INSTANTIATE = f"/applicationTemplates/{SYNC_TEMPLATE}/instantiate"
ONE = f"{PARTNERS}/{TARGET}"


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ("graph", "ServiceUnavailable"),
        ("direct", "ServiceUnavailable"),
        ("wrapped", "UnknownError"),
        ("empty", "UnknownError"),
    ],
)
def test_status_faults(sim: Simulator, source: Graph, shape: str, expected: str) -> None:
    sim.add_fault(method="GET", path="/organization$", effect="status", status=503, shape=shape, retry_after=7)
    answer = source("GET", "/organization")
    message = error(answer, 503, expected)
    assert answer.headers["Retry-After"] == "7"
    assert "request-id" in answer.headers
    if shape == "wrapped":
        assert json.loads(message)["error"]["code"] == "ServiceUnavailable"
    if shape == "empty":
        assert message == ""
    assert source("GET", "/organization").status_code == 200


def test_retry_after_forms(sim: Simulator, source: Graph) -> None:
    sim.add_fault(path="/organization", effect="status", status=429, retry_after={"date": 30})
    answer = source("GET", "/organization")
    wait = parsedate_to_datetime(answer.headers["Retry-After"]).timestamp() - time.time()
    assert 27 < wait < 31
    sim.add_fault(path="/organization", effect="status", status=429)
    assert "Retry-After" not in source("GET", "/organization").headers


def test_matching(sim: Simulator, source: Graph, target: Graph) -> None:
    fault = sim.add_fault(
        method="GET", path="/organization", tenant=SOURCE, nth=2, count=2, effect="status", status=504
    )
    assert target("GET", "/organization").status_code == 200
    assert [source("GET", "/organization").status_code for dummy in range(5)] == [200, 504, 504, 200, 200]
    assert sim.faults()[0]["fired"] == 2
    sim.clear_faults(fault)
    assert sim.faults() == []
    sim.add_fault(path="/organization", count=None, effect="status", status=500)
    assert [source("GET", "/organization").status_code for dummy in range(3)] == [500] * 3
    sim.clear_faults()
    assert source("GET", "/organization").status_code == 200


def test_bad_rules_are_refused(sim: Simulator) -> None:
    for rule in ({"effect": "explode"}, {"effect": "status", "stauts": 500}, {"effect": "status", "shape": "round"}):
        with pytest.raises(FaultError):
            sim.add_fault(rule)


def test_malformed(sim: Simulator, source: Graph) -> None:
    sim.add_fault(path="/organization", effect="malformed")
    answer = source("GET", "/organization")
    assert answer.status_code == 200
    with pytest.raises(ValueError):
        answer.json()


def test_drop_before_and_after(sim: Simulator, source: Graph) -> None:
    sim.add_fault(method="POST", path="/partners$", effect="drop_before")
    with pytest.raises(requests.ConnectionError):
        source("POST", PARTNERS, {"tenantId": TARGET})
    assert source("GET", ONE).status_code == 404
    sim.add_fault(method="POST", path="/partners$", effect="drop_after")
    with pytest.raises(requests.ConnectionError):
        source("POST", PARTNERS, {"tenantId": TARGET})
    assert source("GET", ONE).status_code == 200
    dropped = [entry for entry in sim.requests(method="POST") if entry["status"] is None]
    assert len(dropped) == 2


def test_error_after(sim: Simulator, source: Graph) -> None:
    sim.add_fault(method="POST", path="/instantiate$", effect="error_after", status=503)
    assert source("POST", INSTANTIATE, {"displayName": "x"}).status_code == 503
    found = source.get(f"/servicePrincipals?$filter=applicationTemplateId eq '{SYNC_TEMPLATE}'")["value"]
    assert len(found) == 1


def test_delay_and_latency(sim: Simulator, source: Graph) -> None:
    sim.add_fault(path="/organization", effect="delay", delay=0.2)
    began = time.monotonic()
    assert source("GET", "/organization").status_code == 200
    assert time.monotonic() - began > 0.2
    sim.update_settings(latency_ms=100)
    began = time.monotonic()
    source("GET", "/organization")
    assert time.monotonic() - began > 0.1


def test_faults_inside_batches(sim: Simulator, source: Graph) -> None:
    sim.add_fault(path="/organization", batch=True, nth=2, effect="status", status=503, retry_after=1)
    assert source("GET", "/organization").status_code == 200
    requests_ = [{"id": str(number), "method": "GET", "url": "/organization"} for number in range(3)]
    answers = source("POST", "/$batch", {"requests": requests_}).json()["responses"]
    by_id = {entry["id"]: entry for entry in answers}
    assert [by_id[key]["status"] for key in ("0", "1", "2")] == [200, 503, 200]
    assert by_id["1"]["headers"]["Retry-After"] == "1"
    sim.add_fault(path="/organization", batch=True, effect="drop_after")
    with pytest.raises(requests.ConnectionError):
        source("POST", "/$batch", {"requests": requests_})


def test_faults_of_the_token_endpoint(sim: Simulator) -> None:
    sim.add_fault(kind="token", path="/token$", effect="status", status=503, tenant=SOURCE)
    url = f"{sim.login_url}/{SOURCE}/oauth2/v2.0/token"
    assert requests.post(url, data={}, timeout=10).status_code == 503
    assert requests.post(url, data={}, timeout=10).status_code == 400


def test_write_quota(sim: Simulator, source: Graph) -> None:
    sim.update_settings(throttle={"writes": {"enabled": True, "limit": 3, "window": 0.5}})
    statuses = [source("PATCH", ONE, {"isServiceProvider": None}).status_code for dummy in range(5)]
    assert statuses == [404, 404, 404, 429, 429]
    answer = source("PATCH", ONE, {"isServiceProvider": None})
    error(answer, 429, "TooManyRequests")
    assert answer.headers["Retry-After"] == "1"
    assert answer.headers["x-ms-throttle-scope"].startswith("Tenant_Application/Write/")
    assert source("GET", PARTNERS).status_code == 200
    time.sleep(0.6)
    assert source("PATCH", ONE, {"isServiceProvider": None}).status_code == 404


def test_resource_units(sim: Simulator, source: Graph) -> None:
    sim.update_settings(
        throttle={"resource_units": {"enabled": True, "limit": 10, "window": 60}, "retry_after": "date"}
    )
    assert [source("GET", "/users").status_code for dummy in range(4)] == [200] * 4
    answer = source("GET", "/users")
    assert answer.headers["x-ms-throttle-limit-percentage"] == "1.00"
    assert "GMT" in source("GET", "/users").headers["Retry-After"]
    sim.update_settings(throttle={"retry_after": "absent"})
    assert "Retry-After" not in source("GET", "/users").headers


def test_report_and_on_demand_limits_are_on(sim: Simulator, pair: Pair) -> None:
    reports = [pair.source("GET", "/auditLogs/provisioning").status_code for dummy in range(6)]
    assert reports == [200] * 5 + [429]
    demands = [pair.on_demand("adele@contoso.example").status_code for dummy in range(6)]
    assert demands == [200] * 5 + [429]
    sim.update_settings(throttle={"on_demand": {"window": 0.1}})
    time.sleep(0.15)
    assert pair.on_demand("adele@contoso.example").status_code == 200


def test_settings_are_checked(sim: Simulator) -> None:
    changes: tuple[dict[str, Any], ...] = (
        {"latency": 1},
        {"second_job": "x"},
        {"throttle": {"wirtes": {}}},
        {"replication": {"users": {}}},
        {"enforce_permissions": 1},
    )
    for bad in changes:
        with pytest.raises(SettingsError):
            sim.update_settings(bad)


def lag(sim: Simulator, **kinds: dict[str, float]) -> None:
    sim.update_settings(replication=kinds)


def codes(graph: Graph, path: str, number: int) -> list[int]:
    return [graph("GET", path).status_code for dummy in range(number)]


def test_new_application_is_invisible_at_first(sim: Simulator, source: Graph) -> None:
    lag(sim, application={"reads": 2}, servicePrincipal={"reads": 3}, synchronization={"reads": 1})
    body = source("POST", INSTANTIATE, {"displayName": "x"}).json()
    principal = body["servicePrincipal"]["id"]
    assert codes(source, f"/applications/{body['application']['id']}", 3) == [404, 404, 200]
    listed = source.get(f"/servicePrincipals?$filter=applicationTemplateId eq '{SYNC_TEMPLATE}'")["value"]
    assert listed == []
    assert codes(source, f"/servicePrincipals/{principal}", 3) == [404, 404, 200]
    assert codes(source, f"/servicePrincipals/{principal}/synchronization/jobs", 2) == [404, 200]


@pytest.mark.parametrize("status", [403, 404, 409])
def test_synchronization_of_a_new_principal(sim: Simulator, source: Graph, status: int) -> None:
    lag(sim, synchronization={"reads": 2})
    sim.update_settings(replication_sync_error=status)
    principal = source("POST", INSTANTIATE, {"displayName": "x"}).json()["servicePrincipal"]["id"]
    base = f"/servicePrincipals/{principal}/synchronization"
    body = {"value": [{"key": "SyncAll", "value": "true"}]}
    assert [source("PUT", f"{base}/secrets", body).status_code for dummy in range(3)] == [status, status, 204]


def test_lag_in_seconds(sim: Simulator, source: Graph) -> None:
    lag(sim, partner={"seconds": 0.2})
    source("POST", PARTNERS, {"tenantId": TARGET})
    assert codes(source, ONE, 2) == [404, 404]
    time.sleep(0.25)
    assert codes(source, ONE, 1) == [200]


def test_old_values_after_writes(sim: Simulator, pair: Pair) -> None:
    lag(
        sim,
        partner={"reads": 1},
        secrets={"reads": 1},
        job={"reads": 1},
        schema={"reads": 1},
        identitySynchronization={"reads": 1},
    )
    pair.source("PATCH", ONE, {"automaticUserConsentSettings": {"outboundAllowed": False}})
    seen = [pair.source.get(ONE)["automaticUserConsentSettings"]["outboundAllowed"] for dummy in range(2)]
    assert seen == [True, False]
    pair.secrets(SyncAll="true")
    values = [
        {e["key"]: e["value"] for e in pair.source.get(f"{pair.base}/secrets")["value"]}["SyncAll"]
        for dummy in range(2)
    ]
    assert values == ["false", "true"]
    pair.start()
    assert [pair.status()["schedule"]["state"] for dummy in range(2)] == ["Disabled", "Active"]
    pair.source("PUT", f"{pair.job}/schema", pair.schema())
    assert pair.schema()["version"] == "v1.2"
    assert pair.schema()["version"] != "v1.2"
    path = f"{PARTNERS}/{SOURCE}/identitySynchronization"
    pair.target("DELETE", path)
    assert codes(pair.target, path, 2) == [200, 404]


def test_old_names_after_a_rename(sim: Simulator, pair: Pair) -> None:
    lag(sim, application={"reads": 2}, servicePrincipal={"reads": 2})
    path = f"/applications/{pair.application['id']}"
    pair.source("PATCH", path, {"displayName": "New"})
    assert [pair.source.get(path)["displayName"] for dummy in range(3)] == ["Fabrikam", "Fabrikam", "New"]
    path = f"/servicePrincipals/{pair.id}"
    assert [pair.source.get(path)["displayName"] for dummy in range(3)] == ["Fabrikam", "Fabrikam", "New"]


def test_lists_lag(sim: Simulator, pair: Pair) -> None:
    lag(sim, assignment={"reads": 1})
    user = pair.source.get("/users/adele@contoso.example")["id"]
    path = f"/servicePrincipals/{pair.id}/appRoleAssignedTo"
    body = {"principalId": user, "resourceId": pair.id, "appRoleId": pair.role}
    key = pair.source("POST", path, body).json()["id"]
    assert [len(pair.source.get(path)["value"]) for dummy in range(2)] == [0, 1]
    pair.source("DELETE", f"{path}/{key}")
    assert [len(pair.source.get(path)["value"]) for dummy in range(2)] == [1, 0]


def test_job_and_templates_lag(sim: Simulator, source: Graph) -> None:
    lag(sim, job={"reads": 1}, templates={"reads": 2})
    principal = source("POST", INSTANTIATE, {"displayName": "x"}).json()["servicePrincipal"]["id"]
    base = f"/servicePrincipals/{principal}/synchronization"
    assert source.get(f"{base}/templates")["value"] == []
    assert source("POST", f"{base}/jobs", {"templateId": "Azure2Azure"}).status_code == 404
    answer = source("POST", f"{base}/jobs", {"templateId": "Azure2Azure"})
    assert answer.status_code == 201
    assert codes(source, f"{base}/jobs/{answer.json()['id']}", 2) == [404, 200]


def test_policy_changes_propagate_slowly(sim: Simulator, pair: Pair) -> None:
    sim.set_partner(SOURCE, TARGET, automaticUserConsentSettings={"inboundAllowed": None, "outboundAllowed": None})
    lag(sim, policyPropagation={"reads": 2})
    pair.source("PATCH", ONE, {"automaticUserConsentSettings": {"outboundAllowed": True}})
    body = {"useSavedCredentials": True, "templateId": "Azure2Azure"}
    path = f"{pair.base}/jobs/validateCredentials"
    assert [pair.source("POST", path, body).status_code for dummy in range(3)] == [400, 400, 204]


def test_assignment_is_honoured_late_on_demand(sim: Simulator, pair: Pair) -> None:
    lag(sim, assignmentEvaluation={"reads": 1})
    user = pair.source.get("/users/adele@contoso.example")["id"]
    body: dict[str, Any] = {"principalId": user, "resourceId": pair.id, "appRoleId": pair.role}
    pair.source("POST", f"/servicePrincipals/{pair.id}/appRoleAssignedTo", body)
    results = [
        json.loads(pair.on_demand("adele@contoso.example").json()["value"])[0]["statusInfo"]["status"]
        for dummy in range(2)
    ]
    assert results == ["Skipped", "Success"]


def test_reference_update_while_not_replicated(sim: Simulator, source: Graph) -> None:
    lag(sim, servicePrincipal={"reads": 2})
    principal = source("POST", INSTANTIATE, {"displayName": "x"}).json()["servicePrincipal"]
    user = source.get("/users/adele@contoso.example")["id"]
    body = {"principalId": user, "resourceId": principal["id"], "appRoleId": principal["appRoles"][0]["id"]}
    path = f"/users/{user}/appRoleAssignments"
    answers = [source("POST", path, body) for dummy in range(3)]
    assert [answer.status_code for answer in answers] == [400, 400, 201]
    assert answers[0].json()["error"]["message"] == "Not a valid reference update."
