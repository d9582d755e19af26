# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Helpers of the simulator's own tests: a plain client, a complete configuration, an error check."""

from __future__ import annotations

from typing import Any

import requests

from simulator import Simulator

SOURCE = "11111111-aaaa-4bbb-8ccc-000000000001"
TARGET = "22222222-aaaa-4bbb-8ccc-000000000002"
AUTOMATION = {SOURCE: "11111111-0000-4000-8000-0000000000a1", TARGET: "22222222-0000-4000-8000-0000000000a2"}
AUDIT = {SOURCE: "11111111-0000-4000-8000-0000000000b1", TARGET: "22222222-0000-4000-8000-0000000000b2"}
NOTHING = {SOURCE: "11111111-0000-4000-8000-0000000000c1", TARGET: "22222222-0000-4000-8000-0000000000c2"}
SYNC_TEMPLATE = "518e5f48-1fc8-4c48-9387-9fdf28b0dfe7"
PARTNERS = "/policies/crossTenantAccessPolicy/partners"


class Graph:
    """A plain HTTP client with a token, for one tenant and application."""

    def __init__(
        self, sim: Simulator, tenant: str = SOURCE, client_id: str | None = None, roles: list[str] | None = None
    ) -> None:
        self.sim = sim
        self.tenant = tenant
        self.session = requests.Session()
        self.session.trust_env = False
        self.token = sim.issue_token(tenant, client_id or AUTOMATION[tenant], roles=roles)

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        api: str = "v1.0",
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> requests.Response:
        """Send one request; ``path`` without version, or an absolute link."""
        url = path if path.startswith("http") else f"{self.sim.graph_url}/{api}{path}"
        merged = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        if body is not None:
            more["json"] = body
        return self.session.request(method, url, headers=merged, timeout=10, **more)

    def get(self, path: str, **more: Any) -> Any:
        """The body of a successful GET."""
        answer = self("GET", path, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()


class Pair:
    """A complete configuration from source to target, made through the API."""

    def __init__(self, sim: Simulator, name: str = "Fabrikam") -> None:
        self.sim = sim
        self.source, self.target = Graph(sim, SOURCE), Graph(sim, TARGET)
        open_policies(self.source, self.target)
        answer = self.source("POST", f"/applicationTemplates/{SYNC_TEMPLATE}/instantiate", {"displayName": name}).json()
        self.application: dict[str, Any] = answer["application"]
        self.principal: dict[str, Any] = answer["servicePrincipal"]
        self.id: str = self.principal["id"]
        self.role: str = self.principal["appRoles"][0]["id"]
        self.base = f"/servicePrincipals/{self.id}/synchronization"
        self.job_id: str = self.source("POST", f"{self.base}/jobs", {"templateId": "Azure2Azure"}).json()["id"]
        self.job = f"{self.base}/jobs/{self.job_id}"
        self.secrets(AuthenticationType="SyncPolicy", CompanyId=TARGET, SyncAll="false")

    def secrets(self, **values: str) -> requests.Response:
        """PUT secrets."""
        body = {"value": [{"key": key, "value": value} for key, value in values.items()]}
        return self.source("PUT", f"{self.base}/secrets", body)

    def assign(self, *names: str) -> None:
        """Assign users or groups behind the back."""
        for name in names:
            self.sim.assign(SOURCE, self.id, name)

    def start(self) -> None:
        """Start the job."""
        assert self.source("POST", f"{self.job}/start").status_code == 204

    def status(self) -> dict[str, Any]:
        """The job."""
        job: dict[str, Any] = self.source.get(self.job)
        return job

    def schema(self) -> dict[str, Any]:
        """The schema."""
        schema: dict[str, Any] = self.source.get(f"{self.job}/schema")
        return schema

    def target_users(self) -> dict[str, dict[str, Any]]:
        """External users in the target by alias."""
        users = self.sim.state()[TARGET]["users"].values()
        return {user["userPrincipalName"].split("_")[0]: user for user in users if user["external"]}

    def deleted_users(self) -> list[str]:
        """Aliases in the target's bin."""
        items = self.sim.state()[TARGET]["deletedItems"].values()
        return sorted(item["userPrincipalName"].split("_")[0] for item in items)

    def logs(self, action: str | None = None) -> list[dict[str, Any]]:
        """Provisioning log entries, newest first, straight from the service."""
        self.sim.update_settings(throttle={"reports": {"enabled": False}})
        entries: list[dict[str, Any]] = self.source.get("/auditLogs/provisioning?$top=1000")["value"]
        return [entry for entry in entries if action in (None, entry["provisioningAction"])]

    def on_demand(self, user: str, rule: str | None = None) -> requests.Response:
        """Provision one user on demand."""
        rule = rule or self.schema()["synchronizationRules"][0]["id"]
        user_id = self.source.get(f"/users/{user}")["id"]
        subjects = [{"objectId": user_id, "objectTypeName": "User"}]
        return self.source(
            "POST", f"{self.job}/provisionOnDemand", {"parameters": [{"ruleId": rule, "subjects": subjects}]}
        )


def open_policies(source: Graph, target: Graph) -> None:
    """Everything both tenants must allow."""
    consent = {"inboundAllowed": True}
    assert target("POST", PARTNERS, {"tenantId": SOURCE, "automaticUserConsentSettings": consent}).status_code == 201
    body = {"userSyncInbound": {"isSyncAllowed": True}}
    assert target("PUT", f"{PARTNERS}/{SOURCE}/identitySynchronization", body).status_code == 204
    consent = {"outboundAllowed": True}
    assert source("POST", PARTNERS, {"tenantId": TARGET, "automaticUserConsentSettings": consent}).status_code == 201


def error(answer: requests.Response, status: int, code: str) -> str:
    """Check an error and return its message."""
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["code"] == code, answer.text
    return str(answer.json()["error"]["message"])
