# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Provision single users now (graph-api.md section 8.5). PRIVATE to the collection."""

from __future__ import annotations

import typing as t

from .._configuration import JOB_TEMPLATE, selected_service_principal, synchronization_path
from .._connection import ZERO_GUID
from .._errors import EntraError, GraphError, PartlyDone, doing
from .._graph import Request, path
from .._pace import Pace
from .._principals import Principal, resolve_principals
from .._types import Result
from .._waiting import growing_delays
from .on_demand_answer import read_answer

if t.TYPE_CHECKING:
    from .._graph import GraphClient
    from .._types import Tree

LONGEST_ANSWER = 120.0
RULE_NAME = "USER_INBOUND_USER"


class ProvisionOnDemand:
    """Sends users through the job one by one, and reports what became of each."""

    def __init__(self, params: Tree) -> None:
        self.params = params
        self._pace = Pace()

    def run(self, graph: GraphClient, check_mode: bool) -> Result:
        """Provision each user; in check mode only look them up."""
        principal_id = selected_service_principal(graph, self.params, check_mode)
        users = resolve_principals(graph, [{"user": user} for user in self.params["users"]], "users")
        if check_mode:
            results = [_report(user, {"status": "predicted", "reason": None, "steps": []}) for user in users]
            return Result(bool(users), {"results": results}, after={"provisioned": self.params["users"]})
        job = self._job(graph, str(principal_id))
        rule = self._rule(graph, job)
        results = [_report(user, self._provision(graph, job, rule, user)) for user in users]
        moved = [each["user"] for each in results if each["changed"]]
        failures = [each for each in results if each["status"] == "failure"]
        if failures:
            names = "; ".join(f"{each['user']}: {each['reason']}" for each in failures)
            raise PartlyDone(
                f"{len(failures)} of {len(users)} users could not be provisioned: {names}",
                changed=bool(moved),
                values={"results": results},
                hint="The failing step of each is in results",
            )
        return Result(bool(moved), {"results": results}, after={"provisioned": moved} if moved else {})

    @staticmethod
    def _job(graph: GraphClient, principal_id: str) -> str:
        jobs = f"{synchronization_path(principal_id)}/jobs"
        with doing("find the provisioning job"):
            found = [job for job in graph.pages(jobs) if job.get("templateId") == JOB_TEMPLATE]
        if len(found) != 1:
            raise EntraError(
                f"configuration {principal_id or ZERO_GUID} has {len(found)} provisioning jobs, and one is needed",
                hint="Create it with sync_job",
            )
        return jobs + path(found[0]["id"])

    @staticmethod
    def _rule(graph: GraphClient, job: str) -> str:
        """The id of the rule for users; it differs between jobs (section 8.6)."""
        with doing("read the job's synchronization rules"):
            rules = graph.get(f"{job}/schema").get("synchronizationRules") or []
        for_users = [
            rule
            for rule in rules
            for mapping in rule.get("objectMappings") or []
            if (mapping.get("sourceObjectName"), mapping.get("targetObjectName")) == ("User", "User")
        ]
        for_users.sort(key=lambda rule: (rule.get("name") != RULE_NAME, rule.get("priority", 0)))
        if not for_users:
            raise EntraError("the job's schema has no rule that maps users to users", hint="Reset the job's schema")
        return str(for_users[0]["id"])

    def _provision(self, graph: GraphClient, job: str, rule: str, user: Principal) -> Tree:
        """Provision one user; while an assignment made a moment ago is not effective, ask again (section 13)."""
        subject = {"objectId": user.object_id, "objectTypeName": "User"}
        body = {"parameters": [{"ruleId": rule, "subjects": [subject]}]}
        waited = 0.0
        delays = growing_delays(2.0)
        while True:
            delay = next(delays)
            self._pace.keep(graph.patience)
            try:
                with doing(f"provision {user.name}"):
                    request = Request("POST", f"{job}/provisionOnDemand", body=body, patience=LONGEST_ANSWER)
                    outcome = read_answer(graph.send(request))
            except GraphError as error:
                if error.status in (401, 403, 404):
                    raise
                return {"status": "failure", "reason": error.explanation(), "steps": [], "changed": False}
            late = outcome.pop("not_in_scope") and outcome["status"] == "skipped"
            if not late or waited + delay > self.params["wait_for_assignment"] or not graph.patience.allows(delay):
                return outcome
            graph.patience.wait(delay)
            waited += delay


def _report(user: Principal, outcome: Tree) -> Tree:
    changed = outcome["status"] == "success"
    return {"user": user.name, "object_id": user.object_id, "changed": changed, **outcome}
