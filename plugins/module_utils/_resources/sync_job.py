# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The provisioning job of a configuration (graph-api.md section 8.2). PRIVATE to the collection."""

from __future__ import annotations

import typing as t

from .._configuration import JOB_TEMPLATE, only_job, selected_service_principal, synchronization_path, when_known
from .._connection import ZERO_GUID
from .._engine import CREATE_ATTEMPTS, Resource, converge
from .._errors import EntraError, GraphError, InputError, LostAnswer, doing
from .._graph import path
from .._properties import Change, Property, value_at
from .._types import Result, Tree
from .._waiting import ask_until
from .job_quarantine import held_by_deletions, quarantine_view, told
from .job_view import job_view
from .job_wait import LONGEST_TIMEOUT, JobWait, WaitFailed
from .staged_deletions import refuse_unless_known, staged_deletions

if t.TYPE_CHECKING:
    from .._graph import GraphClient

RESET_SCOPES = {
    "escrows": "Escrows",
    "watermark": "Watermark",
    "quarantine_state": "QuarantineState",
    "connector_data_store": "ConnectorDataStore",
    "full": "Full",
}
# Graph's own names will do as well.
RESET_NAMES = {**RESET_SCOPES, **{name: name for name in RESET_SCOPES.values()}}
DANGEROUS = ("ConnectorDataStore", "Full")
PORTAL_RESTART = ("Watermark", "Escrows", "QuarantineState")
FORCE_DELETES = {"criteria": {"resetScope": "ForceDeletes"}}
ENABLED = Property(
    "enabled",
    "schedule.state",
    to_option=lambda state: state == "Active",
    same=lambda one, other: (one == "Active") == (other == "Active"),
)
RESTART = Property("restart", "restart")
UNREAD: Tree = {}


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
        # As it was before the task did anything.
        self.before: Tree | None = UNREAD
        self.staged: list[Tree] = []

    @property
    def title(self) -> str:
        where = self.params.get("service_principal_id") or f"target {self.params.get('target_tenant_id')}"
        return f"the {self.noun} of configuration {where}"

    def run(self, graph: GraphClient, check_mode: bool) -> Result:
        self._refuse_contradictions()
        if self.params["state"] == "absent":
            # Nothing is to be removed from a configuration that is not there.
            self.principal = selected_service_principal(graph, self.params, check_mode=True)
        else:
            self.principal = selected_service_principal(graph, self.params, check_mode)
        waits = bool(self.params.get("wait"))
        if self.allow_deletes:
            result = self._allow_deletes(graph, check_mode)
        elif waits and self.params["state"] == "present":
            result = self._as_it_is(graph, check_mode)
        else:
            result = converge(self, graph, check_mode)
        if waits:
            self._wait(graph, result, check_mode)
        return result

    @property
    def allow_deletes(self) -> bool:
        """Whether deletions that are held back are to be carried out."""
        return bool(self.params.get("allow_deletes"))

    def _refuse_contradictions(self) -> None:
        """Refuse options that do not go together, or that lose something without saying so."""
        state, wait = self.params["state"], self.params.get("wait")
        dangerous = [each for each in self.params.get("reset_scope") or [] if RESET_NAMES[each] in DANGEROUS]
        if dangerous and not self.params.get("allow_dangerous_reset"):
            raise InputError(
                "reset_scope",
                f"{' and '.join(dangerous)} drops the links between source and target users; users who cannot be"
                " matched again are lost to the job, or come a second time",
                hint="Leave it out for a normal restart. When Microsoft Support asks for it, set"
                " allow_dangerous_reset=true",
            )
        if self.params.get("reset_scope") and state != "restarted" and not self.allow_deletes:
            raise InputError("reset_scope", f"state={state} forgets nothing", hint="Use state=restarted")
        if self.allow_deletes and self.params.get("reset_scope") is not None:
            raise InputError("allow_deletes", "it cannot go together with reset_scope", hint="Do one after the other")
        if self.allow_deletes and state not in ("started", "restarted"):
            raise InputError("allow_deletes", f"it cannot go together with state={state}", hint="Use state=restarted")
        limit = self.params.get("max_deletes")
        if limit is not None and (not self.allow_deletes or limit < 0):
            problem = "it is negative" if self.allow_deletes else "it limits allow_deletes, which is not given"
            raise InputError("max_deletes", problem)
        if not wait:
            return
        if not 0 <= wait["timeout"] <= LONGEST_TIMEOUT:
            raise InputError("wait.timeout", f"it is no number of seconds from 0 to {LONGEST_TIMEOUT:.0f}")
        if state == "absent" or (state == "paused" and wait["until"] != "not_quarantined"):
            raise InputError("wait", f"a job with state={state} runs no cycle that could be waited for")

    def _as_it_is(self, graph: GraphClient, check_mode: bool) -> Result:
        """The job, for a wait that changes nothing. In check mode it may be one that would have been made before."""
        with doing(f"wait for {self.title}"):
            job = self.read(graph)
            if job is None and not check_mode:
                raise EntraError("there is none", hint="Create and start it with state=started")
        return Result(False, {"job": self.view(job or self.blank())}, warnings=self.warnings)

    def _allow_deletes(self, graph: GraphClient, check_mode: bool) -> Result:
        """Let the service carry out the deletions that it holds back, and nothing else."""
        with doing(f"read {self.title}"):
            job = self.read(graph)
        if held_by_deletions(job):
            with doing(f"allow the deletions of {self.title}"):
                self.staged = staged_deletions(graph, t.cast(Tree, job))
                refuse_unless_known(self.staged, self.params.get("max_deletes"))
        else:
            self.warnings.append("The job is not in quarantine for too many deletions, so there is nothing to allow.")
        if self.staged or self.params["state"] == "started":
            result = converge(self, graph, check_mode)
        else:
            result = Result(False, {"job": job and self.view(job)}, warnings=self.warnings)
        result.values["staged_deletions"] = self.staged
        if self.staged:
            result.before["staged_deletions"], result.after["staged_deletions"] = self.staged, []
        return result

    def _wait(self, graph: GraphClient, result: Result, check_mode: bool) -> None:
        """Wait as wanted, and let the result say what was reached. Check mode tells what is there."""
        result.values["progress"] = []
        if check_mode:
            return
        wait = JobWait(lambda: self.read(graph), graph.patience, self.params["wait"], self.before, acted=result.changed)
        try:
            with doing(f"wait for {self.title}"):
                job = wait.until_reached((result.values["job"] or {}).get("id"))
        except WaitFailed as failure:
            failure.changed = result.changed
            diff = {"before": result.before, "after": result.after}
            shown = {} if wait.last is None else {"job": self.view(wait.last)}
            failure.values = {**result.values, **shown, "progress": wait.progress, "diff": diff}
            raise
        result.values.update(job=self.view(job), progress=wait.progress)
        result.warnings += wait.outcome(job)

    def desired(self) -> dict[Property, t.Any]:
        state = self.params["state"]
        if self.staged:
            return {ENABLED: "Active", RESTART: FORCE_DELETES}
        if state == "paused":
            return {ENABLED: "Disabled"}
        if state == "restarted":
            return {ENABLED: "Active", RESTART: self._criteria()}
        return {ENABLED: "Active"} if state == "started" else {}

    def _criteria(self) -> Tree:
        """What to forget; nothing named is what the portal's restart does (section 8.2)."""
        scopes = list(dict.fromkeys(RESET_NAMES[each] for each in self.params.get("reset_scope") or []))
        return {"criteria": {"resetScope": ", ".join(scopes or PORTAL_RESTART)}}

    def blank(self) -> Tree:
        """A new job: paused, and never run."""
        return {
            "id": ZERO_GUID,
            "templateId": JOB_TEMPLATE,
            "schedule": {"state": "Disabled", "interval": "PT40M", "expiration": None},
            "status": {"code": "Paused"},
        }

    def predicted(self, current: Tree, changes: list[Change]) -> Tree:
        """A started job has not run, or is active; a paused one is paused. A restart lifts the quarantine."""
        job = super().predicted(current, changes)
        status = dict(job.get("status") or {})
        rows = {change.row for change in changes}
        if rows:
            scope = str(value_at(job, "restart.criteria.resetScope")) if RESTART in rows else ""
            anew = job_view(job)["last_run"] == "not_run" or "Watermark" in scope or "Full" in scope
            status["code"] = ("NotRun" if anew else "Active") if value_at(job, ENABLED.path) == "Active" else "Paused"
        if RESTART in rows:
            status["quarantine"] = None
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
        job = only_job(jobs, f"configuration {self.principal}")
        if self.before is UNREAD:
            self.before = job
            self._warn_of_quarantine(job)
        return job

    def _warn_of_quarantine(self, job: Tree | None) -> None:
        quarantine = quarantine_view((job or {}).get("status") or {})
        if quarantine and self.params["state"] in ("present", "started") and not self.allow_deletes:
            self.warnings.append(told(quarantine))

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
        where = f"{self.job_path(job)}/{action}"
        if action == "start":
            # A job that is running must not be started (section 8.2).
            self._once(graph, where, body, _is_started)
        elif body == FORCE_DELETES:
            # What is held back by the time of a second request is not what was shown.
            held = value_at(job, "status.quarantine")
            self._once(graph, where, body, lambda shown: value_at(shown, "status.quarantine") != held)
        else:
            graph.post(where, body, repeatable=True)

    def _once(
        self, graph: GraphClient, where: str, body: Tree | None, is_done: t.Callable[[Tree | None], bool]
    ) -> None:
        """Act, and look before acting again when the answer is lost."""
        attempts = 0
        while True:
            attempts += 1
            try:
                graph.post(where, body)
                return
            except LostAnswer:
                dummy, done = ask_until(lambda: self.read(graph), is_done, graph.patience, self.doubt)
                if done:
                    return
                if attempts == CREATE_ATTEMPTS:
                    raise

    def reread(self, graph: GraphClient, written: Tree) -> Tree | None:
        job = self.read(graph)
        # A restart leaves no trace to wait for.
        return None if job is None else {**job, "restart": written.get("restart")}

    def delete(self, graph: GraphClient, current: Tree) -> None:
        graph.delete(self.job_path(current))
