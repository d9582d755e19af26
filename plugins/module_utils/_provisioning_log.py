# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The provisioning log of a tenant (graph-api.md section 11). PRIVATE to the collection."""

from __future__ import annotations

import itertools
import typing as t

from ._errors import GraphError
from ._graph import quoted
from ._pace import Pace
from ._types import Tree

if t.TYPE_CHECKING:
    from ._graph import GraphClient

LOG = "/auditLogs/provisioning"
# The largest that the documentation shows.
PAGE = 500
# The service refuses filters with too many alternatives.
ALTERNATIVES = 10


def equals(field: str, value: str) -> str:
    """A clause of a filter. The service compares with case."""
    return f"{field} eq {quoted(value)}"


def any_of(clauses: t.Sequence[str]) -> list[str]:
    """One clause of alternatives; none where there are none, or too many for the service."""
    if not clauses or len(clauses) > ALTERNATIVES:
        return []
    return [clauses[0] if len(clauses) == 1 else f"({' or '.join(clauses)})"]


def read_log(
    graph: GraphClient,
    filters: t.Sequence[t.Sequence[str]],
    wanted: t.Callable[[Tree], bool],
    limit: int | None = None,
    *,
    doubted: bool = False,
) -> tuple[list[Tree], bool]:
    """The entries that are wanted, newest first, and whether these are all.

    :param filters: clauses, from as narrow as can be to what the service is sure to take: it may refuse the narrow
        ones, so ``wanted`` says the same.
    :param doubted: whether the first filter has words that the service may spell otherwise. It compares with case, so
        where it finds nothing the next one is tried as well.
    """
    pace = Pace()
    for clauses, wider in itertools.pairwise(filters):
        try:
            found = _read(graph, pace, clauses, wanted, limit)
            if found[0] or not doubted or not _hides(graph, pace, wider, wanted):
                return found
        except GraphError as error:
            if error.status != 400:
                raise
        doubted = False
    return _read(graph, pace, filters[-1], wanted, limit)


def _hides(graph: GraphClient, pace: Pace, wider: t.Sequence[str], wanted: t.Callable[[Tree], bool]) -> bool:
    """Whether a filter hides entries that are wanted, by the newest without it."""
    newest: list[Tree] = next((page for page in _pages(graph, pace, wider) if page), [])
    return any(wanted(row) or _is_spelled_otherwise(row) for row in newest)


def _is_spelled_otherwise(row: Tree) -> bool:
    action, status = said(row, "provisioningAction"), said(row, "provisioningStatusInfo", "status")
    return action not in ("", action_of(row)) or status not in ("", status_of(row))


def _pages(graph: GraphClient, pace: Pace, clauses: t.Sequence[str]) -> t.Iterator[list[Tree]]:
    query = {"$top": str(PAGE), "$orderby": "activityDateTime desc"}
    if clauses:
        query["$filter"] = " and ".join(clauses)
    return graph.each_page(LOG, query, before=lambda: pace.keep(graph.patience))


def _read(
    graph: GraphClient, pace: Pace, clauses: t.Sequence[str], wanted: t.Callable[[Tree], bool], limit: int | None
) -> tuple[list[Tree], bool]:
    found: list[Tree] = []
    for page in _pages(graph, pace, clauses):
        found += [row for row in page if wanted(row)]
        if limit is not None and len(found) > limit:
            return found[:limit], False
    return found, True


def said(row: Tree, *names: str) -> str:
    """A text somewhere in an entry; empty where there is none."""
    value: t.Any = row
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return "" if value is None else str(value)


def status_of(row: Tree) -> str:
    """How it ended, in the spelling of the metadata."""
    return (said(row, "provisioningStatusInfo", "status") or said(row, "statusInfo", "status")).lower()


def action_of(row: Tree) -> str:
    """What was done, in the spelling of the metadata, whatever the case it comes in."""
    action = said(row, "provisioningAction") or said(row, "action")
    return "stagedDelete" if action.lower() == "stageddelete" else action[:1].lower() + action[1:]
