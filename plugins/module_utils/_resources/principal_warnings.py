# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who is assigned in vain, as far as it can be seen (domain.md sections 3.2, 6.4 and 8). PRIVATE to the collection.

Warnings only: the service takes such assignments.
"""

from __future__ import annotations

import typing as t

from .._batch import send_batch, send_together
from .._errors import GraphError
from .._graph import Request, path
from .._principals import Principal, listed

if t.TYPE_CHECKING:
    from .._graph import GraphClient

# The authentication method that is a user's mobile phone; its id is the same for everybody.
MOBILE_PHONE = "3179e48a-750b-4051-897c-87b9720928f7"


def warn_of_assigned(principals: t.Sequence[Principal]) -> list[str]:
    """What is known of those named without asking further."""
    external = [each.name for each in principals if each.is_external]
    disabled = [each.name for each in principals if each.facts.get("accountEnabled") is False]
    unfit = [each.name for each in principals if each.facts.get("securityEnabled") is False]
    warnings = []
    if external:
        warnings.append(f"Guests and users of other tenants are assigned but never synchronized: {listed(external)}.")
    if disabled:
        warnings.append(
            f"Disabled users are assigned: {listed(disabled)}. They are disabled in the target tenant as well, and are"
            " not deleted there if they lose the assignment while they are disabled."
        )
    if unfit:
        warnings.append(f"Only security-enabled groups can be assigned, and these are not: {listed(unfit)}.")
    return warnings


def warn_of_unassigned(principals: t.Sequence[Principal]) -> list[str]:
    """What is known of those who lose their assignment."""
    disabled = [each.name for each in principals if each.facts.get("accountEnabled") is False]
    if not disabled:
        return []
    return [f"Disabled users stay in the target tenant, disabled, when they are unassigned: {listed(disabled)}."]


def warn_of_nested_groups(graph: GraphClient, principals: t.Sequence[Principal]) -> list[str]:
    """Groups that contain groups, whose members are not in scope."""
    groups = [each for each in principals if each.kind == "group"]
    requests = [
        Request(
            "GET", path("groups", each.object_id, "members", "microsoft.graph.group"), {"$select": "id,displayName"}
        )
        for each in groups
    ]
    nested: list[str] = []
    unread: list[str] = []
    for group, request, answer in zip(groups, requests, send_together(graph, requests), strict=True):
        try:
            inner = _inner_groups(graph, request, answer)
        except GraphError as error:
            unread.append(f"{group.name} ({error.code})")
            continue
        if inner:
            nested.append(f"{group.name} contains {listed(inner)}")
    warnings = []
    if nested:
        warnings.append(f"Members of groups inside groups are not in scope: {'; '.join(nested)}.")
    if unread:
        warnings.append(f"Whether groups contain groups could not be read: {listed(unread)}.")
    return warnings


def _inner_groups(graph: GraphClient, request: Request, answer: t.Any) -> list[str]:
    """The names of the groups inside a group.

    :param answer: what the request brought; a service that does not filter by type refuses it.
    """
    if isinstance(answer, GraphError):
        if answer.status not in (400, 404, 405, 501):
            raise answer
        members = graph.pages(request.path.rpartition("/")[0], request.query)
        rows = [row for row in members if str(row.get("@odata.type")).lower().endswith("group")]
    else:
        rows = graph.all_rows(answer, request)
    return [str(row.get("displayName") or row["id"]) for row in rows]


def warn_of_sms_sign_in(graph: GraphClient, principals: t.Sequence[Principal]) -> list[str]:
    """Users who may sign in by SMS, whom the service skips."""
    users = [each for each in principals if each.kind != "group"]
    requests = [
        Request("GET", path("users", each.object_id, "authentication", "phoneMethods", MOBILE_PHONE)) for each in users
    ]
    # The first goes alone: whoever may not read one may read none.
    answers = send_together(graph, requests[:1])
    if requests and not _is_refused(users[0], answers[0]):
        answers += send_batch(graph, requests[1:])
    refused = next((each for each in map(_is_refused, users, answers) if each), None)
    ready = [user.name for user, answer in zip(users, answers, strict=False) if _may_sign_in_by_sms(answer)]
    warnings = []
    if ready:
        warnings.append(f"Users who sign in by SMS are assigned but never synchronized: {listed(ready)}.")
    if refused:
        warnings.append(f"Whether all users sign in without SMS could not be read: {refused.explanation()}")
    return warnings


def _is_refused(principal: Principal, answer: t.Any) -> GraphError | None:
    """The error, if it is one: who has no phone has none of this id, and an object id may be a group's."""
    if not isinstance(answer, GraphError) or answer.absent or (principal.kind is None and answer.status == 400):
        return None
    return answer


def _may_sign_in_by_sms(answer: t.Any) -> bool:
    return isinstance(answer, dict) and str(answer.get("smsSignInState")).lower() == "ready"
