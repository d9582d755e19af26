# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Protocol rules: headers, errors, content types, paging, advanced queries, batching (graph-api.md section 3)."""

from __future__ import annotations

import http.client
import json
import uuid
from typing import Any

import pytest
import requests

from simulator import Simulator
from unit.simulator.simulator_helpers import NOTHING, PARTNERS, SOURCE, TARGET, Graph, Pair, error


def test_headers(source: Graph) -> None:
    mine = str(uuid.uuid4())
    answer = source("GET", "/organization", headers={"client-request-id": mine})
    assert answer.headers["client-request-id"] == mine
    assert str(uuid.UUID(answer.headers["request-id"])) == answer.headers["request-id"]
    assert answer.headers["OData-Version"] == "4.0"
    assert json.loads(answer.headers["x-ms-ags-diagnostic"])
    assert answer.headers["x-ms-resource-unit"] == "1"
    assert "Date" in answer.headers
    assert answer.headers["Content-Type"].startswith("application/json;odata.metadata=minimal")


def test_error_body(source: Graph) -> None:
    mine = str(uuid.uuid4())
    body = source("GET", f"/users/{uuid.uuid4()}", headers={"client-request-id": mine}).json()["error"]
    assert body["code"] == "Request_ResourceNotFound"
    assert body["innerError"]["client-request-id"] == mine
    assert len(body["innerError"]["date"]) == 19


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/nope", 400, "BadRequest"),
        ("/users/adele@contoso.example/nope", 400, "BadRequest"),
        ("/Policies/crossTenantAccessPolicy", 400, "BadRequest"),
        ("/policies", 405, "Request_BadRequest"),
    ],
)
def test_unknown_paths(source: Graph, path: str, status: int, code: str) -> None:
    message = error(source("GET", path), status, code)
    if status == 400:
        assert message.startswith("Resource not found for the segment '")


def test_unknown_version(source: Graph) -> None:
    answer = requests.get(
        f"{source.sim.graph_url}/v2.0/users", headers={"Authorization": f"Bearer {source.token}"}, timeout=10
    )
    assert answer.status_code == 404


def test_wrong_verb(source: Graph) -> None:
    error(source("PUT", PARTNERS, {}), 405, "Request_BadRequest")
    error(source("DELETE", "/policies/crossTenantAccessPolicy"), 405, "Request_BadRequest")


def test_beta_only_calls_on_v1(source: Graph) -> None:
    error(source("GET", "/policies/deletedItems/crossTenantPartners"), 405, "Request_BadRequest")
    assert source("GET", "/policies/deletedItems/crossTenantPartners", api="beta").status_code == 200


def raw(source: Graph, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, str]:
    host = source.sim.graph_url.partition("://")[2]
    connection = http.client.HTTPConnection(host, timeout=10)
    connection.putrequest(method, f"/v1.0{path}", skip_accept_encoding=True)
    for name, value in {"Authorization": f"Bearer {source.token}", **headers}.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, json.loads(text).get("error", {}).get("code", "") if text else ""


def test_content_rules(source: Graph) -> None:
    body = json.dumps({"tenantId": TARGET}).encode()
    size = {"Content-Length": str(len(body))}
    assert raw(source, "POST", PARTNERS, body, size) == (400, "BadRequest")
    assert raw(source, "POST", PARTNERS, body, {**size, "Content-Type": "text/plain"}) == (415, "UnsupportedMediaType")
    kind = {"Content-Type": "application/json"}
    assert raw(source, "POST", PARTNERS, b"{", {**kind, "Content-Length": "1"}) == (400, "BadRequest")
    twice = b'{"tenantId": "x", "tenantId": "y"}'
    assert raw(source, "POST", PARTNERS, twice, {**kind, "Content-Length": str(len(twice))}) == (400, "BadRequest")
    assert raw(source, "POST", PARTNERS, None, {**kind, "Content-Length": "0"}) == (400, "Request_BadRequest")
    reset = "/policies/crossTenantAccessPolicy/default/resetToSystemDefault"
    assert raw(source, "POST", reset, None, {}) == (411, "LengthRequired")
    assert raw(source, "POST", reset, None, {"Content-Length": "0"}) == (204, "")
    full = {**kind, **size}
    assert raw(source, "POST", PARTNERS, body, {**full, "Accept": "application/xml"}) == (406, "NotAcceptable")
    extended = "application/json; charset=utf-8; IEEE754Compatible=false"
    assert raw(source, "GET", PARTNERS, None, {**kind, "Accept": extended}) == (200, "")


def test_stray_body_is_refused(source: Graph, pair: Pair) -> None:
    error(source("POST", f"{pair.job}/start", {}), 400, "Request_BadRequest")
    error(source("GET", "/organization", {"a": 1}), 400, "Request_BadRequest")


def test_query_options(source: Graph) -> None:
    error(source("GET", "/users?$skip=3"), 400, "BadRequest")
    error(source("GET", "/users?$top=1000"), 400, "Request_BadRequest")
    error(source("GET", "/users?$top=0"), 400, "Request_BadRequest")
    error(source("GET", "/users?$select=nonsense"), 400, "BadRequest")
    error(source("GET", "/users?$top=1&$top=2"), 400, "BadRequest")
    error(source("GET", f"{PARTNERS}?$expand=nonsense"), 400, "BadRequest")
    assert source("GET", "/organization?custom=1").status_code == 200


def test_paging(sim: Simulator, source: Graph) -> None:
    sim.add_users(SOURCE, 250, "bulk")
    body = source.get("/users?$select=userPrincipalName")
    assert len(body["value"]) == 100
    seen = [user["userPrincipalName"] for user in body["value"]]
    while "@odata.nextLink" in body:
        link = body["@odata.nextLink"]
        assert link.startswith(f"{sim.graph_url}/v1.0/users?")
        assert "$skiptoken=" in link
        body = source.get(link)
        seen += [user["userPrincipalName"] for user in body["value"]]
    assert len(seen) == len(set(seen)) == 262
    assert len(source.get("/users?$top=999")["value"]) == 262
    error(source("GET", "/users?$skiptoken=stale"), 400, "Directory_ExpiredPageToken")


def test_empty_first_page(sim: Simulator, source: Graph) -> None:
    sim.update_settings(empty_first_page=True)
    body = source.get("/users?$top=999")
    assert body["value"] == []
    assert len(source.get(body["@odata.nextLink"])["value"]) == 12


def test_page_size_setting(sim: Simulator, pair: Pair) -> None:
    sim.update_settings(page_size={"appRoleAssignments": 2})
    pair.assign("adele@contoso.example", "alex@contoso.example", "Sales")
    body = pair.source.get(f"/servicePrincipals/{pair.id}/appRoleAssignedTo")
    assert len(body["value"]) == 2
    assert len(pair.source.get(body["@odata.nextLink"])["value"]) == 1


EVENTUAL = {"ConsistencyLevel": "eventual"}


def test_advanced_queries(source: Graph) -> None:
    filters = {
        "userType ne 'Guest'": 11,
        "not(userType eq 'Guest')": 11,
        "endswith(mail,'@contoso.example')": 10,
    }
    for text, number in filters.items():
        path = f"/users?$filter={text}"
        error(source("GET", path), 400, "Request_UnsupportedQuery")
        error(source("GET", path, headers=EVENTUAL), 400, "Request_UnsupportedQuery")
        body = source.get(f"{path}&$count=true", headers=EVENTUAL)
        assert (len(body["value"]), body["@odata.count"]) == (number, number), text
    error(source("GET", "/users?$count=true"), 400, "Request_UnsupportedQuery")
    error(source("GET", "/users?$filter=userType eq 'Member'&$orderby=displayName"), 400, "Request_UnsupportedQuery")
    error(source("GET", "/users/$count"), 400, "Request_UnsupportedQuery")
    assert source("GET", "/users/$count", headers=EVENTUAL).text == "12"


def test_filters(source: Graph) -> None:
    def names(text: str) -> int:
        return len(source.get(f"/users?$filter={text}")["value"])

    assert names("department eq 'Engineering'") == 4
    assert names("department eq 'engineering' and country eq 'Austria'") == 1
    assert names("startswith(displayName,'A') or displayName eq 'Lee Gu'") == 3
    assert names("displayName in ('Lee Gu','Adele Vance')") == 2
    assert names("accountEnabled eq false") == 1
    many = ",".join(f"'{number}'" for number in range(16))
    error(source("GET", f"/users?$filter=displayName in ({many})"), 400, "Request_BadRequest")
    error(source("GET", "/users?$filter=displayName eq"), 400, "BadRequest")
    error(source("GET", "/users?$filter=displayName eq 'a' xor"), 400, "BadRequest")
    error(source("GET", "/users?$filter=contains(displayName,'a')"), 400, "Request_UnsupportedQuery")
    error(source("GET", "/users?$filter=aboutMe eq 'a'"), 400, "Request_UnsupportedQuery")
    assert source.get("/users?$filter=displayName eq 'O''Neill'")["value"] == []
    error(source("GET", "/users?$filter=accountEnabled eq 'false'"), 400, "BadRequest")
    error(source("GET", f"/servicePrincipals?$filter=applicationTemplateId eq {SOURCE}"), 400, "BadRequest")
    error(source("GET", f"/auditLogs/provisioning?$filter=jobId eq {SOURCE}"), 400, "BadRequest")


def item(key: str, method: str = "GET", url: str = "/organization", **more: Any) -> dict[str, Any]:
    return {"id": key, "method": method, "url": url, **more}


def batch(graph: Graph, *items: dict[str, Any]) -> dict[str, dict[str, Any]]:
    answer = graph("POST", "/$batch", {"requests": list(items)})
    assert answer.status_code == 200, answer.text
    return {entry["id"]: entry for entry in answer.json()["responses"]}


def test_batch(source: Graph) -> None:
    kind = {"Content-Type": "application/json"}
    answers = batch(
        source,
        item("1"),
        item("2", url=f"{PARTNERS}/{TARGET}"),
        item("3", "POST", PARTNERS, headers=kind, body={"tenantId": TARGET}),
        item("4", url=f"{PARTNERS}/{TARGET}", dependsOn=["3"]),
        item("5", url="/organization", dependsOn=["2"]),
        item("6", "PATCH", f"{PARTNERS}/{TARGET}", headers=kind, body={"isServiceProvider": None}, dependsOn=["3"]),
    )
    assert {key: entry["status"] for key, entry in answers.items()} == {
        "1": 200, "2": 404, "3": 201, "4": 200, "5": 424, "6": 204,
    }  # fmt: skip
    assert answers["1"]["body"]["value"][0]["id"] == SOURCE
    assert "body" not in answers["6"]
    order = [e["id"] for e in source("POST", "/$batch", {"requests": [item("1"), item("2")]}).json()["responses"]]
    assert order == ["2", "1"]


@pytest.mark.parametrize(
    "body",
    [
        {"requests": []},
        {"requests": [item(str(number)) for number in range(21)]},
        {"requests": [item("a"), item("A")]},
        {"requests": [item("1", "POST", PARTNERS, body={"tenantId": TARGET})]},
        {"requests": [item("1", dependsOn=["7"])]},
        {"requests": [item("1", dependsOn=["2"]), item("2", dependsOn=["1"])]},
        {"requests": [item("1", url="https://graph.microsoft.com/v1.0/users")]},
        {"requests": [{**item("1"), "extra": 1}]},
        {"requests": [{**item("1"), "id": 1}]},
        {"requests": [item("1")], "more": 1},
        {},
    ],
)
def test_bad_batches(source: Graph, body: dict[str, Any]) -> None:
    error(source("POST", "/$batch", body), 400, "BadRequest")


def test_batch_items_keep_their_own_errors(source: Graph) -> None:
    answers = batch(source, item("1", url="/v1.0/users"), item("2", "POST", "/$batch"), item("3", url="/users?$top=1"))
    assert (answers["1"]["status"], answers["2"]["status"], answers["3"]["status"]) == (400, 400, 200)
    assert "@odata.nextLink" in answers["3"]["body"]


def test_batch_items_are_logged_and_throttled_one_by_one(sim: Simulator, source: Graph) -> None:
    url = "/auditLogs/provisioning?$top=1"
    answers = batch(source, *[item(str(number), url=url) for number in range(7)])
    statuses = sorted(entry["status"] for entry in answers.values())
    assert statuses == [200] * 5 + [429] * 2
    throttled = [entry for entry in answers.values() if entry["status"] == 429]
    assert all(1 <= int(entry["headers"]["Retry-After"]) <= 10 for entry in throttled)
    parent = sim.requests(path="/v1.0/$batch")[0]
    items = sim.requests(batch=parent["index"])
    assert len(items) == 7
    assert not parent["write"]


def test_permission_refusal_in_batch(sim: Simulator) -> None:
    nobody = Graph(sim, SOURCE, NOTHING[SOURCE])
    assert batch(nobody, item("1"))["1"]["body"]["error"]["code"] == "Authorization_RequestDenied"


def test_write_flag(sim: Simulator, pair: Pair) -> None:
    sim.clear_requests()
    pair.source.get("/organization")
    pair.source("POST", f"{pair.job}/validateCredentials", {"useSavedCredentials": True})
    pair.source("POST", f"{pair.job}/schema/parseExpression", {"expression": "[mail]"})
    pair.source("POST", "/directoryObjects/getByIds", {"ids": [str(uuid.uuid4())]})
    pair.source("GET", f"{pair.job}/schema/filterOperators()")
    pair.source("POST", "/$batch", {"requests": [item("1")]})
    assert sim.requests(write=True) == []
    pair.start()
    assert len(sim.requests(write=True)) == 1
