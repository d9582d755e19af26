# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Provision single users now (graph-api.md section 8.5). PRIVATE to the collection."""

from __future__ import annotations

import typing as t

from .._configuration import selected_service_principal, when_known
from .._errors import EntraError, GraphError, InputError, LostAnswer, PartlyDone, doing
from .._graph import Request
from .._jobs import job_path_of, no_job, object_mapping
from .._pace import Pace
from .._principals import Principal, resolve_principals
from .._provisioning_advice import EQUAL
from .._types import Result
from .._waiting import growing_delays
from .on_demand_answer import read_answer, says_not_assigned

if t.TYPE_CHECKING:
    from .._graph import GraphClient
    from .._types import Tree

LONGEST_ANSWER = 120.0
ATTEMPTS = 5


class ProvisionOnDemand:
    """Sends users through the job one by one, and reports what became of each."""

    def __init__(self, params: Tree) -> None:
        self.params = params
        self._pace = Pace()
        self._principal_id = ""
        self._rule_id = ""
        self._rule_is_fresh = False

    def run(self, graph: GraphClient, check_mode: bool) -> Result:
        """Provision each user; in check mode only look them up."""
        principal_id = selected_service_principal(graph, self.params, check_mode)
        users = self._users(graph)
        if check_mode:
            results = [_report(user, _unsaid("predicted", changed=True)) for user in users]
            return Result(bool(users), {"results": results}, after={"provisioned": self.params["users"]})
        self._principal_id = str(principal_id)
        job = self._job(graph, self._principal_id)
        self._rule_id = self._rule(graph, job)
        outcomes = self._provision_all(graph, job, users)
        warnings = [
            f"{user.name} was provisioned with a warning: {outcomes[user.object_id]['reason'] or 'see the steps'}"
            for user in users
            if outcomes[user.object_id].pop("warned")
        ]
        results = [_report(user, outcomes[user.object_id]) for user in users]
        moved = [each["user"] for each in results if each["changed"]]
        failures = [each for each in results if each["status"] == "failure"]
        if failures:
            remedies = [each["remedy"] for each in failures if each["remedy"] and each["remedy"] not in each["reason"]]
            remedies = list(dict.fromkeys(remedies))
            raise PartlyDone(
                f"{len(failures)} of {len(users)} users could not be provisioned: {'; '.join(map(_told, failures))}",
                changed=bool(moved),
                values={"results": results},
                hint=". ".join(remedies) or "The failing step of each is in results",
            )
        return Result(
            bool(moved), {"results": results}, after={"provisioned": moved} if moved else {}, warnings=warnings
        )

    def _users(self, graph: GraphClient) -> list[Principal]:
        """The users by object id; groups are not provisioned on demand across tenants (section 8.5)."""
        try:
            return resolve_principals(graph, [{"user": user} for user in self.params["users"]], "users")
        except InputError as error:
            error.hint = "Name users by user principal name or object id; groups cannot be provisioned on demand"
            raise

    def _provision_all(self, graph: GraphClient, job: str, users: t.Sequence[Principal]) -> dict[str, Tree]:
        """Provision the users; those whose assignment is not effective yet are taken up again (section 13)."""
        outcomes: dict[str, Tree] = {}
        waited = 0.0
        delays = growing_delays(2.0)
        while users:
            for user in users:
                outcomes[user.object_id] = self._provision(graph, job, user, is_first=not outcomes)
            users = [user for user in users if outcomes[user.object_id].pop("not_assigned")]
            delay = next(delays)
            if waited + delay > self.params["wait_for_assignment"] or not graph.patience.allows(delay):
                break
            if users:
                graph.patience.wait(delay)
                waited += delay
        return outcomes

    def _provision(self, graph: GraphClient, job: str, user: Principal, *, is_first: bool) -> Tree:
        """Provision one user.

        :raises GraphError: the service refuses the first user for a reason that will stop the others as well.
        """
        lost = 0
        delays = growing_delays(1.0)
        while True:
            try:
                with doing(f"provision {user.name}"):
                    outcome = read_answer(self._ask(graph, job, user), user.object_id)
            except LostAnswer as error:
                lost += 1
                delay = next(delays) if error.retry_after is None else error.retry_after
                if lost == ATTEMPTS or not graph.patience.allows(delay):
                    return _failed(error)
                graph.patience.wait(delay)
            except GraphError as error:
                if is_first and error.status in (401, 403, 404):
                    raise
                return _failed(error)
            else:
                # Who is found equal after an answer was lost may have been provisioned by what was not answered.
                return {**outcome, "changed": outcome["status"] == "success" or (lost > 0 and _is_equal(outcome))}

    def _ask(self, graph: GraphClient, job: str, user: Principal) -> Tree:
        """Send the request; when the job does not know the rule any more, with the rule that it has now."""
        try:
            return self._send(graph, job, user)
        except GraphError as error:
            if error.code != "RequestParameterInvalid" or self._rule_is_fresh:
                raise
            known, self._rule_id = self._rule_id, self._rule(graph, job)
            self._rule_is_fresh = True
            if known == self._rule_id:
                raise
        return self._send(graph, job, user)

    def _send(self, graph: GraphClient, job: str, user: Principal) -> Tree:
        self._pace.keep(graph.patience)
        subject = {"objectId": user.object_id, "objectTypeName": "User"}
        body = {"parameters": [{"ruleId": self._rule_id, "subjects": [subject]}]}
        return graph.send(
            Request("POST", f"{job}/provisionOnDemand", body=body, repeatable=False, patience=LONGEST_ANSWER)
        )

    @staticmethod
    def _job(graph: GraphClient, principal_id: str) -> str:
        found = job_path_of(graph, principal_id)
        if found is None:
            raise no_job(principal_id)
        return found

    def _rule(self, graph: GraphClient, job: str) -> str:
        """The id of the rule for users; it differs between jobs (section 8.6)."""
        with doing("read the job's synchronization rules"):
            schema = when_known(graph, self._principal_id, lambda: graph.get(f"{job}/schema"))
            for_users = object_mapping(schema.get("synchronizationRules"), "User")
        if for_users is None:
            raise EntraError("the job's schema has no rule that maps users to users", hint="Reset it with sync_schema")
        return str(for_users[0]["id"])


def _report(user: Principal, outcome: Tree) -> Tree:
    return {"user": user.name, "object_id": user.object_id, **outcome}


def _unsaid(status: str, *, changed: bool = False, reason: str | None = None, remedy: str | None = None) -> Tree:
    """What is reported of a user of whom the service said nothing."""
    return {
        "status": status,
        "changed": changed,
        "action": None,
        "error_code": None,
        "reason": reason,
        "remedy": remedy,
        "failing_step": None,
        "steps": [],
        "modified_attributes": [],
    }


def _failed(error: GraphError) -> Tree:
    failure = _unsaid("failure", reason=error.explanation(), remedy=error.hint or None)
    not_assigned = says_not_assigned(error.code, error.message)
    return {**failure, "error_code": error.code, "warned": False, "not_assigned": not_assigned}


def _is_equal(outcome: Tree) -> bool:
    return outcome["status"] == "skipped" and str(outcome["error_code"]).lower() == EQUAL.lower()


def _told(result: Tree) -> str:
    step = f" (step {result['failing_step']})" if result["failing_step"] else ""
    return f"{result['user']}: {result['reason']}{step}"
