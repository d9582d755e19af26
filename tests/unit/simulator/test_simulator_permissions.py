# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may do what (graph-api.md section 2)."""

from __future__ import annotations

from typing import Any

import pytest

from simulator import Simulator
from simulator.graph import MODULES
from simulator.metadata_model import permission_data
from simulator.permissions import SUPPLEMENT
from unit.simulator.simulator_helpers import AUDIT, NOTHING, PARTNERS, SOURCE, SYNC_TEMPLATE, TARGET, Graph, Pair, error

INSTANTIATE = f"/applicationTemplates/{SYNC_TEMPLATE}/instantiate"


def test_every_operation_has_a_permission() -> None:
    paths = permission_data()["paths"]
    special = {"GET /serviceprincipals/{id}/synchronization/secrets"}
    for module in MODULES:
        for route in module.ROUTES:
            key = route.permission_key
            assert key in SUPPLEMENT or key in paths or key in special, key


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", PARTNERS, None),
        ("POST", PARTNERS, {"tenantId": TARGET}),
        ("GET", "/policies/crossTenantAccessPolicy/default", None),
        ("GET", "/organization", None),
        ("GET", "/users", None),
        ("GET", "/groups", None),
        ("GET", "/servicePrincipals", None),
        ("GET", "/auditLogs/provisioning", None),
        ("POST", INSTANTIATE, {"displayName": "x"}),
        ("GET", f"/tenantRelationships/findTenantInformationByTenantId(tenantId='{TARGET}')", None),
    ],
)
def test_directory_and_policies_answer_403(sim: Simulator, method: str, path: str, body: Any) -> None:
    nobody = Graph(sim, SOURCE, NOTHING[SOURCE])
    message = error(nobody(method, path, body), 403, "Authorization_RequestDenied")
    assert message == "Insufficient privileges to complete the operation."
    sim.update_settings(enforce_permissions=False)
    assert nobody(method, path, body).status_code < 300


def test_synchronization_answers_401(sim: Simulator, pair: Pair) -> None:
    nobody = Graph(sim, SOURCE, NOTHING[SOURCE])
    for method, path in (
        ("GET", f"{pair.base}/jobs"),
        ("POST", f"{pair.job}/start"),
        ("GET", f"{pair.job}/schema"),
        ("GET", f"{pair.base}/secrets"),
    ):
        assert error(nobody(method, path), 401, "UnknownError") == ""
    assert nobody.get(f"/applicationTemplates/{SYNC_TEMPLATE}")


def test_audit_application_reads_only(sim: Simulator, pair: Pair) -> None:
    audit = Graph(sim, SOURCE, AUDIT[SOURCE])
    for path in (
        PARTNERS,
        "/servicePrincipals",
        "/users",
        "/groups",
        pair.job,
        f"{pair.job}/schema",
        f"{pair.base}/secrets",
    ):
        audit.get(path)
    audit.get(f"/servicePrincipals/{pair.id}/appRoleAssignedTo")
    audit.get("/auditLogs/provisioning")
    error(audit("POST", f"{pair.job}/start"), 401, "UnknownError")
    error(audit("GET", f"{pair.job}/schema/filterOperators()"), 401, "UnknownError")
    error(audit("DELETE", f"{PARTNERS}/{TARGET}"), 403, "Authorization_RequestDenied")
    error(audit("PATCH", f"/servicePrincipals/{pair.id}", {"notes": "x"}), 403, "Authorization_RequestDenied")
    sim.update_settings(secrets_readable_with_synchronization_read=False)
    error(audit("GET", f"{pair.base}/secrets"), 401, "UnknownError")


@pytest.mark.parametrize(
    ("roles", "status"),
    [
        (["AppRoleAssignment.ReadWrite.All"], 403),
        (["Application.ReadWrite.All"], 403),
        (["Application.Read.All"], 403),
        (["AppRoleAssignment.ReadWrite.All", "Application.Read.All"], 201),
        (["AppRoleAssignment.ReadWrite.All", "Directory.Read.All"], 201),
        (["AppRoleAssignment.ReadWrite.All", "Application.ReadWrite.All"], 201),
    ],
)
def test_assignment_needs_two_permissions(sim: Simulator, pair: Pair, roles: list[str], status: int) -> None:
    user = pair.source.get("/users/adele@contoso.example")["id"]
    body = {"principalId": user, "resourceId": pair.id, "appRoleId": pair.role}
    graph = Graph(sim, SOURCE, roles=roles)
    assert graph("POST", f"/servicePrincipals/{pair.id}/appRoleAssignedTo", body).status_code == status
    if roles == ["Application.ReadWrite.All"]:
        sim.update_settings(application_readwrite_all_may_assign=True)
        assert graph("POST", f"/servicePrincipals/{pair.id}/appRoleAssignedTo", body).status_code == 201


def test_owned_by(sim: Simulator, pair: Pair) -> None:
    owner = Graph(sim, SOURCE, AUDIT[SOURCE], roles=["Application.ReadWrite.OwnedBy"])
    mine = owner("POST", INSTANTIATE, {"displayName": "Mine"}).json()["servicePrincipal"]["id"]
    base = f"/servicePrincipals/{mine}/synchronization"
    job = owner("POST", f"{base}/jobs", {"templateId": "Azure2Azure"}).json()["id"]
    assert owner("POST", f"{base}/jobs/{job}/start").status_code == 204
    assert owner("PATCH", f"/servicePrincipals/{mine}", {"notes": "x"}).status_code == 204
    assert owner("GET", f"/servicePrincipals/{pair.id}").status_code == 200
    error(owner("PATCH", f"/servicePrincipals/{pair.id}", {"notes": "x"}), 403, "Authorization_RequestDenied")
    error(owner("DELETE", f"/applications/{pair.application['id']}"), 403, "Authorization_RequestDenied")
    error(owner("GET", f"{pair.base}/jobs"), 401, "UnknownError")
    error(owner("POST", f"{base}/jobs/{job}/restart"), 401, "UnknownError")
    sim.update_settings(owned_by_restart_refused=False)
    assert owner("POST", f"{base}/jobs/{job}/restart").status_code == 204


def test_new_grants_appear_only_in_new_tokens(sim: Simulator) -> None:
    nobody = Graph(sim, SOURCE, NOTHING[SOURCE])
    sim.add_permission(SOURCE, NOTHING[SOURCE], "Policy.Read.All")
    assert nobody("GET", PARTNERS).status_code == 403
    renewed = Graph(sim, SOURCE, NOTHING[SOURCE])
    assert renewed("GET", PARTNERS).status_code == 200
    sim.remove_permission(SOURCE, NOTHING[SOURCE], "Policy.Read.All")
    assert renewed("GET", PARTNERS).status_code == 200
    assert Graph(sim, SOURCE, NOTHING[SOURCE])("GET", PARTNERS).status_code == 403


def test_tenants_are_isolated(sim: Simulator, pair: Pair) -> None:
    target = Graph(sim, TARGET)
    assert target("GET", f"/servicePrincipals/{pair.id}").status_code == 404
    assert target("GET", "/users/adele@contoso.example").status_code == 404
    assert target.get("/organization")["value"][0]["id"] == TARGET
