# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recycle bin: applications, service principals, users (graph-api.md section 7.3)."""

from __future__ import annotations

from typing import Any

from .calls import Answer, Call
from .errors import bad_request, not_found
from .metadata_model import model
from .odata import selected
from .presentation import present, user_view
from .routing import Routes
from .tenant import DeletedItem, Tenant
from .typecheck import is_guid

ROUTES = Routes("directory")
RETENTION = 30 * 86400.0
KINDS = ("application", "servicePrincipal", "user")


def expire(tenant: Tenant, now: float) -> None:
    """Purge what has lain in the bin for 30 days of simulated time."""
    for key in [key for key, entry in tenant.deleted.items() if now - entry.deleted_at >= RETENTION]:
        del tenant.deleted[key]


def deleted_view(api: str, entry: DeletedItem, names: list[str] | None = None) -> dict[str, Any]:
    """A deleted object, with ``deletedDateTime``."""
    item = entry.item
    if entry.kind == "user":
        shown = user_view(api, item.properties, item.id, names)
        if names is None or "deletedDateTime" in names:
            shown["deletedDateTime"] = item.properties.get("deletedDateTime")
        return shown
    return selected(present(api, entry.kind, item.properties, item.id), names)


def _list(call: Call, kind: str) -> Answer:
    items = [entry for entry in call.tenant.deleted.values() if entry.kind == kind]
    names = call.query.select(model(call.api).types[kind].properties)
    return call.page(f"{kind}s", items, lambda entry: deleted_view(call.api, entry, names))


for _kind in KINDS:

    def _handler(call: Call, kind: str = _kind) -> Answer:
        return _list(call, kind)

    ROUTES.on(
        "GET", f"/directory/deletedItems/microsoft.graph.{_kind}", query=("$select", "$top", "$count", "$skiptoken")
    )(_handler)


def _find(call: Call) -> DeletedItem:
    key = call.params["id"]
    if not is_guid(key):
        raise bad_request(f"Invalid object identifier '{key}'.")
    entry = call.tenant.deleted.get(key.lower())
    if entry is None:
        raise not_found(key)
    return entry


@ROUTES.on("GET", "/directory/deletedItems/{id}", query=("$select",))
def get_item(call: Call) -> Answer:
    """One deleted object."""
    entry = _find(call)
    return call.entity("directoryObjects/$entity", _typed(call, entry))


@ROUTES.on("DELETE", "/directory/deletedItems/{id}")
def purge(call: Call) -> Answer:
    """Remove for good."""
    entry = _find(call)
    del call.tenant.deleted[entry.item.id]
    return Answer(204)


@ROUTES.on("POST", "/directory/deletedItems/{id}/restore")
def restore(call: Call) -> Answer:
    """Bring back one object; an application does not bring back its service principal."""
    entry = _find(call)
    restore_item(call.tenant, entry)
    return call.entity("directoryObjects/$entity", _typed(call, entry))


def restore_item(tenant: Tenant, entry: DeletedItem) -> None:
    """Move an entry of the bin back where it came from."""
    item = entry.item
    del tenant.deleted[item.id]
    item.properties["deletedDateTime"] = None
    if entry.kind == "user":
        tenant.add_user(item)
    elif entry.kind == "application":
        tenant.applications[item.id] = item
    else:
        tenant.service_principals[item.id] = item


def _typed(call: Call, entry: DeletedItem) -> dict[str, Any]:
    return {"@odata.type": f"#microsoft.graph.{entry.kind}", **deleted_view(call.api, entry)}
