# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The provisioning job of a configuration (graph-api.md section 8.2). PRIVATE to the collection."""

from __future__ import annotations

import typing as t

from .._configuration import JOB_TEMPLATE, selected_service_principal, synchronization_path, when_known
from .._connection import ZERO_GUID
from .._engine import CREATE_ATTEMPTS, Resource, converge
from .._errors import EntraError, GraphError, LostAnswer, doing
from .._graph import path
from .._properties import Change, Property, value_at
from .._types import Result, Tree
from .._waiting import ask_until
from .job_view import job_view

if t.TYPE_CHECKING:
    from .._graph import GraphClient

RESET_SCOPES = {
    "escrows": "Escrows",
    "watermark": "Watermark",
    "quarantine_state": "QuarantineState",
    "connector_data_store": "ConnectorDataStore",
    "full": "Full",
}
ENABLED = Property(
    "enabled",
    "schedule.state",
    to_option=lambda state: state == "Active",
    same=lambda one, other: (one == "Active") == (other == "Active"),
)
RESTART = Property("restart", "restart")


def _is_started(job: Tree | None) -> bool:
    return job is not None and value_at(job, ENABLED.path) == "Active"


class SyncJob(Resource):
    """The job that provisions users every forty minutes while it is started."""

    noun = "provisioning job"
    key = "job"
    properties = (ENABLED, RESTART)
    visible_within = 120
    doubt = 60

    def __init__(self, params: Tree) -> None:
        super().__init__(params)
        self.principal: str | None = None

    @property
    def title(self) -> str:
        where = self.params.get("service_principal_id") or f"target {self.params.get('target_tenant_id')}"
        return f"the {self.noun} of configuration {where}"

    def run(self, graph: GraphClient, check_mode: bool) -> Result:
        if self.params["state"] == "absent":
            # Nothing is to be removed from a configuration that is not there.
            self.principal = selected_service_principal(graph, self.params, check_mode=True)
        else:
            self.principal = selected_service_principal(graph, self.params, check_mode)
        return converge(self, graph, check_mode)

    def desired(self) -> dict[Property, t.Any]:
        state = self.params["state"]
        if state == "paused":
            return {ENABLED: "Disabled"}
        if state == "restarted":
            return {ENABLED: "Active", RESTART: self._criteria()}
        return {ENABLED: "Active"} if state == "started" else {}

    def _criteria(self) -> Tree:
        """What to forget; nothing named is what the portal's restart does (section 8.2)."""
        scopes = [RESET_SCOPES[each] for each in self.params.get("reset_scope") or []]
        return {"criteria": {"resetScope": ", ".join(scopes or ["Watermark", "Escrows", "QuarantineState"])}}

    def blank(self) -> Tree:
        """A new job: paused, and never run."""
        return {
            "id": ZERO_GUID,
            "templateId": JOB_TEMPLATE,
            "schedule": {"state": "Disabled", "interval": "PT40M", "expiration": None},
            "status": {"code": "Paused"},
        }

    def predicted(self, current: Tree, changes: list[Change]) -> Tree:
        """A started job has not run, or is active; a paused one is paused."""
        job = super().predicted(current, changes)
        status = dict(job.get("status") or {})
        if any(change.row is ENABLED for change in changes):
            started = "NotRun" if job_view(job)["last_run"] == "not_run" else "Active"
            status["code"] = started if value_at(job, ENABLED.path) == "Active" else "Paused"
        return {**job, "status": status}

    def view(self, current: Tree) -> Tree:
        return {"service_principal_id": self.principal or ZERO_GUID, **job_view(current)}

    def identity(self, current: Tree) -> Tree:
        return {"id": current["id"], "template_id": current["templateId"]}

    @property
    def jobs_path(self) -> str:
        return f"{synchronization_path(str(self.principal))}/jobs"

    def job_path(self, job: Tree) -> str:
        return self.jobs_path + path(job["id"])

    def read(self, graph: GraphClient) -> Tree | None:
        if self.principal is None:
            return None
        jobs = when_known(graph, self.principal, lambda: graph.pages(self.jobs_path))
        mine = [job for job in jobs if job.get("templateId") == JOB_TEMPLATE]
        if len(mine) > 1:
            raise EntraError(
                f"configuration {self.principal} has {len(mine)} provisioning jobs: "
                + ", ".join(str(job["id"]) for job in mine),
                hint="One is right: delete the others in the admin center",
            )
        if mine:
            self._warn_of_quarantine(mine[0])
        return mine[0] if mine else None

    def _warn_of_quarantine(self, job: Tree) -> None:
        quarantine = (job.get("status") or {}).get("quarantine")
        if quarantine and self.params["state"] in ("present", "started") and not self.warnings:
            self.warnings.append(
                f"The job is in quarantine ({quarantine.get('reason')}) since {quarantine.get('currentBegan')}:"
                " remove the cause, then run it with state=restarted."
            )

    def create(self, graph: GraphClient, body: Tree) -> Tree:
        """Create it, paused; the engine starts it then if it is to be started."""
        return t.cast(Tree, when_known(graph, str(self.principal), lambda: self._post(graph)))

    def _post(self, graph: GraphClient) -> Tree:
        try:
            return graph.post(self.jobs_path, {"templateId": JOB_TEMPLATE})
        except GraphError as error:
            # A conflict may mean that the service does not know the configuration yet, or that somebody was faster.
            made_by_others = self.read(graph) if error.status == 409 else None
            if made_by_others is None:
                raise
            return made_by_others

    def update(self, graph: GraphClient, current: Tree, changes: list[Change]) -> None:
        """Start, pause or restart. A restart starts the job as well."""
        after = {change.row: change.after for change in changes}
        action = "restart" if RESTART in after else "start" if after[ENABLED] == "Active" else "pause"
        with doing(f"{action} {self.title}"):
            when_known(graph, str(self.principal), lambda: self._act(graph, current, action, after.get(RESTART)))

    def _act(self, graph: GraphClient, job: Tree, action: str, body: Tree | None) -> None:
        if action == "start":
            self._start(graph, job)
        else:
            graph.post(f"{self.job_path(job)}/{action}", body, repeatable=True)

    def _start(self, graph: GraphClient, job: Tree) -> None:
        """Start it. A job that is running must not be started (section 8.2), so a lost answer is looked for."""
        attempts = 0
        while True:
            attempts += 1
            try:
                graph.post(f"{self.job_path(job)}/start")
                return
            except LostAnswer:
                dummy, started = ask_until(lambda: self.read(graph), _is_started, graph.patience, self.doubt)
                if started:
                    return
                if attempts == CREATE_ATTEMPTS:
                    raise

    def reread(self, graph: GraphClient, written: Tree) -> Tree | None:
        job = self.read(graph)
        # A restart leaves no trace to wait for.
        return None if job is None else {**job, "restart": written.get("restart")}

    def delete(self, graph: GraphClient, current: Tree) -> None:
        graph.delete(self.job_path(current))
