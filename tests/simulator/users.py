# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Users (graph-api.md section 10)."""

from __future__ import annotations

import uuid
from typing import Any

from .calls import Answer, Call, require_body
from .errors import bad_request, not_found
from .metadata_model import model
from .odata import FilterRules, filtered, ordered
from .presentation import user_view
from .replication import ABSENT
from .routing import Routes
from .tenant import DeletedItem, Tenant, User
from .typecheck import check_entity

ROUTES = Routes("directory")
TEXT = ("eq", "in", "startswith")
RULES = FilterRules(
    {
        "id": ("eq", "in"),
        "displayName": TEXT,
        "mail": TEXT,
        "mailNickname": TEXT,
        "userPrincipalName": TEXT,
        "userType": ("eq", "in"),
        "accountEnabled": ("eq",),
        "department": TEXT,
        "country": TEXT,
        "givenName": TEXT,
        "surname": TEXT,
        "jobTitle": TEXT,
        "city": TEXT,
        "employeeId": TEXT,
    },
    advanced=True,
    resource="User",
)
MOBILE_PHONE = "3179e48a-750b-4051-897c-87b9720928f7"
READ_ONLY = ("id", "deletedDateTime", "createdDateTime", "assignedPlans", "provisionedPlans")


def find_user(call: Call, key: str) -> User:
    """By id or userPrincipalName; 404 ``Request_ResourceNotFound``."""
    user = call.tenant.find_user(key)
    if user is None or not call.world.replication.visible(call.tenant.id, "user", user.id):
        raise not_found(key)
    return user


def view(call: Call, user: User, names: list[str] | None) -> dict[str, Any]:
    """A user under ``$select``."""
    return user_view(call.api, user.properties, user.id, names)


@ROUTES.on("GET", "/users", query=("$filter", "$select", "$top", "$count", "$orderby", "$search", "$skiptoken"), cost=2)
def list_users(call: Call) -> Answer:
    """All users, filtered."""
    names = call.query.select(model(call.api).types["user"].properties)
    lagging = call.world.replication.pending(call.tenant.id, "user")
    users = [user for key, user in call.tenant.users.items() if lagging.get(key) is not ABSENT]
    found = filtered(users, call.query, RULES, call.eventual, view=lambda user: {"id": user.id, **user.properties})
    if call.query.get("$orderby"):
        shown = ordered(
            [{"u": user, **user.properties} for user in found], call.query, ("displayName", "userPrincipalName")
        )
        found = [entry["u"] for entry in shown]
    return call.page("users", found, lambda user: view(call, user, names))


@ROUTES.on("GET", "/users/{id}", query=("$select", "$expand"))
def get_user(call: Call) -> Answer:
    """One user by id or userPrincipalName."""
    user = find_user(call, call.params["id"])
    names = call.query.select(model(call.api).types["user"].properties)
    expand = call.query.get("$expand")
    if expand is not None and expand.partition("(")[0] != "manager":
        raise bad_request(f"Parsing OData Select and Expand failed: '{expand}' cannot be expanded.")
    shown = view(call, user, names)
    if expand and user.manager_id in call.tenant.users:
        manager = call.tenant.users[str(user.manager_id)]
        shown["manager"] = {"@odata.type": "#microsoft.graph.user", **view(call, manager, None)}
    return call.entity("users/$entity", shown)


@ROUTES.on("GET", "/users/{id}/manager", query=("$select",))
def get_manager(call: Call) -> Answer:
    """The manager; 404 when there is none."""
    user = find_user(call, call.params["id"])
    manager = call.tenant.users.get(user.manager_id or "")
    if manager is None:
        raise not_found("manager")
    names = call.query.select(model(call.api).types["user"].properties)
    return call.entity(
        "directoryObjects/$entity", {"@odata.type": "#microsoft.graph.user", **view(call, manager, names)}
    )


@ROUTES.on("GET", "/users/{id}/authentication/phoneMethods/{method}", query=("$select",))
def get_phone_method(call: Call) -> Answer:
    """A user's mobile phone, which only those have who sign in by SMS; 404 for anybody else."""
    user = find_user(call, call.params["id"])
    if call.params["method"].lower() != MOBILE_PHONE or not user.sms_sign_in:
        raise not_found(call.params["method"])
    phone = {
        "id": MOBILE_PHONE,
        "phoneNumber": "+49 5550100",
        "phoneType": "mobile",
        "smsSignInState": "ready",
    }
    context = f"users('{user.id}')/authentication/phoneMethods/$entity"
    return call.entity(context, phone, select=call.query.select(phone))


@ROUTES.on("POST", "/users", body=True)
def create_user(call: Call) -> Answer:
    """A cloud user; enough for tests."""
    body = check_entity(call.api, "user", require_body(call), read_only=READ_ONLY)
    for name in ("accountEnabled", "displayName", "mailNickname", "userPrincipalName", "passwordProfile"):
        if body.get(name) in (None, ""):
            raise bad_request("One or more required properties are missing or invalid.")
    upn = body["userPrincipalName"]
    if "@" not in upn or not call.tenant.has_domain(upn.rpartition("@")[2]):
        raise bad_request(
            "The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain "
            "names in your organization."
        )
    if call.tenant.find_user(upn):
        raise bad_request("Another object with the same value for property userPrincipalName already exists.")
    body.pop("passwordProfile")
    user = User(
        str(uuid.uuid4()), {"userType": "Member", "mail": None, "createdDateTime": call.world.clock.iso(), **body}
    )
    call.world.replication.changed(call.tenant.id, "user", user.id, ABSENT)
    call.tenant.add_user(user)
    return call.entity("users/$entity", view(call, user, None), 201)


@ROUTES.on("PATCH", "/users/{id}", body=True)
def update_user(call: Call) -> Answer:
    """Change attributes."""
    user = find_user(call, call.params["id"])
    changes = check_entity(call.api, "user", require_body(call), read_only=READ_ONLY)
    change_user(call.tenant, user, changes)
    return Answer(204)


@ROUTES.on("DELETE", "/users/{id}")
def delete_user(call: Call) -> Answer:
    """To the recycle bin."""
    soft_delete(call.tenant, find_user(call, call.params["id"]), call.world.clock.timestamp(), call.world.clock.iso())
    return Answer(204)


def change_user(tenant: Tenant, user: User, changes: dict[str, Any]) -> None:
    """Apply attribute changes and keep the name index right."""
    tenant.users_by_upn.pop(user.upn.lower(), None)
    user.properties.update(changes)
    tenant.users_by_upn[user.upn.lower()] = user.id


def soft_delete(tenant: Tenant, user: User, now: float, when: str, *, by_engine: bool = False) -> None:
    """Move a user to the bin."""
    tenant.remove_user(user.id)
    user.properties["deletedDateTime"] = when
    tenant.deleted[user.id] = DeletedItem("user", user, now, by_engine)
