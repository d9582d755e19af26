# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a retirement has left among the deleted items (graph-api.md section 7.3). PRIVATE to the collection."""

from __future__ import annotations

import typing as t

from .._graph import path
from .._types import Tree
from .retirement_mark import read_mark

if t.TYPE_CHECKING:
    from .._graph import GraphClient

DELETED = "/directory/deletedItems"


def leftovers(graph: GraphClient, target: str) -> list[Tree]:
    """Service principals whose notes say that they were retired for this target, and their applications.

    Nothing else is safe to tell them by: names are free, and settings are gone.
    """
    principals = [
        each
        for each in graph.pages(
            f"{DELETED}/microsoft.graph.servicePrincipal", {"$select": "id,appId,displayName,notes"}
        )
        if (mark := read_mark(each.get("notes"))) and mark.target == target
    ]
    apps = {each.get("appId") for each in principals}
    applications = [
        each
        for each in (
            graph.pages(f"{DELETED}/microsoft.graph.application", {"$select": "id,appId,displayName"}) if apps else []
        )
        if each.get("appId") in apps
    ]
    return [
        {"kind": kind, "object_id": each["id"], "display_name": each.get("displayName")}
        for kind, found in (("application", applications), ("service_principal", principals))
        for each in found
    ]


def purge(graph: GraphClient, left: t.Iterable[Tree]) -> None:
    """Delete them for good. The service principal tells which application is meant, so it goes last."""
    for each in left:
        graph.delete(f"{DELETED}{path(each['object_id'])}")
