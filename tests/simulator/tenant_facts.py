# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Organization and the tenant look-up functions (graph-api.md section 6)."""

from __future__ import annotations

from typing import Any

from .calls import Answer, Call
from .errors import GraphError, not_found
from .metadata_model import model
from .odata import selected
from .routing import Routes

ROUTES = Routes("directory")
FUNCTIONS = "/tenantRelationships"


# Whoever holds none of these is shown of the organization only what everybody may see.
READ_ALL = ("Organization.Read.All", "Organization.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")
BASIC = ("id", "displayName", "verifiedDomains")


def _organization(call: Call) -> dict[str, Any]:
    shown = _whole_organization(call)
    if call.caller.has(*READ_ALL) or not call.world.settings["enforce_permissions"]:
        return shown
    return {name: value if name in BASIC else None for name, value in shown.items()}


def _whole_organization(call: Call) -> dict[str, Any]:
    tenant = call.tenant
    return {
        "id": tenant.id,
        "deletedDateTime": None,
        "displayName": tenant.display_name,
        "tenantType": "AAD",
        "verifiedDomains": [dict(domain) for domain in tenant.domains],
        "assignedPlans": [
            {
                "assignedDateTime": "2024-01-01T00:00:00Z",
                "capabilityStatus": "Enabled",
                "service": "AADPremiumService",
                "servicePlanId": plan,
            }
            for plan in call.world.settings["service_plans"]
        ],
        "countryLetterCode": "DE",
        "createdDateTime": "2024-01-01T00:00:00Z",
        "onPremisesSyncEnabled": None,
    }


@ROUTES.on("GET", "/organization", query=("$select", "$top"))
def list_organization(call: Call) -> Answer:
    """A collection of one."""
    names = call.query.select(model(call.api).types["organization"].properties)
    body = {"@odata.context": call.context("organization"), "value": [selected(_organization(call), names)]}
    return Answer(200, body)


@ROUTES.on("GET", "/organization/{id}", query=("$select",))
def get_organization(call: Call) -> Answer:
    """The tenant itself by its id."""
    if call.params["id"].lower() != call.tenant.id:
        raise not_found(call.params["id"])
    names = call.query.select(model(call.api).types["organization"].properties)
    return call.entity("organization/$entity", _organization(call), select=names)


def _found(call: Call, facts: dict[str, Any] | None, name: str) -> Answer:
    if facts is None:
        # UNCONFIRMED code (section 6).
        raise GraphError(404, "Directory_ObjectNotFound", f"Unable to find the tenant '{name}'.")
    shown = {key: value for key, value in facts.items() if key != "domains"}
    return call.entity("microsoft.graph.tenantInformation", shown)


@ROUTES.on(
    "GET",
    f"{FUNCTIONS}/findTenantInformationByTenantId",
    permission=f"GET {FUNCTIONS}/findTenantInformationByTenantId(tenantId={{value}})",
)
def find_by_id(call: Call) -> Answer:
    """By tenant id."""
    name = _argument(call, "tenantId")
    return _found(call, call.world.known_tenants.get(name.lower()), name)


@ROUTES.on(
    "GET",
    f"{FUNCTIONS}/findTenantInformationByDomainName",
    permission=f"GET {FUNCTIONS}/findTenantInformationByDomainName(domainName={{value}})",
)
def find_by_domain(call: Call) -> Answer:
    """By verified domain."""
    name = _argument(call, "domainName")
    for facts in call.world.known_tenants.values():
        if name.lower() in facts["domains"]:
            return _found(call, facts, name)
    return _found(call, None, name)


def _argument(call: Call, name: str) -> str:
    if set(call.params) != {name}:
        raise GraphError(400, "BadRequest", f"The function requires exactly the parameter '{name}'.")
    return str(call.params[name])
