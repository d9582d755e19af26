# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Users and groups, named as people name them, become object ids (graph-api.md section 10). PRIVATE."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ._batch import send_together
from ._connection import guid, is_guid
from ._errors import GraphError, InputError, doing
from ._graph import Request, named, path, quoted

if t.TYPE_CHECKING:
    from ._graph import GraphClient
    from ._types import Tree

KINDS = ("user", "group", "object_id")
LISTED = 20
# What the name of everybody contains who comes from another tenant, guest or member.
_EXTERNAL = "#EXT#"
_USER_FIELDS = {"$select": "id,displayName,userPrincipalName,userType,accountEnabled"}
_GROUP_FIELDS = {"$select": "id,displayName,securityEnabled"}


@dataclass(frozen=True)
class Principal:
    """A user or group.

    :param name: as the user of the collection named it.
    :param facts: what was read of it; empty for one that was given by its object id.
    :param kind: ``user`` or ``group``; None for one that was given by its object id alone.
    """

    object_id: str
    name: str
    facts: t.Mapping[str, t.Any]
    kind: str | None = None

    @property
    def is_external(self) -> bool:
        """Whether it is a guest or a member from another tenant, who is never synchronized (section 10)."""
        return (
            str(self.facts.get("userType")).lower() == "guest"
            or _EXTERNAL in str(self.facts.get("userPrincipalName")).upper()
        )


def listed(names: t.Sequence[str]) -> str:
    """Some names for a message, and how many more there are."""
    more = [f"and {len(names) - LISTED} more"] if len(names) > LISTED else []
    return ", ".join([*names[:LISTED], *more])


def resolve_principals(graph: GraphClient, wanted: t.Sequence[Tree], option: str = "principals") -> list[Principal]:
    """The principals in order, each once.

    :param wanted: for each principal one of ``user``, ``group`` and ``object_id``; the last may bear a ``name`` and a
        ``type``.
    :param option: the option that holds them, for messages.
    :raises InputError: some cannot be found, or a name is not unique; all of them are named.
    """
    named = [(kind, str(each[kind])) for each in wanted for kind in KINDS if each.get(kind)]
    given = {str(each.get("object_id")): each for each in wanted}
    lookups = [(kind, name) for kind, name in named if kind != "object_id"]
    found: dict[str, Principal] = {}
    problems: list[str] = []
    for dummy, name in lookups:
        if set(name) <= {"."}:
            raise InputError(option, f"'{name}' is no name")
    with doing("look up the principals"):
        requests = [_lookup(kind, name) for kind, name in lookups]
        answers = {
            lookup: _whole(graph, request, answer)
            for lookup, request, answer in zip(lookups, requests, send_together(graph, requests), strict=True)
        }
        for kind, name in named:
            principal = _found(kind, name, answers[kind, name]) if kind != "object_id" else _given(name, given[name])
            if isinstance(principal, str):
                problems.append(principal)
            else:
                found.setdefault(principal.object_id, principal)
    if problems:
        raise InputError(
            option, "; ".join(problems), hint="Correct the names, or give object_id for what is not unique"
        )
    return list(found.values())


def _given(object_id: str, option: Tree) -> Principal:
    return Principal(guid("principals.object_id", object_id), option.get("name") or object_id, {}, option.get("type"))


def _lookup(kind: str, name: str) -> Request:
    if kind == "user":
        return Request("GET", named("users", name), _USER_FIELDS)
    if is_guid(name):
        return Request("GET", path("groups", name), _GROUP_FIELDS)
    return Request("GET", "/groups", {"$filter": f"displayName eq {quoted(name)}", **_GROUP_FIELDS})


def _whole(graph: GraphClient, request: Request, answer: Tree | GraphError) -> Tree | GraphError:
    """An answer with all of its pages: the first may be empty and yet not be the last (section 3.4)."""
    more = not isinstance(answer, GraphError) and "@odata.nextLink" in answer
    return {"value": graph.all_rows(t.cast("Tree", answer), request)} if more else answer


def _found(kind: str, name: str, answer: Tree | GraphError) -> Principal | str:
    """The principal, or what is wrong with its name."""
    if isinstance(answer, GraphError):
        if not answer.absent:
            raise answer
        return f"there is no {kind} '{name}'"
    matches = answer.get("value", [answer])
    if not matches:
        return f"there is no {kind} '{name}'"
    if len(matches) > 1:
        return f"{len(matches)} {kind}s are named '{name}': {', '.join(str(each['id']) for each in matches)}"
    return Principal(str(matches[0]["id"]).lower(), name, matches[0], kind)
