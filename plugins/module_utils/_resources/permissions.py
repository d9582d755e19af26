# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which permissions the token in use has and lacks (graph-api.md section 2). PRIVATE to the collection."""

from __future__ import annotations

import typing as t

from .._errors import EntraError, GraphError
from .._types import Result
from .licences import licences_of
from .operations import OPERATIONS, SPECIAL, judge

if t.TYPE_CHECKING:
    from .._graph import GraphClient
    from .._types import Tree

# Something that every app of this collection may read.
_PROBE = "/policies/crossTenantAccessPolicy"


class Permissions:
    """Reads the token; requests go to Graph only where it is silent, and for licences."""

    def __init__(self, params: Tree) -> None:
        self.params = params

    def run(self, graph: GraphClient, check_mode: bool) -> Result:
        """Compare the token with what each operation needs."""
        held, delegated = _held(graph)
        warnings = []
        if held is None:
            warnings.append(f"The token of tenant {graph.tenant_id} does not say which permissions it has.")
        operations = self.params.get("operations") or [each for each in OPERATIONS if each not in SPECIAL]
        rows = [_row(graph, each, held, delegated) for each in operations]
        warnings += dict.fromkeys(f"{note}." for row in rows for note in row["notes"])
        lacking = sorted({each for row in rows for each in row["missing"]})
        if lacking and self.params["fail_on_missing"]:
            error = EntraError(
                f"The app {graph.token.client_id} lacks {', '.join(lacking)} in tenant {graph.tenant_id}",
                hint=f"Grant it, and let an administrator consent at {graph.consent_url}",
            )
            error.tenant_id = graph.tenant_id
            raise error
        licences = None
        if self.params["check_licences"]:
            licences, more = licences_of(graph, groups=self.params["group_sync"])
            warnings += more
        values = {
            "permissions": rows,
            "missing": lacking,
            "licences": licences,
            "cloud": self.params["cloud"],
            "tenant_id": graph.tenant_id,
            "client_id": graph.token.client_id,
            "consent_url": graph.consent_url,
        }
        return Result(False, values, warnings=warnings)


def _row(graph: GraphClient, operation: str, held: frozenset[str] | None, delegated: bool) -> Tree:
    missing, notes = ([], []) if held is None else judge(operation, held, delegated=delegated)
    return {
        "operation": operation,
        "granted": None if held is None else not missing,
        "missing": missing,
        "notes": notes,
        "consent_url": graph.consent_url,
    }


def _held(graph: GraphClient) -> tuple[frozenset[str] | None, bool]:
    """The permissions of the token, and whether they are a user's; None where they cannot be known."""
    claims = graph.token.claims
    kind = claims.get("idtyp")
    roles, scopes = (_names(claims.get(name)) for name in ("roles", "scp"))
    if scopes and (kind != "app" or roles is None):
        return frozenset(scopes), True
    if roles is not None:
        return frozenset(roles), False
    # An app that was granted nothing has no claim about it. Any other claim may be missing as well, so it is tried.
    return (frozenset() if kind == "app" and _is_refused(graph) else None), False


def _names(claim: t.Any) -> list[str] | None:
    if isinstance(claim, str):
        return claim.split()
    return [str(each) for each in claim] if isinstance(claim, list) else None


def _is_refused(graph: GraphClient) -> bool:
    try:
        graph.get(_PROBE, {"$select": "id"})
    except GraphError as error:
        return error.status == 403
    return False
