# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""App role assignments from both sides (graph-api.md section 9)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from .applications import find_service_principal
from .assignment_objects import make_assignment
from .calls import Answer, Call, require_body
from .errors import GraphError, bad_request, not_found
from .groups import find_group
from .metadata_model import model
from .odata import FilterRules, filtered, selected
from .presentation import present
from .replication import ABSENT
from .routing import Routes
from .tenant import Group, ServicePrincipal, User
from .typecheck import check_entity, is_guid
from .users import find_user

ROUTES = Routes("directory")
TYPE = "appRoleAssignment"
LIST_OPTIONS = ("$filter", "$select", "$top", "$count", "$orderby", "$skiptoken")
READ_ONLY = (
    "id",
    "createdDateTime",
    "creationTimestamp",
    "deletedDateTime",
    "principalDisplayName",
    "principalType",
    "resourceDisplayName",
)
DEFAULT_ACCESS = "00000000-0000-0000-0000-000000000000"
RESOURCE_SIDE = "/servicePrincipals/{id}/appRoleAssignedTo"


def _list(call: Call, stored: dict[str, dict[str, Any]], member: str, owner: str) -> Answer:
    """A page of assignments; the list lags behind recent writes when replication says so."""
    lagging = call.world.replication.pending(call.tenant.id, "assignment")
    items = (
        [item for key, item in stored.items() if lagging.get(key) is not ABSENT] if lagging else list(stored.values())
    )
    items += [old for key, old in lagging.items() if old is not ABSENT and key not in stored and old[member] == owner]
    fields: dict[str, Collection[str]] = {"principalDisplayName": ("eq", "startswith"), "resourceId": ("eq",)}
    if member == "resourceId" and call.world.settings["assigned_to_filter_principal_id"]:
        # Not documented (section 17): a switch.
        fields["principalId"] = ("eq",)
    found = filtered(items, call.query, FilterRules(fields, resource="AppRoleAssignment"), call.eventual)
    names = call.query.select(model(call.api).types[TYPE].properties)
    return call.page(
        call.incoming.path.strip("/").partition("/")[2] or "appRoleAssignments",
        found,
        lambda item: selected(present(call.api, TYPE, item), names),
        size=call.world.page_size("appRoleAssignments"),
    )


def _get(call: Call, member: str, owner: str) -> Answer:
    key = call.params["assignment"]
    item = call.world.seen(call.tenant, "assignment", str(key), call.tenant.assignments.by_id.get(key))
    if item is None or item is ABSENT or item[member] != owner:
        raise not_found(key)
    names = call.query.select(model(call.api).types[TYPE].properties)
    return call.entity("appRoleAssignments/$entity", present(call.api, TYPE, item), select=names)


def _delete(call: Call, member: str, owner: str) -> Answer:
    key = str(call.params["assignment"])
    item = call.tenant.assignments.by_id.get(key)
    if item is None or item[member] != owner:
        raise not_found(key)
    call.tenant.assignments.remove(key)
    call.world.replication.changed(call.tenant.id, "assignment", key, item)
    meaning = "/".join((item["principalId"], item["resourceId"]))
    call.world.replication.changed(call.tenant.id, "assignmentEvaluation", meaning, item)
    return Answer(204)


def _create(call: Call, owner_field: str, owner: str, context: str) -> Answer:
    body = check_entity(call.api, TYPE, require_body(call), read_only=READ_ONLY)
    for name in ("principalId", "resourceId", "appRoleId"):
        if not is_guid(body.get(name)):
            raise bad_request(f"Invalid value specified for property '{name}' of resource 'AppRoleAssignment'.")
    principal_id, resource_id, role_id = (body[name].lower() for name in ("principalId", "resourceId", "appRoleId"))
    if body[owner_field].lower() != owner:
        raise bad_request("Not a valid reference update.")
    holder = call.tenant.directory_object(principal_id)
    if holder is None:
        raise not_found(principal_id)
    kind = {"User": "user", "Group": "group"}.get(type(holder).__name__, "servicePrincipal")
    resource = call.tenant.service_principals.get(resource_id)
    replication = call.world.replication
    if (
        resource is None
        or not replication.visible(call.tenant.id, "servicePrincipal", resource_id)
        or not replication.visible(call.tenant.id, kind, principal_id)
    ):
        raise bad_request("Not a valid reference update.")
    _check_role(resource, holder, role_id)
    if (principal_id, resource_id, role_id) in call.tenant.assignments.by_meaning:
        raise _duplicate(call)
    item = make_assignment(holder, resource, role_id, call.world.clock.iso())
    call.tenant.assignments.add(item)
    replication.changed(call.tenant.id, "assignment", item["id"], ABSENT)
    replication.changed(call.tenant.id, "assignmentEvaluation", f"{principal_id}/{resource_id}", ABSENT)
    return call.entity(context, present(call.api, TYPE, item), 201)


def _check_role(resource: ServicePrincipal, holder: User | Group | ServicePrincipal, role_id: str) -> None:
    wanted = "Application" if isinstance(holder, ServicePrincipal) else "User"
    usable = {
        role["id"].lower()
        for role in resource.properties["appRoles"]
        if role["isEnabled"] and wanted in role["allowedMemberTypes"]
    }
    if role_id in usable or (role_id == DEFAULT_ACCESS and not usable):
        return
    name = resource.properties["displayName"]
    raise bad_request(f"Permission being assigned was not found on application '{name}'.")


def _duplicate(call: Call) -> GraphError:
    """The variants reported for a duplicate (section 9), by switch."""
    variant = call.world.settings["duplicate_assignment"]
    if variant == "permission":
        details = [{"code": "InvalidUpdate", "message": "Permission being assigned already exists on the object"}]
        return GraphError(
            400, "Request_BadRequest", "Permission being assigned already exists on the object", details=details
        )
    status = 409 if variant == "entitlement_409" else 400
    return GraphError(status, "Request_MultipleObjectsWithSameKeyValue", "EntitlementGrant entry already exists.")


@ROUTES.on("GET", RESOURCE_SIDE, query=LIST_OPTIONS, cost=2)
def list_assigned_to(call: Call) -> Answer:
    """Who is assigned to a configuration."""
    principal = find_service_principal(call, call.params["id"])
    return _list(call, call.tenant.assignments.by_resource.get(principal.id, {}), "resourceId", principal.id)


@ROUTES.on("POST", RESOURCE_SIDE, body=True)
def create_assigned_to(call: Call) -> Answer:
    """Assign a user, group or service principal."""
    principal = find_service_principal(call, call.params["id"])
    return _create(call, "resourceId", principal.id, f"servicePrincipals('{principal.id}')/appRoleAssignedTo/$entity")


@ROUTES.on("GET", f"{RESOURCE_SIDE}/{{assignment}}", query=("$select",), permission=f"GET {RESOURCE_SIDE}")
def get_assigned_to(call: Call) -> Answer:
    """One assignment."""
    return _get(call, "resourceId", find_service_principal(call, call.params["id"]).id)


@ROUTES.on("DELETE", f"{RESOURCE_SIDE}/{{assignment}}")
def delete_assigned_to(call: Call) -> Answer:
    """Unassign."""
    return _delete(call, "resourceId", find_service_principal(call, call.params["id"]).id)


@ROUTES.on("GET", "/servicePrincipals/{id}/appRoleAssignments", query=LIST_OPTIONS, cost=2)
def list_of_service_principal(call: Call) -> Answer:
    """What a service principal itself is assigned to, Graph permissions for instance."""
    principal = find_service_principal(call, call.params["id"])
    return _list(call, call.tenant.assignments.by_principal.get(principal.id, {}), "principalId", principal.id)


def _principal_side(plural: str, find: Any) -> None:
    base = f"/{plural}/{{id}}/appRoleAssignments"

    @ROUTES.on("GET", base, query=LIST_OPTIONS)
    def list_side(call: Call) -> Answer:
        owner = find(call, call.params["id"]).id
        return _list(call, call.tenant.assignments.by_principal.get(owner, {}), "principalId", owner)

    @ROUTES.on("POST", base, body=True)
    def create_side(call: Call) -> Answer:
        owner = find(call, call.params["id"]).id
        return _create(call, "principalId", owner, f"{plural}('{owner}')/appRoleAssignments/$entity")

    @ROUTES.on("GET", f"{base}/{{assignment}}", query=("$select",), permission=f"GET {base}")
    def get_side(call: Call) -> Answer:
        return _get(call, "principalId", find(call, call.params["id"]).id)

    @ROUTES.on("DELETE", f"{base}/{{assignment}}")
    def delete_side(call: Call) -> Answer:
        return _delete(call, "principalId", find(call, call.params["id"]).id)


_principal_side("users", find_user)
_principal_side("groups", find_group)
