# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who is assigned to a configuration, and so in its scope (graph-api.md section 9). PRIVATE to the collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .._batch import send_together
from .._configuration import selected_service_principal
from .._connection import ZERO_GUID, is_guid
from .._errors import GraphError, InputError, LostAnswer, PartlyDone, doing
from .._graph import PAGE_SIZE, Request
from .._principals import KINDS, Principal, resolve_principals
from .._types import Result
from .._waiting import growing_delays
from .app_roles import app_role_id
from .blast_radius import count_affected
from .named_app_role import named_app_role
from .principal_warnings import warn_of_assigned, warn_of_nested_groups, warn_of_sms_sign_in, warn_of_unassigned

if t.TYPE_CHECKING:
    from .._graph import GraphClient
    from .._types import Tree

# Seconds that a new service principal may need before users can be assigned to it (section 13).
REFERENCE_LAG = 20.0
_ROLES = {"$select": "id,appRoles"}
_LIST = {"$top": str(PAGE_SIZE), "$select": "id,appRoleId,principalId,principalDisplayName,principalType"}


class AppRoleAssignments:
    """Adds and removes assignments until the principals named are assigned, not assigned, or the only ones."""

    def __init__(self, params: Tree) -> None:
        self.params = params
        self.warnings: list[str] = []
        for each in params["principals"]:
            if len([kind for kind in KINDS if each.get(kind)]) != 1:
                raise InputError("principals", f"{each} must name exactly one of {', '.join(KINDS)}")
        if (params.get("max_removals") or 0) < 0:
            raise InputError("max_removals", "it is below zero", hint="0 removes nobody")

    def run(self, graph: GraphClient, check_mode: bool) -> Result:
        """Compare the list of assignments with what is wanted, then send the differences."""
        principal_id = selected_service_principal(graph, self.params, check_mode)
        wanted = resolve_principals(graph, self.params["principals"])
        role = self._role(graph, principal_id)
        current = self._assigned(graph, principal_id)
        additions, removals = self._plan(wanted, current, role)
        if additions and principal_id is not None:
            self._refuse_unusable_role(graph, principal_id)
        outcome = _Outcome(wanted, current, additions, removals)
        outcome.affected_users = self._guard(graph, outcome, role)
        self._warn(graph, outcome, known=principal_id is not None)
        if principal_id is not None and not check_mode:
            # Additions first: whoever gets another role stays in scope all the time, also when he does not get it.
            outcome.not_added = self._add(graph, principal_id, additions, role)
            refused = outcome.refused
            outcome.removals = [row for row in removals if row["principalId"] not in refused]
            outcome.not_removed = self._remove(graph, principal_id, outcome.removals)
        return self._result(outcome)

    def _result(self, outcome: _Outcome) -> Result:
        before, after = outcome.removed, outcome.added
        changed = bool(before or after)
        if outcome.failures:
            first = outcome.failures[0]
            raise PartlyDone(
                f"{len(outcome.failures)} of {len(outcome.wanted)} principals: the first is {first['name']},"
                f" {first['message']} ({first['code']})",
                changed=changed,
                values=outcome.values(),
                hint=first["hint"] or "See assignments.failed for each of them",
            )
        return Result(
            changed,
            outcome.values(),
            before={"assignments": before} if before else {},
            after={"assignments": after} if after else {},
            warnings=self.warnings,
        )

    def _role(self, graph: GraphClient, principal_id: str | None) -> str:
        """The app role: as given by id or name, else the one for users."""
        named = self.params.get("app_role")
        if named and is_guid(named):
            return str(named).lower()
        if principal_id is None:
            return ZERO_GUID
        with doing("read the app roles of the configuration"):
            roles = graph.get(f"/servicePrincipals/{principal_id}", _ROLES).get("appRoles") or []
        if not named:
            return app_role_id(roles)
        return named_app_role(roles, named, to_assign=self.params["state"] != "absent")

    def _refuse_unusable_role(self, graph: GraphClient, principal_id: str) -> None:
        """A role that is given by its id is looked at only when somebody is to be assigned to it."""
        named = self.params.get("app_role")
        if named and is_guid(named):
            with doing("read the app roles of the configuration"):
                principal = graph.find(f"/servicePrincipals/{principal_id}", _ROLES) or {}
            named_app_role(principal.get("appRoles") or [], named, to_assign=True)

    @staticmethod
    def _assigned(graph: GraphClient, principal_id: str | None) -> list[Tree]:
        if principal_id is None:
            return []
        with doing("list who is assigned"):
            rows = graph.pages(f"/servicePrincipals/{principal_id}/appRoleAssignedTo", _LIST)
        return [{**row, **{name: str(row.get(name)).lower() for name in ("principalId", "appRoleId")}} for row in rows]

    def _plan(self, wanted: list[Principal], current: list[Tree], role: str) -> tuple[list[str], list[Tree]]:
        """The object ids to assign, and the assignments to remove."""
        ids = {each.object_id for each in wanted}
        if self.params["state"] == "absent":
            only_role = role if self.params.get("app_role") else None
            return [], [row for row in current if row["principalId"] in ids and only_role in (None, row["appRoleId"])]
        assigned = {row["principalId"] for row in current if row["appRoleId"] == role}
        additions = [each.object_id for each in wanted if each.object_id not in assigned]
        if self.params["state"] == "present":
            return additions, []
        return additions, [row for row in current if row["principalId"] not in ids or row["appRoleId"] != role]

    def _guard(self, graph: GraphClient, outcome: _Outcome, role: str) -> int | None:
        """How many users lose their scope, if that is limited.

        :raises EntraError: they are too many.
        """
        limit = self.params.get("max_removals")
        if limit is None:
            return None
        removed = {row["id"] for row in outcome.removals}
        kept = {row["principalId"] for row in outcome.current if row["id"] not in removed and row["appRoleId"] == role}
        # Whoever gets another role keeps the one he has until he got it.
        moved = {each.object_id for each in outcome.wanted} if self.params["state"] == "exact" else set()
        lost = [row for row in outcome.removals if row["principalId"] not in kept | moved]
        return count_affected(graph, lost, kept, limit)

    def _warn(self, graph: GraphClient, outcome: _Outcome, *, known: bool) -> None:
        """Tell of principals that are assigned in vain.

        :param known: whether the configuration exists; who is to be added to it costs requests only then.
        """
        if self.params["state"] == "absent":
            removed = {row["principalId"] for row in outcome.removals}
            self.warnings += warn_of_unassigned([each for each in outcome.wanted if each.object_id in removed])
            return
        self.warnings += warn_of_assigned(outcome.wanted)
        if known:
            added = set(outcome.additions)
            self.warnings += warn_of_nested_groups(graph, [each for each in outcome.wanted if each.object_id in added])
        if self.params["check_sign_in_methods"]:
            self.warnings += warn_of_sms_sign_in(graph, outcome.wanted)

    def _add(self, graph: GraphClient, principal_id: str, ids: list[str], role: str) -> dict[str, GraphError]:
        """Assign; returns what was refused, by principal."""

        def assigned(rows: list[Tree]) -> set[str]:
            return {row["principalId"] for row in rows if row["appRoleId"] == role}

        path = f"/servicePrincipals/{principal_id}/appRoleAssignedTo"
        bodies = [{"principalId": each, "resourceId": principal_id, "appRoleId": role} for each in ids]
        requests = [Request("POST", path, body=body, repeatable=False) for body in bodies]
        return self._carry_out(graph, principal_id, dict(zip(ids, requests, strict=True)), assigned)

    def _remove(self, graph: GraphClient, principal_id: str, rows: list[Tree]) -> dict[str, GraphError]:
        """Remove assignments; returns what was refused, by principal."""

        def gone(listed: list[Tree]) -> set[str]:
            return {row["id"] for row in rows} - {row["id"] for row in listed}

        path = f"/servicePrincipals/{principal_id}/appRoleAssignedTo"
        requests = {row["id"]: Request("DELETE", f"{path}/{row['id']}", repeatable=False) for row in rows}
        refused = self._carry_out(graph, principal_id, requests, gone)
        return {row["principalId"]: refused[row["id"]] for row in rows if row["id"] in refused}

    def _carry_out(
        self,
        graph: GraphClient,
        principal_id: str,
        requests: dict[str, Request],
        done: t.Callable[[list[Tree]], set[str]],
    ) -> dict[str, GraphError]:
        """Send the requests. What got no answer, or is not replicated yet, is looked for in the list and sent again.

        :param done: which of them the list of assignments shows as done.
        :returns: what was refused. What an earlier try of ours did before its answer was lost is not among it.
        """
        refused: dict[str, GraphError] = {}
        doubtful: set[str] = set()
        waited = 0.0
        delays = growing_delays()
        while requests:
            delay = next(delays)
            errors = _errors(graph, requests)
            refused.update({each: errors[each] for each in errors if not (each in doubtful and _is_done(errors[each]))})
            again = {each for each, error in errors.items() if isinstance(error, LostAnswer) or _is_lag(error)}
            if not again or waited + delay > REFERENCE_LAG or not graph.patience.allows(delay):
                break
            graph.patience.wait(delay)
            waited += delay
            doubtful |= again
            refused = {each: error for each, error in refused.items() if each not in again}
            still = again - done(self._assigned(graph, principal_id))
            requests = {each: request for each, request in requests.items() if each in still}
        return refused


@dataclass
class _Outcome:
    """What was wanted, what was there, and what the service refused."""

    wanted: list[Principal]
    current: list[Tree]
    additions: list[str]
    removals: list[Tree]
    not_added: dict[str, GraphError] = field(default_factory=dict)
    not_removed: dict[str, GraphError] = field(default_factory=dict)
    affected_users: int | None = None

    @property
    def refused(self) -> set[str]:
        """Those who could not be assigned, and are not assigned already."""
        return {each for each, error in self.not_added.items() if not error.exists}

    @property
    def names(self) -> dict[str, str]:
        known = {row["principalId"]: str(row.get("principalDisplayName")) for row in self.current}
        return {**known, **{each.object_id: each.name for each in self.wanted}}

    @property
    def added(self) -> list[Tree]:
        return self._named(each for each in self.additions if each not in self.not_added)

    @property
    def removed(self) -> list[Tree]:
        ids = dict.fromkeys(row["principalId"] for row in self.removals)
        return self._named(each for each in ids if each not in self.not_removed)

    @property
    def failures(self) -> list[Tree]:
        """What could not be done; what somebody else had done meanwhile is not among it."""
        names = self.names
        errors = [(each, error) for each, error in self.not_added.items() if not error.exists]
        errors += [(each, error) for each, error in self.not_removed.items() if not error.absent]
        return [
            {
                "object_id": each,
                "name": names[each],
                "status": error.status,
                "code": error.code,
                "message": error.message,
                "hint": error.hint,
            }
            for each, error in errors
        ]

    def values(self) -> Tree:
        added, removed, failed = self.added, self.removed, self.failures
        touched = {each["object_id"] for each in (*added, *removed, *failed)}
        removals = {row["id"] for row in self.removals}
        kept = [row["principalId"] for row in self.current if row["id"] not in removals]
        kept += [each for each, error in self.not_removed.items() if not error.absent]
        kept += [each for each, error in self.not_added.items() if error.exists]
        counts = {
            "added": len(added),
            "removed": len(removed),
            "unchanged": len([each for each in self.wanted if each.object_id not in touched]),
            "total": len({*kept, *(each["object_id"] for each in added)}),
            "failed": failed,
            **({} if self.affected_users is None else {"affected_users": self.affected_users}),
        }
        kinds = {row["principalId"]: str(row.get("principalType")).lower() for row in self.current}
        kinds.update({each.object_id: each.kind for each in self.wanted if each.kind})
        wanted = [{"object_id": each.object_id, "name": each.name} for each in self.wanted]
        for each in wanted:
            # A type that is not known is left out, as the option has no word for it.
            if kinds.get(each["object_id"]) in ("user", "group"):
                each["type"] = kinds[each["object_id"]]
        return {"assignments": counts, "principals": wanted}

    def _named(self, ids: t.Iterable[str]) -> list[Tree]:
        names = self.names
        return [{"object_id": each, "name": names[each]} for each in ids]


def _errors(graph: GraphClient, requests: dict[str, Request]) -> dict[str, GraphError]:
    """Send the requests and return what was refused."""
    answers = send_together(graph, list(requests.values()))
    return {key: answer for key, answer in zip(requests, answers, strict=True) if isinstance(answer, GraphError)}


def _is_done(error: GraphError) -> bool:
    return error.exists or (error.method == "DELETE" and error.absent)


def _is_lag(error: GraphError) -> bool:
    """The service does not know one of the ids yet (section 9)."""
    if error.status == 400:
        return "not a valid reference" in error.message.lower()
    return error.status == 404 and error.method == "POST"
