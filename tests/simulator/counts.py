# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ``/$count`` segment of directory collections: an advanced query (graph-api.md section 3.5)."""

from __future__ import annotations

from collections.abc import Callable

from . import applications, users
from . import groups as groups_module
from .calls import Answer, Call
from .errors import unsupported_query
from .odata import FilterRules, filtered
from .presentation import present
from .routing import Routes

ROUTES = Routes("directory")


def _answer(call: Call, number: int) -> Answer:
    return Answer(200, headers={"Content-Type": "text/plain"}, text=str(number))


def _count(call: Call, kind: str, items: list[dict[str, object]], rules: FilterRules) -> Answer:
    if not call.eventual:
        raise unsupported_query("$count is not currently supported without the header 'ConsistencyLevel: eventual'.")
    call.query.values.setdefault("$count", "true")
    return _answer(call, len(filtered(items, call.query, rules, True)))


def _users(call: Call) -> Answer:
    items = [{"id": user.id, **user.properties} for user in call.tenant.users.values()]
    return _count(call, "user", items, users.RULES)


def _groups(call: Call) -> Answer:
    items = [{"id": group.id, **group.properties} for group in call.tenant.groups.values()]
    return _count(call, "group", items, groups_module.RULES)


def _service_principals(call: Call) -> Answer:
    items = [
        present(call.api, "servicePrincipal", item.properties, item.id)
        for item in call.tenant.service_principals.values()
    ]
    return _count(call, "servicePrincipal", items, applications.RULES["servicePrincipal"])


def _members(call: Call) -> Answer:
    group = groups_module.find_group(call, call.params["id"])
    return _count(call, "directoryObject", [{"id": key} for key in group.members], FilterRules({}))


def _assigned(call: Call) -> Answer:
    principal = applications.find_service_principal(call, call.params["id"])
    stored = call.tenant.assignments.by_resource.get(principal.id, {})
    return _count(call, "appRoleAssignment", list(stored.values()), FilterRules({}))


_COLLECTIONS: dict[str, Callable[[Call], Answer]] = {
    "/users": _users,
    "/groups": _groups,
    "/servicePrincipals": _service_principals,
    "/groups/{id}/members": _members,
    "/servicePrincipals/{id}/appRoleAssignedTo": _assigned,
}
for _path, _handler in _COLLECTIONS.items():
    ROUTES.on("GET", f"{_path}/$count", query=("$filter",), permission=f"GET {_path}")(_handler)
