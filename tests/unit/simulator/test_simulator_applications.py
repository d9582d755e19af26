# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Templates, instantiation, applications, recycle bin, principals, assignments (graph-api.md sections 7, 9, 10)."""

from __future__ import annotations

import base64
import time
import uuid
from typing import Any

import pytest

from simulator import Simulator
from unit.simulator.simulator_helpers import SOURCE, SYNC_TEMPLATE, Graph, Pair, error

INSTANTIATE = f"/applicationTemplates/{SYNC_TEMPLATE}/instantiate"
ZERO = "00000000-0000-0000-0000-000000000000"


def test_application_templates(source: Graph) -> None:
    assert source.get(f"/applicationTemplates/{SYNC_TEMPLATE}")["supportedProvisioningTypes"] == ["sync"]
    found = source.get("/applicationTemplates?$filter=contains(displayName,'Cross-Tenant')")["value"]
    assert [entry["id"] for entry in found] == [SYNC_TEMPLATE]
    error(source("GET", f"/applicationTemplates/{uuid.uuid4()}"), 404, "Request_ResourceNotFound")


def test_instantiate(source: Graph) -> None:
    answer = source("POST", INSTANTIATE, {"displayName": "Fabrikam"})
    assert answer.status_code == 201
    body = answer.json()
    assert body["@odata.context"].endswith("$metadata#microsoft.graph.applicationServicePrincipal")
    application, principal = body["application"], body["servicePrincipal"]
    assert application["appId"] == principal["appId"]
    assert principal["applicationTemplateId"] == SYNC_TEMPLATE
    assert principal["appOwnerOrganizationId"] == SOURCE
    assert principal["appRoleAssignmentRequired"] is True
    assert principal["tags"] == ["WindowsAzureActiveDirectoryIntegratedApp"]
    assert "metadata=aad2aadsync" in principal["homepage"]
    role = principal["appRoles"][0]
    assert (role["displayName"], role["value"], role["allowedMemberTypes"]) == ("msiam_access", None, ["User"])
    again = source("POST", INSTANTIATE, {"displayName": "Fabrikam"}).json()["servicePrincipal"]
    assert again["id"] != principal["id"]
    assert again["appRoles"][0]["id"] != role["id"]


def test_beta_names(source: Graph) -> None:
    principal = source("POST", INSTANTIATE, {"displayName": "x"}, api="beta").json()["servicePrincipal"]
    assert "publishedPermissionScopes" in principal
    assert "oauth2PermissionScopes" not in principal


@pytest.mark.parametrize(
    "body", [{}, {"displayName": ""}, {"displayName": None}, {"displayName": "x", "name": "y"}, {"displayName": 5}]
)
def test_instantiate_refusals(source: Graph, body: dict[str, Any]) -> None:
    error(source("POST", INSTANTIATE, body), 400, "Request_BadRequest")


def test_instantiate_unknown_template(source: Graph) -> None:
    answer = source("POST", f"/applicationTemplates/{uuid.uuid4()}/instantiate", {"displayName": "x"})
    error(answer, 404, "Request_ResourceNotFound")


def test_instantiate_switches(sim: Simulator, source: Graph) -> None:
    sim.update_settings(instantiate_shape="legacy", service_management_reference_required=True)
    error(source("POST", INSTANTIATE, {"displayName": "x"}), 400, "Request_BadRequest")
    body = source("POST", INSTANTIATE, {"displayName": "x", "serviceManagementReference": "42"}).json()
    assert "objectId" in body["servicePrincipal"]
    assert not {"id", "appRoles"} & set(body["servicePrincipal"])


def test_find_configuration(pair: Pair) -> None:
    pair.source("POST", INSTANTIATE, {"displayName": "Other"})

    def found(text: str) -> list[str]:
        path = f"/servicePrincipals?$filter={text}&$select=id,displayName"
        return [entry["displayName"] for entry in pair.source.get(path)["value"]]

    assert found(f"applicationTemplateId eq '{SYNC_TEMPLATE}'") == ["Fabrikam", "Other"]
    assert found(f"applicationTemplateId eq '{SYNC_TEMPLATE}' and displayName eq 'other'") == ["Other"]
    assert found(f"appId eq '{pair.principal['appId']}'") == ["Fabrikam"]
    assert found("tags/any(t:t eq 'WindowsAzureActiveDirectoryIntegratedApp')") == ["Fabrikam", "Other"]
    error(pair.source("GET", "/servicePrincipals?$filter=notes eq 'x'"), 400, "Request_UnsupportedQuery")


def test_alternate_keys(pair: Pair) -> None:
    app_id = pair.principal["appId"]
    assert pair.source.get(f"/servicePrincipals(appId='{app_id}')")["id"] == pair.id
    assert pair.source.get(f"/servicePrincipals('{pair.id}')")["id"] == pair.id
    assert pair.source.get(f"/applications(appId='{app_id}')")["id"] == pair.application["id"]
    assert pair.source.get(f"/servicePrincipals(appId='{app_id}')/appRoleAssignedTo")["value"] == []
    path = f"/servicePrincipals(appId='{app_id}')/synchronization/jobs"
    assert "synchronization" in error(pair.source("GET", path), 400, "BadRequest")
    error(pair.source("GET", f"/servicePrincipals(appId={app_id})"), 400, "BadRequest")
    error(pair.source("GET", "/servicePrincipals(displayName='x')"), 400, "BadRequest")
    error(pair.source("GET", "/servicePrincipals/not-a-guid"), 400, "Request_BadRequest")


def test_update(pair: Pair) -> None:
    path = f"/servicePrincipals/{pair.id}"
    assert pair.source("PATCH", path, {"accountEnabled": False, "notes": "n"}).status_code == 204
    body = pair.source.get(path)
    assert (body["accountEnabled"], body["notes"]) == (False, "n")
    for bad in ({"appId": "x"}, {"accountEnabled": "no"}, {"nonsense": 1}, {"displayName": ""}, {"tags": None}):
        error(pair.source("PATCH", path, bad), 400, "Request_BadRequest")
    application = f"/applications/{pair.application['id']}"
    assert pair.source("PATCH", application, {"displayName": "New name"}).status_code == 204
    assert pair.source.get(path)["displayName"] == "New name"


def test_delete_and_restore(sim: Simulator, pair: Pair) -> None:
    application = pair.application["id"]
    assert pair.source("DELETE", f"/applications/{application}").status_code == 204
    for path in (f"/applications/{application}", f"/servicePrincipals/{pair.id}", pair.job):
        error(pair.source("GET", path), 404, "Request_ResourceNotFound")
    error(pair.source("DELETE", f"/applications/{application}"), 404, "Request_ResourceNotFound")
    bin_ = "/directory/deletedItems"
    assert pair.source.get(f"{bin_}/microsoft.graph.application")["value"][0]["id"] == application
    assert pair.source.get(f"{bin_}/microsoft.graph.servicePrincipal")["value"][0]["id"] == pair.id
    assert pair.source("POST", f"{bin_}/{application}/restore").json()["id"] == application
    error(pair.source("GET", f"/servicePrincipals/{pair.id}"), 404, "Request_ResourceNotFound")
    assert pair.source("POST", f"{bin_}/{pair.id}/restore").status_code == 200
    assert pair.source.get(f"{pair.base}/jobs")["value"] == []
    pair.source("DELETE", f"/servicePrincipals/{pair.id}")
    assert pair.source.get(f"/applications/{application}")["id"] == application
    assert pair.source("DELETE", f"{bin_}/{pair.id}").status_code == 204
    error(pair.source("DELETE", f"{bin_}/{pair.id}"), 404, "Request_ResourceNotFound")
    pair.source("DELETE", f"/applications/{application}")
    sim.advance(31 * 86400)
    renewed = Graph(sim, SOURCE)
    assert renewed.get(f"{bin_}/microsoft.graph.application")["value"] == []


def test_users(source: Graph) -> None:
    body = source.get("/users/adele@contoso.example")
    assert "userType" not in body
    assert source.get(f"/users/{body['id']}?$select=userType,accountEnabled") | {"@odata.context": ""} == {
        "@odata.context": "", "userType": "Member", "accountEnabled": True,
    }  # fmt: skip
    guest = "partner_northwind.example%23EXT%23@contoso.onmicrosoft.example"
    assert source.get(f"/users/{guest}?$select=userType")["userType"] == "Guest"
    assert source.get(f"/users('{guest}')")["displayName"] == "Patti Fernandez"
    assert source.get(f"/users/{body['id']}/manager")["displayName"] == "Miriam Graham"
    error(source("GET", "/users/nobody@contoso.example"), 404, "Request_ResourceNotFound")


def test_user_writes(sim: Simulator) -> None:
    admin = Graph(sim, SOURCE, roles=["User.ReadWrite.All"])
    body = {
        "accountEnabled": True, "displayName": "New", "mailNickname": "new", "userPrincipalName": "new@contoso.example",
        "passwordProfile": {"password": "not-a-real-password"},
    }  # fmt: skip
    assert admin("POST", "/users", body).status_code == 201
    error(admin("POST", "/users", body), 400, "Request_BadRequest")
    error(admin("POST", "/users", {**body, "userPrincipalName": "new@else.example"}), 400, "Request_BadRequest")
    assert admin("PATCH", "/users/new@contoso.example", {"department": "D"}).status_code == 204
    error(admin("PATCH", "/users/new@contoso.example", {"departement": "D"}), 400, "Request_BadRequest")
    assert admin("DELETE", "/users/new@contoso.example").status_code == 204
    assert admin("GET", "/users/new@contoso.example").status_code == 404


def test_groups(sim: Simulator, source: Graph) -> None:
    group = source.get("/groups?$filter=displayName eq 'All Staff'")["value"][0]
    path = f"/groups/{group['id']}"
    members = source.get(f"{path}/members?$select=id,displayName")["value"]
    assert [entry["@odata.type"] for entry in members] == ["#microsoft.graph.user"] * 3 + ["#microsoft.graph.group"]
    assert len(source.get(f"{path}/transitiveMembers")["value"]) == 8
    error(source("GET", "/groups/All Staff"), 400, "Request_BadRequest")
    admin = Graph(sim, SOURCE, roles=["GroupMember.ReadWrite.All", "User.Read.All"])
    user = source.get("/users/lee@contoso.example")["id"]
    reference = {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{user}"}
    assert admin("POST", f"{path}/members/$ref", reference).status_code == 204
    error(admin("POST", f"{path}/members/$ref", reference), 400, "Request_BadRequest")
    error(admin("POST", f"{path}/members/$ref", {"@odata.id": user}), 400, "Request_BadRequest")
    assert admin("DELETE", f"{path}/members/{user}/$ref").status_code == 204
    assert admin("DELETE", f"{path}/members/{user}/$ref").status_code == 404


def test_get_by_ids(sim: Simulator, source: Graph) -> None:
    users = source.get("/users")["value"]
    groups = source.get("/groups")["value"]
    ids = [entry["id"] for entry in users + groups]
    error(source("POST", "/directoryObjects/getByIds", {"ids": ids}), 403, "Authorization_RequestDenied")
    reader = Graph(sim, SOURCE, roles=["Directory.Read.All"])
    assert len(reader("POST", "/directoryObjects/getByIds", {"ids": [*ids, ZERO]}).json()["value"]) == len(ids)
    body = {"ids": ids, "types": ["group"]}
    assert len(reader("POST", "/directoryObjects/getByIds", body).json()["value"]) == len(groups)
    bodies: tuple[dict[str, Any], ...] = ({"ids": []}, {"ids": ["x"]}, {"ids": [ZERO] * 1001}, {"objects": ids})
    for bad in (*bodies, {"ids": ids, "types": ["cat"]}):
        error(reader("POST", "/directoryObjects/getByIds", bad), 400, "Request_BadRequest")
    sim.update_settings(get_by_ids_with_type_permissions=True)
    assert source("POST", "/directoryObjects/getByIds", {"ids": ids}).status_code == 200


def assign(pair: Pair, principal: str, role: str | None = None, resource: str | None = None) -> Any:
    body = {"principalId": principal, "resourceId": resource or pair.id, "appRoleId": role or pair.role}
    return pair.source("POST", f"/servicePrincipals/{pair.id}/appRoleAssignedTo", body)


def test_assignments(sim: Simulator, pair: Pair) -> None:
    user = pair.source.get("/users/adele@contoso.example")["id"]
    group = pair.source.get("/groups?$filter=displayName eq 'Sales'")["value"][0]["id"]
    answer = assign(pair, user)
    assert answer.status_code == 201
    body = answer.json()
    assert body["@odata.context"].endswith("/appRoleAssignedTo/$entity")
    assert len(body["id"]) == 43
    raw = base64.urlsafe_b64decode(body["id"] + "=")
    assert uuid.UUID(bytes_le=raw[:16]) == uuid.UUID(user)
    assert (body["principalType"], body["principalDisplayName"]) == ("User", "Adele Vance")
    assert assign(pair, group).json()["principalType"] == "Group"
    listed = pair.source.get(f"/servicePrincipals/{pair.id}/appRoleAssignedTo")["value"]
    assert len(listed) == 2
    assert pair.source.get(f"/servicePrincipals/{pair.id}/appRoleAssignedTo/{body['id']}")["principalId"] == user
    beta = pair.source.get(f"/servicePrincipals/{pair.id}/appRoleAssignedTo/{body['id']}", api="beta")
    assert "creationTimestamp" in beta
    assert "createdDateTime" not in beta
    path = f"/users/{user}/appRoleAssignments"
    reader = Graph(sim, SOURCE, roles=["Directory.Read.All"])
    assert len(reader.get(f"{path}?$filter=resourceId eq {pair.id}")["value"]) == 1
    assert pair.source("DELETE", f"/servicePrincipals/{pair.id}/appRoleAssignedTo/{body['id']}").status_code == 204
    again = pair.source("DELETE", f"/servicePrincipals/{pair.id}/appRoleAssignedTo/{body['id']}")
    error(again, 404, "Request_ResourceNotFound")
    created = pair.source("POST", path, {"principalId": user, "resourceId": pair.id, "appRoleId": pair.role})
    assert created.status_code == 201
    assert pair.source("DELETE", f"{path}/{created.json()['id']}").status_code == 204


def test_duplicate_assignment_variants(sim: Simulator, pair: Pair) -> None:
    user = pair.source.get("/users/adele@contoso.example")["id"]
    assign(pair, user)
    answer = assign(pair, user)
    assert error(answer, 400, "Request_BadRequest") == "Permission being assigned already exists on the object"
    assert answer.json()["error"]["details"][0]["code"] == "InvalidUpdate"
    sim.update_settings(duplicate_assignment="entitlement")
    text = "EntitlementGrant entry already exists."
    assert error(assign(pair, user), 400, "Request_MultipleObjectsWithSameKeyValue") == text
    sim.update_settings(duplicate_assignment="entitlement_409")
    error(assign(pair, user), 409, "Request_MultipleObjectsWithSameKeyValue")


def test_assignment_refusals(pair: Pair) -> None:
    user = pair.source.get("/users/adele@contoso.example")["id"]
    assert "was not found on application" in error(assign(pair, user, ZERO), 400, "Request_BadRequest")
    assert "was not found on application" in error(assign(pair, user, str(uuid.uuid4())), 400, "Request_BadRequest")
    assert (
        error(assign(pair, user, resource=str(uuid.uuid4())), 400, "Request_BadRequest")
        == "Not a valid reference update."
    )
    error(assign(pair, str(uuid.uuid4())), 404, "Request_ResourceNotFound")
    error(assign(pair, "x"), 400, "Request_BadRequest")
    path = f"/servicePrincipals/{pair.id}/appRoleAssignedTo"
    full = {"principalId": user, "resourceId": pair.id, "appRoleId": pair.role}
    error(pair.source("POST", path, {**full, "principalType": "User"}), 400, "Request_BadRequest")
    error(pair.source("POST", path, {"principalId": user}), 400, "Request_BadRequest")
    error(pair.source("GET", f"{path}?$filter=principalId eq {user}"), 400, "Request_UnsupportedQuery")
    error(pair.source("GET", f"{path}?$filter=resourceId eq '{pair.id}'"), 400, "BadRequest")
    pair.sim.update_settings(assigned_to_filter_principal_id=True)
    assert pair.source.get(f"{path}?$filter=principalId eq {user}")["value"] == []
    typed = {**full, "@odata.type": "#microsoft.graph.appRoleAssignment"}
    assert pair.source("POST", path, typed).status_code == 201


def test_own_grants_are_visible(source: Graph) -> None:
    me = source.get("/servicePrincipals(appId='11111111-0000-4000-8000-0000000000a1')")
    grants = source.get(f"/servicePrincipals/{me['id']}/appRoleAssignments")["value"]
    graph = source.get("/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')")
    names = {role["id"]: role["value"] for role in graph["appRoles"]}
    assert "Synchronization.ReadWrite.All" in {names.get(grant["appRoleId"]) for grant in grants}


def test_ten_thousand_assignments(sim: Simulator, pair: Pair) -> None:
    ids = sim.add_users(SOURCE, 10_000, "bulk")
    path = f"/servicePrincipals/{pair.id}/appRoleAssignedTo"
    began = time.monotonic()
    for start in range(0, 2000, 20):
        requests = [
            {
                "id": str(number), "method": "POST", "url": path, "headers": {"Content-Type": "application/json"},
                "body": {"principalId": ids[start + number], "resourceId": pair.id, "appRoleId": pair.role},
            }
            for number in range(20)
        ]  # fmt: skip
        answers = pair.source("POST", "/$batch", {"requests": requests}).json()["responses"]
        assert {entry["status"] for entry in answers} == {201}
    for key in ids[2000:]:
        sim.assign(SOURCE, pair.id, key)
    number, body = 0, pair.source.get(f"{path}?$top=999")
    while True:
        number += len(body["value"])
        if "@odata.nextLink" not in body:
            break
        body = pair.source.get(body["@odata.nextLink"])
    assert number == 10_000
    assert time.monotonic() - began < 10
