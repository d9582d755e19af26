# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far the retirement of a configuration is (domain.md section 6.5). PRIVATE to the collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from datetime import datetime, timedelta

from .._batch import send_together
from .._configuration import (
    MASKED,
    Configuration,
    list_configurations,
    only_job,
    only_one,
    secrets_path,
    settings_of,
    synchronization_path,
    template_of,
    when_known,
)
from .._connection import guid
from .._errors import EntraError, GraphError, doing
from .._graph import Request, path
from .._graph_errors import may_send_again
from .._moments import write_moment
from .._provisioning_log import action_of, equals, read_log, said, status_of
from .._tenants import refuse_own_tenant
from .._types import Result, Tree
from .._waiting import ask_until, growing_delays
from .job_progress import Progress
from .job_quarantine import held_by_deletions, in_quarantine
from .job_wait import FIRST_LOOK, LONGEST_LOOK, SURE, last_end
from .retirement_leftovers import leftovers, purge
from .retirement_mark import Mark, read_mark, with_mark
from .retirement_progress import awaited, clean_run, has_run, is_started, service_times
from .staged_deletions import STAGED

if t.TYPE_CHECKING:
    from .._graph import GraphClient

# Seconds that the service may take to show what was written (section 13).
VISIBLE_WITHIN = 60.0
LISTED_WITHIN = 20.0
RESTART = {"criteria": {"resetScope": "Watermark, Escrows, QuarantineState"}}


@dataclass
class Place:
    """A configuration, as far as its retirement goes.

    :param job: None when there is none.
    :param everybody: whether its scope is all users.
    :param assigned: whether anybody is assigned.
    """

    configuration: Configuration
    mark: Mark | None
    job: Tree | None = None
    everybody: bool = False
    assigned: bool = False

    @property
    def since(self) -> datetime | None:
        """When its job was restarted with nobody in scope."""
        return self.mark.since if self.mark else None


class SyncRetirement:
    """Marks a configuration as being retired, restarts its job, and tells when the removals are processed."""

    noun = "retirement"
    key = "retirement"

    def __init__(self, params: Tree) -> None:
        self.params = params
        self.target = guid("target_tenant_id", params["target_tenant_id"])
        self.template = template_of(params)
        self.name = (params.get("display_name") or "").strip() or f"Cross-tenant sync to {self.target}"
        self.used_by: list[str] = []
        self.warnings: list[str] = []

    @property
    def title(self) -> str:
        return f"the {self.noun} of the configuration for target {self.target}"

    def run(self, graph: GraphClient, check_mode: bool) -> Result:
        """Do what the state says, and tell how far the retirement is."""
        refuse_own_tenant(graph, "target_tenant_id", self.target)
        if self.params["state"] == "purged":
            return self._purge(graph, check_mode)
        with doing(f"read {self.title}"):
            place = self._find(graph)
            processed = place is None or self._is_processed(graph, place)
        if place is None:
            values = {"retirement": self._view(None, processed), "progress": []}
            return Result(False, values, warnings=self.warnings)
        if self.params["state"] == "begun":
            return self._begin(graph, place, processed, check_mode)
        return self._withdraw(graph, place, processed, check_mode)

    def _purge(self, graph: GraphClient, check_mode: bool) -> Result:
        """Delete for good what retirements for this target have left among the deleted items."""
        with doing(f"list what retirements for target {self.target} have left among the deleted items"):
            left = leftovers(graph, self.target)
        if not check_mode:
            with doing(f"purge what retirements for target {self.target} have left"):
                purge(graph, left)
        values = {"retirement": self._view(None, processed=True), "progress": []}
        before: Tree = {"deleted_items": left} if left else {}
        after: Tree = {"deleted_items": []} if left else {}
        return Result(bool(left), values, before, after)

    # What is there

    def _find(self, graph: GraphClient) -> Place | None:
        found = list_configurations(graph, self.template, platforms=True, only_lasting=True)
        ours = [each for each in found if not each.is_platforms]
        stored = [each for each in ours if each.target_tenant_id == self.target]
        unshown = [each for each in ours if each.target_tenant_id is None]
        mine = only_one(stored, f"synchronize to {self.target}") or only_one(
            [each for each in unshown if self._is_mine(each)], f"are named '{self.name}' and show no target"
        )
        self.used_by = [str(each) for each in found if each.is_platforms and each.target_tenant_id == self.target]
        if mine is None:
            if unshown:
                names = "; ".join(map(str, unshown))
                self.warnings.append(
                    f"The service shows no target for {names}, which is left alone. Give display_name if it is meant."
                )
            # One that stores no target synchronizes nowhere; one whose target is masked may need what this pair has.
            self.used_by += [str(each) for each in unshown if each.settings.get("CompanyId") == MASKED]
            return None
        mark = read_mark(mine.service_principal.get("notes"))
        place = Place(mine, mark if mark and mark.target == self.target else None)
        when_known(graph, mine.service_principal_id, lambda: self._look_at(graph, place))
        if place.job is None and (place.everybody or place.assigned):
            self._look_for_the_job(graph, place)
        return place

    def _look_for_the_job(self, graph: GraphClient, place: Place) -> None:
        """Look again: a job that was made a moment ago is listed late (section 13)."""
        principal = place.configuration.service_principal_id
        place.job, found = ask_until(
            lambda: self._job(graph, principal), lambda job: job is not None, graph.patience, LISTED_WITHIN
        )
        if not found:
            self.warnings.append(
                f"Configuration {place.configuration} has users in its scope and no job. Whomever an earlier job has"
                " brought stays in the target tenant, and is no longer managed."
            )

    def _is_mine(self, unshown: Configuration) -> bool:
        """Whether one that shows no target is meant: the service may forget it together with the job."""
        mark = read_mark(unshown.service_principal.get("notes"))
        return mark.target == self.target if mark else unshown.display_name == self.name

    def _look_at(self, graph: GraphClient, place: Place) -> None:
        """Read the job, the scope and whether anybody is assigned, in one go."""
        principal = place.configuration.service_principal_id
        requests = [
            Request("GET", f"{synchronization_path(principal)}/jobs"),
            Request("GET", secrets_path(principal)),
            Request("GET", f"/servicePrincipals/{principal}/appRoleAssignedTo", {"$top": "1"}),
        ]
        answers = send_together(graph, requests)
        for answer in answers:
            if isinstance(answer, GraphError):
                raise answer
        jobs, settings = (
            graph.all_rows(t.cast(Tree, answer), request)
            for request, answer in zip(requests, answers[:2], strict=False)
        )
        first = t.cast(Tree, answers[2])
        # One is enough; but a page may be empty and yet not be the last (section 3.4).
        assignments = graph.rows(first, requests[2]) or graph.all_rows(first, Request("GET", requests[2].path))
        place.job = only_job(jobs, "it")
        place.everybody = str(settings_of(settings).get("SyncAll")).lower() == "true"
        place.assigned = bool(assignments)

    def _is_processed(self, graph: GraphClient, place: Place) -> bool:
        """Whether nobody is left in the target tenant whom this configuration could still remove."""
        job = place.job
        if job is None:
            return True
        if place.since is None:
            return not (has_run(job) or self._has_provisioned(graph, job))
        mark = t.cast(Mark, place.mark)
        if place.everybody or place.assigned or awaited(job, mark):
            return False
        return self._is_clean(graph, job, mark)

    @staticmethod
    def _has_provisioned(graph: GraphClient, job: Tree) -> bool:
        """Whether users were provisioned on demand by a job that never ran."""

        def wanted(row: Tree) -> bool:
            return status_of(row) == "success" and _is_of(row, job)

        rows, dummy = read_log(graph, [[equals("jobId", job["id"])]], wanted, limit=1)
        return bool(rows)

    @staticmethod
    def _is_clean(graph: GraphClient, job: Tree, mark: Mark) -> bool:
        """Whether no deletion was held back in the cycle that counts, or after it.

        Whoever lets held-back deletions through, or rejects them, lifts the quarantine before they are carried out.
        """
        began = clean_run(job, mark)
        if began is None:
            return False

        def wanted(row: Tree) -> bool:
            return action_of(row) == STAGED and _is_of(row, job)

        window = [equals("jobId", job["id"]), f"activityDateTime gt {write_moment(began - timedelta(seconds=1))}"]
        rows, dummy = read_log(graph, [[*window, equals("provisioningAction", STAGED)], window], wanted, limit=1)
        return not rows

    # Begin

    def _begin(self, graph: GraphClient, place: Place, processed: bool, check_mode: bool) -> Result:
        """Write down that the configuration is being retired; whoever came back into scope must be removed anew."""
        mark = place.mark if place.mark and not (place.everybody or place.assigned) else Mark(self.target)
        before, after = _differences(place.mark, mark)
        changed = mark != place.mark
        if changed and not check_mode:
            self._write(graph, place, mark)
        place.mark = mark
        values = {"retirement": self._view(place, processed), "progress": []}
        return Result(changed, values, before, after, self.warnings)

    def _write(self, graph: GraphClient, place: Place, mark: Mark) -> None:
        principal = place.configuration.service_principal
        with doing(f"mark {self.title}"):
            notes = with_mark(principal.get("notes"), mark)
            where = f"/servicePrincipals/{principal['id']}"
            graph.patch(where, {"notes": notes})
            ask_until(
                lambda: graph.get(where, {"$select": "id,notes"}).get("notes"),
                lambda shown: read_mark(shown) == mark,
                graph.patience,
                VISIBLE_WITHIN,
            )
            principal["notes"] = notes

    # Withdraw

    def _withdraw(self, graph: GraphClient, place: Place, processed: bool, check_mode: bool) -> Result:
        """Let the job remove everybody who is no longer in scope, and wait for it as wanted."""
        before: Tree = {}
        after: Tree = {}
        progress = Progress(graph.patience.tell)
        if place.job is not None and (self.params["restart"] or not (processed or place.since)):
            if not check_mode:
                self._see_nobody_in_scope(graph, place)
            mark = self._mark_now(graph, place.job)
            before, after = _differences(place.mark or Mark(self.target), mark)
            before["job_restarted"], after["job_restarted"] = False, True
            if not check_mode:
                # First the restart: a run that dies in between does it once more.
                self._act(graph, place, "restart", RESTART)
                self._write(graph, place, mark)
            place.mark = mark
            place.job = _predicted(place.job) if check_mode else place.job
            processed = False
        elif place.job is not None and not processed and not is_started(place.job):
            before, after = {"job_enabled": False}, {"job_enabled": True}
            if check_mode:
                place.job = _predicted(place.job)
            else:
                self._act(graph, place, "start", None)
        if self.params.get("wait") and not processed and not check_mode:
            with doing(f"wait for {self.title}"):
                processed = self._wait(graph, place, progress)
        values = {"retirement": self._view(place, processed), "progress": progress.lines}
        return Result(bool(after), values, before, after, self.warnings)

    def _see_nobody_in_scope(self, graph: GraphClient, place: Place) -> None:
        """Wait until the service shows that nobody is in scope any more: lists are late (section 13).

        :raises EntraError: somebody is.
        """

        def look() -> bool:
            self._look_at(graph, place)
            return place.everybody or place.assigned

        if not (place.everybody or place.assigned):
            return
        with doing(f"withdraw the users of the configuration for target {self.target}"):
            still, dummy = ask_until(look, lambda in_scope: not in_scope, graph.patience, VISIBLE_WITHIN)
            if still:
                what = "its scope is all users" if place.everybody else "users or groups are assigned"
                raise EntraError(
                    f"{what}, so its job would go on provisioning",
                    hint="First set scope=assigned with sync_secrets, and remove everybody with app_role_assignment",
                )

    def _act(self, graph: GraphClient, place: Place, action: str, body: Tree | None) -> None:
        """Restart or start the job, and see that it is started."""
        job = t.cast(Tree, place.job)
        principal = place.configuration.service_principal_id
        where = f"{synchronization_path(principal)}/jobs{path(job['id'])}/{action}"
        with doing(f"{action} the job of the configuration for target {self.target}"):
            # A job that is not started may be started twice.
            when_known(graph, principal, lambda: graph.post(where, body, repeatable=True))
            held = (job.get("status") or {}).get("quarantine")

            def is_shown(shown: Tree | None) -> bool:
                status = (shown or {}).get("status") or {}
                return is_started(shown) and (not in_quarantine(status) or status.get("quarantine") != held)

            shown, settled = ask_until(lambda: self._job(graph, principal), is_shown, graph.patience, VISIBLE_WITHIN)
        place.job = shown if settled else _predicted(job)

    @staticmethod
    def _job(graph: GraphClient, principal: str) -> Tree | None:
        return only_job(graph.pages(f"{synchronization_path(principal)}/jobs"), "it")

    def _wait(self, graph: GraphClient, place: Place, progress: Progress) -> bool:
        """Wait until the removals are processed, the time is up, or nothing more will happen by itself."""
        principal = place.configuration.service_principal_id
        patience, timeout = graph.patience, self.params["wait"]["timeout"]
        began = patience.now()
        delays = growing_delays(FIRST_LOOK, LONGEST_LOOK)
        stuck = missing = 0
        while True:
            try:
                place.job = self._job(graph, principal)
                missing = missing + 1 if place.job is None else 0
                if missing == SURE:
                    self.warnings.append(
                        f"The job of configuration {place.configuration} was deleted before it was seen to have removed"
                        " everybody. Whoever is left stays in the target tenant, and is no longer managed."
                    )
                # A list may leave out for a moment what is there.
                if missing in (0, SURE) and self._is_processed(graph, place):
                    return True
                status = (place.job or {}).get("status") or {}
                stuck = stuck + 1 if in_quarantine(status) or not is_started(place.job) else 0
            except GraphError as error:
                # A service that is ill for a while is no reason to give up a wait of hours.
                if not may_send_again(error):
                    raise
            waited = patience.now() - began
            progress.look_at(place.job, waited)
            if stuck >= SURE or waited >= timeout:
                return False
            patience.pause(min(next(delays), LONGEST_LOOK, timeout - waited))

    def _mark_now(self, graph: GraphClient, job: Tree) -> Mark:
        """The mark of a withdrawal that is made now, later than any cycle that the job shows."""
        times = [each.replace(microsecond=0) + timedelta(seconds=1) for each in service_times(job)]
        ended = last_end(job)
        # Up to the second, as it is written.
        seen = ended and (ended + timedelta(seconds=1 if ended.microsecond else 0)).replace(microsecond=0)
        return Mark(self.target, max([graph.service_now.replace(microsecond=0), *times]), seen)

    # What is returned

    def _view(self, place: Place | None, processed: bool) -> Tree:
        job = place.job if place else None
        since = place.since if place else None
        waits_for = None
        if place and job and not processed:
            waits_for = (awaited(job, t.cast(Mark, place.mark)) or _LATE) if since else _IN_SCOPE
        return {
            "target_tenant_id": self.target,
            "service_principal_id": place.configuration.service_principal_id if place else None,
            "display_name": place.configuration.display_name if place else None,
            "job_id": job.get("id") if job else None,
            "job_enabled": is_started(job),
            "begun": place is not None and place.mark is not None,
            "withdrawn_since": write_moment(since) if since else None,
            "scope": None if place is None else "all" if place.everybody else "assigned",
            "processed": processed,
            "held_back": held_by_deletions(job),
            "waits_for": waits_for,
            "used_by": self.used_by,
        }


_IN_SCOPE = "for everybody to be taken out of scope."
_LATE = "for a cycle to succeed that began after the deletions that were held back."


def _is_of(row: Tree, job: Tree) -> bool:
    """Whether an entry of the log is of a job."""
    return said(row, "jobId").lower() in ("", job["id"].lower())


def _predicted(job: Tree) -> Tree:
    """The job once it is started or restarted: it has yet to run."""
    return {
        **job,
        "schedule": {**(job.get("schedule") or {}), "state": "Active"},
        "status": {**(job.get("status") or {}), "code": "NotRun", "quarantine": None},
    }


def _differences(before: Mark | None, after: Mark) -> tuple[Tree, Tree]:
    """Two marks in the words of the return value, as far as they differ."""
    if before == after:
        return {}, {}
    old, new = (
        {"begun": mark is not None, "withdrawn_since": write_moment(mark.since) if mark and mark.since else None}
        for mark in (before, after)
    )
    names = [name for name in new if old[name] != new[name]]
    return {name: old[name] for name in names}, {name: new[name] for name in names}
