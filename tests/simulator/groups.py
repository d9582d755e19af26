# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Groups, members and getByIds (graph-api.md section 10)."""

from __future__ import annotations

import re
import uuid
from typing import Any

from .calls import Answer, Call, require_body
from .errors import GraphError, bad_request, not_found
from .metadata_model import model
from .odata import FilterRules, filtered, selected
from .presentation import present, user_view
from .replication import ABSENT
from .routing import Routes
from .tenant import Group, ServicePrincipal, User
from .typecheck import check_entity, check_parameters, is_guid

ROUTES = Routes("directory")
TEXT = ("eq", "in", "startswith")
RULES = FilterRules(
    {
        "id": ("eq", "in"),
        "displayName": TEXT,
        "mailNickname": TEXT,
        "mail": TEXT,
        "securityEnabled": ("eq",),
        "mailEnabled": ("eq",),
        "groupTypes": ("any",),
    },
    advanced=True,
    resource="Group",
)
REFERENCE = re.compile(r"^https?://[^/]+/(?:v1\.0|beta)/(?:directoryObjects|users|groups)/([0-9a-fA-F-]{36})$")


def find_group(call: Call, key: str) -> Group:
    """By id only: groups have no alias key."""
    if not is_guid(key):
        raise bad_request(f"Invalid object identifier '{key}'.")
    group = call.tenant.groups.get(key.lower())
    if group is None or not call.world.replication.visible(call.tenant.id, "group", group.id):
        raise not_found(key)
    return group


def directory_view(api: str, item: User | Group | ServicePrincipal, names: list[str] | None = None) -> dict[str, Any]:
    """A member of any kind, with its type."""
    if isinstance(item, User):
        return {"@odata.type": "#microsoft.graph.user", **user_view(api, item.properties, item.id, names)}
    kind = "group" if isinstance(item, Group) else "servicePrincipal"
    return {"@odata.type": f"#microsoft.graph.{kind}", **selected(present(api, kind, item.properties, item.id), names)}


@ROUTES.on("GET", "/groups", query=("$filter", "$select", "$top", "$count", "$orderby", "$search", "$skiptoken"))
def list_groups(call: Call) -> Answer:
    """All groups, filtered; display names are not unique."""
    names = call.query.select(model(call.api).types["group"].properties)
    lagging = call.world.replication.pending(call.tenant.id, "group")
    groups = [group for key, group in call.tenant.groups.items() if lagging.get(key) is not ABSENT]
    found = filtered(groups, call.query, RULES, call.eventual, view=lambda group: {"id": group.id, **group.properties})
    return call.page(
        "groups", found, lambda group: selected(present(call.api, "group", group.properties, group.id), names)
    )


@ROUTES.on("GET", "/groups/{id}", query=("$select",))
def get_group(call: Call) -> Answer:
    """One group."""
    group = find_group(call, call.params["id"])
    names = call.query.select(model(call.api).types["group"].properties)
    return call.entity("groups/$entity", present(call.api, "group", group.properties, group.id), select=names)


@ROUTES.on("POST", "/groups", body=True)
def create_group(call: Call) -> Answer:
    """A security group; enough for tests."""
    body = check_entity(call.api, "group", require_body(call), read_only=("id", "createdDateTime", "deletedDateTime"))
    for name in ("displayName", "mailEnabled", "mailNickname", "securityEnabled"):
        if body.get(name) in (None, ""):
            raise bad_request(f"A value is required for property '{name}' of resource 'Group'.")
    group = Group(
        str(uuid.uuid4()),
        {"groupTypes": [], "mail": None, "description": None, "createdDateTime": call.world.clock.iso(), **body},
    )
    call.world.replication.changed(call.tenant.id, "group", group.id, ABSENT)
    call.tenant.groups[group.id] = group
    return call.entity("groups/$entity", present(call.api, "group", group.properties, group.id), 201)


@ROUTES.on("PATCH", "/groups/{id}", body=True)
def update_group(call: Call) -> Answer:
    """Change attributes."""
    group = find_group(call, call.params["id"])
    group.properties.update(
        check_entity(call.api, "group", require_body(call), read_only=("id", "createdDateTime", "deletedDateTime"))
    )
    return Answer(204)


@ROUTES.on("DELETE", "/groups/{id}")
def delete_group(call: Call) -> Answer:
    """Remove a group, its memberships and assignments."""
    group = find_group(call, call.params["id"])
    del call.tenant.groups[group.id]
    for other in call.tenant.groups.values():
        other.members.pop(group.id, None)
    call.tenant.assignments.remove_of(group.id)
    return Answer(204)


def _members(call: Call, ids: list[str]) -> Answer:
    names = call.query.select(None)
    items = [item for item in (call.tenant.directory_object(key) for key in ids) if item is not None]
    return call.page("directoryObjects", items, lambda item: directory_view(call.api, item, names))


@ROUTES.on("GET", "/groups/{id}/members", query=("$select", "$top", "$count", "$skiptoken"), cost=3)
def list_members(call: Call) -> Answer:
    """Direct members."""
    return _members(call, list(find_group(call, call.params["id"]).members))


def _cast_members(call: Call, kind: type[User | Group]) -> Answer:
    group = find_group(call, call.params["id"])
    if kind is Group and "Unified" in group.properties.get("groupTypes", ()):
        # A Microsoft 365 group cannot contain groups, and such a cast is refused.
        raise GraphError(400, "Request_UnsupportedQuery", "The cast names a type that cannot be a member.")
    return _members(call, [key for key in group.members if isinstance(call.tenant.directory_object(key), kind)])


@ROUTES.on(
    "GET",
    "/groups/{id}/members/microsoft.graph.user",
    query=("$select", "$top", "$count", "$skiptoken"),
    permission="GET /groups/{id}/members",
    cost=3,
)
def list_user_members(call: Call) -> Answer:
    """Direct members that are users."""
    return _cast_members(call, User)


@ROUTES.on(
    "GET",
    "/groups/{id}/members/microsoft.graph.group",
    query=("$select", "$top", "$count", "$skiptoken"),
    permission="GET /groups/{id}/members",
    cost=3,
)
def list_group_members(call: Call) -> Answer:
    """Direct members that are groups."""
    return _cast_members(call, Group)


@ROUTES.on("GET", "/groups/{id}/transitiveMembers", query=("$select", "$top", "$count", "$skiptoken"), cost=3)
def list_transitive_members(call: Call) -> Answer:
    """Members of members too."""
    found: dict[str, None] = {}
    waiting = list(find_group(call, call.params["id"]).members)
    while waiting:
        key = waiting.pop(0)
        if key not in found:
            found[key] = None
            inner = call.tenant.groups.get(key)
            waiting += list(inner.members) if inner else []
    return _members(call, list(found))


@ROUTES.on("POST", "/groups/{id}/members/$ref", body=True)
def add_member(call: Call) -> Answer:
    """Add one member by reference."""
    group = find_group(call, call.params["id"])
    body = require_body(call)
    match = REFERENCE.match(str(body.get("@odata.id", "")))
    if set(body) != {"@odata.id"} or not match:
        raise bad_request("Invalid URL format specified in @odata.id.")
    key = match.group(1).lower()
    if key not in call.tenant.users and key not in call.tenant.groups:
        raise not_found(key)
    if key in group.members:
        raise bad_request(
            "One or more added object references already exist for the following modified properties: 'members'."
        )
    group.members[key] = None
    return Answer(204)


@ROUTES.on("DELETE", "/groups/{id}/members/{member}/$ref")
def remove_member(call: Call) -> Answer:
    """Remove one member."""
    group = find_group(call, call.params["id"])
    key = call.params["member"].lower()
    if key not in group.members:
        raise not_found(call.params["member"])
    del group.members[key]
    return Answer(204)


@ROUTES.on("GET", "/users/{id}/memberOf", query=("$select", "$top", "$count", "$skiptoken"), cost=2)
def list_member_of(call: Call) -> Answer:
    """Groups a user is a direct member of."""
    user = call.tenant.find_user(call.params["id"])
    if user is None:
        raise not_found(call.params["id"])
    return _members(call, [group.id for group in call.tenant.groups.values() if user.id in group.members])


@ROUTES.on("POST", "/directoryObjects/getByIds", body=True, query=("$select",), write=False, cost=3)
def get_by_ids(call: Call) -> Answer:
    """Up to 1,000 objects at once; unknown ids are simply missing from the answer."""
    body = check_parameters(
        call.api,
        {"ids": "Collection(Edm.String)!", "types": "Collection(Edm.String)"},
        require_body(call),
        required=("ids",),
    )
    ids = body["ids"]
    if not 1 <= len(ids) <= 1000:
        raise bad_request("The number of ids must be between 1 and 1000.")
    for key in ids:
        if not is_guid(key):
            raise bad_request(f"Invalid GUID:{key}")
    wanted = {kind.lower() for kind in body.get("types") or ["directoryObject"]}
    unknown = wanted - {"user", "group", "serviceprincipal", "application", "device", "directoryobject"}
    if unknown:
        raise bad_request(f"Invalid type '{sorted(unknown)[0]}'.")
    names = call.query.select(None)
    values = []
    for key in ids:
        item = call.tenant.directory_object(key)
        if item is not None and wanted & {type(item).__name__.lower(), "directoryobject"}:
            values.append(directory_view(call.api, item, names))
    return Answer(200, {"@odata.context": call.context("directoryObjects"), "value": values})
