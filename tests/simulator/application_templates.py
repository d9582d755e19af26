# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Application templates and instantiation (graph-api.md sections 7.1 and 7.2)."""

from __future__ import annotations

from typing import Any

from .calls import Answer, Call, require_body
from .configuration_objects import NON_GALLERY_TEMPLATE, SYNC_TEMPLATE, make_pair
from .errors import bad_request, not_found
from .metadata_model import model
from .odata import FilterRules, filtered, selected
from .presentation import present
from .replication import ABSENT
from .routing import Routes
from .typecheck import check_parameters

ROUTES = Routes("directory")


def _template(identifier: str, name: str, types: list[str]) -> dict[str, Any]:
    return {
        "id": identifier,
        "displayName": name,
        "homePageUrl": "https://www.microsoft.com/",
        "supportedProvisioningTypes": types,
        "supportedSingleSignOnModes": [],
        "logoUrl": "https://images.example/logo.png",
        "categories": ["collaboration"],
        "publisher": "Microsoft Corporation",
        "description": None,
        "endpoints": [],
        "deprecationDate": None,
        "lastModifiedDateTime": "2025-01-01T00:00:00Z",
        "isEntraIntegrated": True,
    }


# The display name of the sync template is UNCONFIRMED (section 7.1).
TEMPLATES = {
    SYNC_TEMPLATE: _template(SYNC_TEMPLATE, "Azure Active Directory Cross-Tenant Synchronization", ["sync"]),
    NON_GALLERY_TEMPLATE: _template(NON_GALLERY_TEMPLATE, "Custom", []),
}


@ROUTES.on(
    "GET", "/applicationTemplates", query=("$filter", "$select", "$top", "$skip", "$count", "$orderby", "$skiptoken")
)
def list_templates(call: Call) -> Answer:
    """The gallery, as far as it matters here."""
    operators = ("eq", "contains", "startswith")
    rules = FilterRules(
        {"displayName": operators, "id": ("eq",), "publisher": operators}, resource="applicationTemplate"
    )
    found = filtered(list(TEMPLATES.values()), call.query, rules, eventual=False)
    names = call.query.select(model(call.api).types["applicationTemplate"].properties)
    return call.page(
        "applicationTemplates",
        found,
        lambda item: selected(present(call.api, "applicationTemplate", item), names),
        directory=False,
    )


@ROUTES.on("GET", "/applicationTemplates/{id}", query=("$select",))
def get_template(call: Call) -> Answer:
    """One template."""
    template = TEMPLATES.get(call.params["id"].lower())
    if template is None:
        raise not_found(call.params["id"])
    names = call.query.select(model(call.api).types["applicationTemplate"].properties)
    return call.entity("applicationTemplates/$entity", present(call.api, "applicationTemplate", template), select=names)


@ROUTES.on("POST", "/applicationTemplates/{id}/instantiate", body=True)
def instantiate(call: Call) -> Answer:
    """A new application and service principal each time: not idempotent (section 7.2)."""
    body = check_parameters(
        call.api,
        {"displayName": "Edm.String", "serviceManagementReference": "Edm.String"},
        require_body(call),
        required=("displayName",),
    )
    if call.params["id"].lower() not in TEMPLATES:
        raise not_found(call.params["id"])
    name = body["displayName"]
    if not name.strip() or len(name) > 256:
        raise bad_request("Invalid value specified for property 'displayName' of resource 'Application'.")
    reference = body.get("serviceManagementReference")
    if call.world.settings["service_management_reference_required"] and not reference:
        # The code is UNCONFIRMED (section 7.2).
        raise bad_request("The property serviceManagementReference is required in this tenant.")
    tenant = call.tenant
    application, principal = make_pair(
        tenant, name, call.params["id"].lower(), call.caller.object_id, call.world.clock.iso(), reference
    )
    replication = call.world.replication
    replication.changed(tenant.id, "application", application.id, ABSENT)
    replication.changed(tenant.id, "servicePrincipal", principal.id, ABSENT)
    replication.changed(tenant.id, "synchronization", principal.id, ABSENT)
    replication.changed(tenant.id, "templates", principal.id, ABSENT)
    left = present(call.api, "application", application.properties, application.id)
    right = present(call.api, "servicePrincipal", principal.properties, principal.id)
    if call.world.settings["instantiate_shape"] == "legacy":
        left, right = _legacy(left), _legacy(right)
    return Answer(
        201,
        {
            "@odata.context": call.context("microsoft.graph.applicationServicePrincipal"),
            "application": left,
            "servicePrincipal": right,
        },
        {"Location": f"{call.root}/applications/{application.id}"},
    )


def _legacy(obj: dict[str, Any]) -> dict[str, Any]:
    """The shape of 2023: ``objectId`` instead of ``id`` and no roles (section 7.2)."""
    kept = (
        "appId",
        "applicationTemplateId",
        "displayName",
        "homepage",
        "accountEnabled",
        "appDisplayName",
        "tags",
        "servicePrincipalNames",
    )
    return {"objectId": obj["id"], **{key: obj[key] for key in kept if key in obj}}
