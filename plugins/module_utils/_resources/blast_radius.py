# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many users lose their scope when assignments are removed (graph-api.md section 9). PRIVATE to the collection."""

from __future__ import annotations

import typing as t

from .._batch import send_batch
from .._errors import EntraError, GraphError, doing
from .._graph import PAGE_SIZE, Request, path
from .._principals import listed

if t.TYPE_CHECKING:
    from .._batch import Answer
    from .._graph import GraphClient
    from .._types import Tree

# Principals that stand for nobody but themselves; any other is asked for its members.
_SINGLE = ("user", "serviceprincipal")


def count_affected(graph: GraphClient, removals: t.Sequence[Tree], staying: t.Collection[str], limit: int) -> int:
    """The users who lose their scope: each once, a group's direct members for the group.

    :param staying: the ids of those who are assigned all the same.
    :raises EntraError: they are more than the limit, or the members of a group may not be read.
    """
    behind = {each: users.difference(staying) for each, users in _users_behind(graph, removals).items()}
    affected = len(frozenset().union(*behind.values()))
    if affected > limit:
        names = {row["principalId"]: str(row.get("principalDisplayName")) for row in removals}
        counts = [names[each] + (f" with {len(users)}" if users != {each} else "") for each, users in behind.items()]
        raise EntraError(
            f"{affected} users would lose their scope with {len(removals)} assignments ({listed(counts)}), and"
            f" max_removals allows {limit}; nothing was changed",
            hint="Whoever loses the scope is deleted in the target tenant: raise max_removals if it is meant",
        )
    return affected


def _users_behind(graph: GraphClient, removals: t.Sequence[Tree]) -> dict[str, frozenset[str]]:
    """For each principal, who is in scope through it."""
    kinds = {row["principalId"]: str(row.get("principalType")).lower() for row in removals}
    groups = [each for each, kind in kinds.items() if kind not in _SINGLE]
    # Of several groups the first pages are read together; most groups have one page.
    answers = send_batch(graph, [_first_page(each) for each in groups]) if len(groups) > 1 else [None] * len(groups)
    with doing("count the members of the groups whose assignments would be removed"):
        members = {each: _users_of(graph, each, answer) for each, answer in zip(groups, answers, strict=True)}
    return {each: members.get(each, frozenset((each,))) for each in kinds}


def _first_page(group: str) -> Request:
    return Request("GET", path("groups", group, "members"), {"$select": "id", "$top": str(PAGE_SIZE)})


def _users_of(graph: GraphClient, group: str, answer: Answer | None) -> frozenset[str]:
    """The users among the direct members of a group.

    :param answer: the first page, where it has been asked for.
    """
    request = _first_page(group)
    try:
        if isinstance(answer, GraphError):
            raise answer
        rows = graph.pages(request.path, request.query) if answer is None else graph.all_rows(answer, request)
    except GraphError as error:
        if not error.absent:
            raise
        # A group that is gone, or that was none: it stands for itself.
        return frozenset((group,))
    return frozenset(str(row["id"]).lower() for row in rows if _is_user(row))


def _is_user(member: Tree) -> bool:
    return str(member.get("@odata.type") or "user").lower().endswith("user")
