# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applications and service principals (graph-api.md section 7.3)."""

from __future__ import annotations

from typing import Any

from .calls import Answer, Call, require_body
from .errors import bad_request, not_found
from .metadata_model import model
from .odata import FilterRules, filtered, selected
from .presentation import present
from .replication import ABSENT
from .routing import Key, Routes
from .tenant import Application, DeletedItem, ServicePrincipal
from .typecheck import check_entity, is_guid

ROUTES = Routes("directory")
LIST_OPTIONS = ("$filter", "$select", "$top", "$count", "$orderby", "$search", "$skiptoken")
TEXT = ("eq", "in", "startswith")
RULES = {
    "servicePrincipal": FilterRules(
        {
            "applicationTemplateId": ("eq",),
            "displayName": TEXT,
            "appId": ("eq", "in"),
            "id": ("eq", "in"),
            "accountEnabled": ("eq",),
            "tags": ("any",),
            "servicePrincipalNames": ("any",),
            "servicePrincipalType": ("eq",),
        },
        advanced=True,
        resource="servicePrincipal",
    ),
    "application": FilterRules(
        {
            "displayName": TEXT,
            "appId": ("eq", "in"),
            "id": ("eq", "in"),
            "tags": ("any",),
            "applicationTemplateId": ("eq",),
        },
        advanced=True,
        resource="application",
    ),
}
READ_ONLY = (
    "id",
    "appId",
    "deletedDateTime",
    "applicationTemplateId",
    "appOwnerOrganizationId",
    "createdDateTime",
    "servicePrincipalType",
)


def find_service_principal(call: Call, key: Key, *, write: bool = False) -> ServicePrincipal:
    """By object id or by ``appId`` alternate key; 404 while it is not replicated."""
    found = _find(call.tenant.service_principals, key)
    kind = "servicePrincipal"
    if found is None or not call.world.replication.visible(call.tenant.id, kind, found.id):
        raise not_found(key)
    assert isinstance(found, ServicePrincipal)
    return found


def find_application(call: Call, key: Key) -> Application:
    """By object id or by ``appId`` alternate key; 404 while it is not replicated."""
    found = _find(call.tenant.applications, key)
    if found is None or not call.world.replication.visible(call.tenant.id, "application", found.id):
        raise not_found(key)
    assert isinstance(found, Application)
    return found


def _find(store: Any, key: Key) -> Any:
    if not is_guid(key):
        raise bad_request(f"Invalid object identifier '{key}'.")
    if key.alternate == "appId":
        return next((item for item in store.values() if item.properties["appId"] == key.lower()), None)
    return store.get(key.lower())


def _collection(call: Call, kind: str, plural: str, store: Any) -> Answer:
    lagging = call.world.replication.pending(call.tenant.id, kind)
    items = [item for key, item in store.items() if lagging.get(key) is not ABSENT]
    views = {item.id: present(call.api, kind, item.properties, item.id) for item in items}
    shown = [view if lagging.get(key) is None else {**view, **lagging[key]} for key, view in views.items()]
    found = filtered(shown, call.query, RULES[kind], call.eventual)
    names = call.query.select(model(call.api).types[kind].properties)
    return call.page(plural, found, lambda item: selected(item, names))


def _entity(call: Call, kind: str, plural: str, item: Application | ServicePrincipal) -> Answer:
    names = call.query.select(model(call.api).types[kind].properties)
    properties = call.world.seen(call.tenant, f"{kind}", item.id, item.properties)
    return call.entity(f"{plural}/$entity", present(call.api, kind, properties, item.id), select=names)


def _update(call: Call, kind: str, item: Application | ServicePrincipal) -> Answer:
    changes = check_entity(call.api, kind, require_body(call), read_only=READ_ONLY)
    if "displayName" in changes and (not changes["displayName"] or len(changes["displayName"]) > 256):
        raise bad_request(f"Invalid value specified for property 'displayName' of resource '{kind}'.")
    call.world.replication.changed(call.tenant.id, kind, item.id, item.properties)
    item.properties.update(changes)
    return Answer(204)


@ROUTES.on("GET", "/servicePrincipals", query=LIST_OPTIONS)
def list_service_principals(call: Call) -> Answer:
    """Find configurations by template, name or app id."""
    return _collection(call, "servicePrincipal", "servicePrincipals", call.tenant.service_principals)


@ROUTES.on("GET", "/servicePrincipals/{id}", query=("$select",))
def get_service_principal(call: Call) -> Answer:
    """One service principal."""
    return _entity(call, "servicePrincipal", "servicePrincipals", find_service_principal(call, call.params["id"]))


@ROUTES.on("PATCH", "/servicePrincipals/{id}", body=True)
def update_service_principal(call: Call) -> Answer:
    """accountEnabled, appRoleAssignmentRequired, notes, tags, displayName, ..."""
    return _update(call, "servicePrincipal", find_service_principal(call, call.params["id"]))


@ROUTES.on("DELETE", "/servicePrincipals/{id}")
def delete_service_principal(call: Call) -> Answer:
    """Only the service principal; the application stays."""
    principal = find_service_principal(call, call.params["id"])
    remove_principal(call, principal)
    return Answer(204)


@ROUTES.on("GET", "/applications", query=LIST_OPTIONS, cost=2)
def list_applications(call: Call) -> Answer:
    """All applications."""
    return _collection(call, "application", "applications", call.tenant.applications)


@ROUTES.on("GET", "/applications/{id}", query=("$select",), cost=2)
def get_application(call: Call) -> Answer:
    """One application."""
    return _entity(call, "application", "applications", find_application(call, call.params["id"]))


@ROUTES.on("PATCH", "/applications/{id}", body=True)
def update_application(call: Call) -> Answer:
    """A new display name reaches the service principal too (asynchronously on the real service)."""
    application = find_application(call, call.params["id"])
    answer = _update(call, "application", application)
    name = (call.body or {}).get("displayName")
    if name:
        for principal in call.tenant.service_principals.values():
            if principal.properties["appId"] == application.properties["appId"]:
                call.world.replication.changed(call.tenant.id, "servicePrincipal", principal.id, principal.properties)
                principal.properties["displayName"] = principal.properties["appDisplayName"] = name
    return answer


@ROUTES.on("DELETE", "/applications/{id}")
def delete_application(call: Call) -> Answer:
    """To the recycle bin for 30 days, together with its service principal in the home tenant."""
    application = find_application(call, call.params["id"])
    del call.tenant.applications[application.id]
    _bin(call, "application", application)
    for principal in list(call.tenant.service_principals.values()):
        if principal.properties["appId"] == application.properties["appId"]:
            remove_principal(call, principal)
    return Answer(204)


def remove_principal(call: Call, principal: ServicePrincipal) -> None:
    """Soft delete; jobs and secrets are lost unless a switch says otherwise (UNCONFIRMED, section 7.3)."""
    del call.tenant.service_principals[principal.id]
    call.tenant.assignments.remove_of(principal.id)
    if not call.world.settings["restored_service_principal_keeps_job"]:
        principal.jobs.clear()
        principal.secrets.clear()
    _bin(call, "servicePrincipal", principal)


def _bin(call: Call, kind: str, item: Application | ServicePrincipal) -> None:
    now = call.world.clock.timestamp()
    item.properties["deletedDateTime"] = call.world.clock.iso()
    call.tenant.deleted[item.id] = DeletedItem(kind, item, now)
