# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""All configurations of a tenant, with job, settings and assignments (graph-api.md sections 7 to 9). PRIVATE."""

from __future__ import annotations

import typing as t

from .._batch import send_together
from .._configuration import (
    Configuration,
    application_request,
    list_configurations,
    may_be_unknown_yet,
    provisioning_jobs,
    read_settings,
    synchronization_path,
    template_of,
    when_known,
)
from .._connection import ZERO_GUID, guid
from .._errors import GraphError, doing
from .._graph import Request
from .._types import Result
from .configuration_view import configuration_view
from .job_view import job_view
from .stored_settings import settings_view, without_masked

if t.TYPE_CHECKING:
    from .._batch import Answer
    from .._graph import GraphClient
    from .._types import Tree

# As many on a page as the directory gives.
_ASSIGNMENTS = {"$top": "999"}


class ConfigurationInfo:
    """Reads configurations, each whole."""

    def __init__(self, params: Tree) -> None:
        chosen, target = params.get("service_principal_id"), params.get("target_tenant_id")
        self.chosen = None if chosen is None else guid("service_principal_id", chosen)
        self.target = None if target is None else guid("target_tenant_id", target)
        # Whoever names a configuration need not know the template that a national cloud makes it from.
        self.template = None if self.chosen and not params.get("template_id") else template_of(params)
        self.platforms = params["include_platform"]
        self.counting = params["assignment_counts"]
        self.warnings: list[str] = []

    def run(self, graph: GraphClient, check_mode: bool) -> Result:
        """Look; check mode is no different."""
        found = self._found(graph)
        reads = [request for each in found for request in self._reads(each)]
        answers = iter(send_together(graph, reads))
        requests = iter(reads)
        views = []
        for each in found:
            application = _application(each, next(requests), next(answers))
            jobs = _jobs(graph, each, next(requests), next(answers))
            counts = _counts(graph, each, next(requests), next(answers)) if self.counting else None
            views.append(self._view(each, application, jobs, counts))
        return Result(False, {"configurations": views}, warnings=self.warnings)

    def _found(self, graph: GraphClient) -> list[Configuration]:
        if self.chosen is not None:
            return self._named(graph, self.chosen)
        found = list_configurations(graph, str(self.template), platforms=self.platforms, only_lasting=True)
        return [each for each in found if self.target in (None, each.target_tenant_id)]

    def _named(self, graph: GraphClient, principal: str) -> list[Configuration]:
        """The configuration that is named, the platform's as well; none for one that check mode only predicted."""
        if principal == ZERO_GUID:
            return []
        with doing(f"read configuration {principal}"):
            row = graph.find(f"/servicePrincipals/{principal}")
            if row is None or self.template not in (None, str(row.get("applicationTemplateId")).lower()):
                return []
            return [Configuration(row, read_settings(graph, principal))]

    def _reads(self, configuration: Configuration) -> list[Request]:
        """What is still to be read of a configuration."""
        principal = configuration.service_principal_id
        reads = [
            application_request(configuration.service_principal),
            Request("GET", f"{synchronization_path(principal)}/jobs"),
        ]
        if self.counting:
            reads.append(Request("GET", f"/servicePrincipals/{principal}/appRoleAssignedTo", _ASSIGNMENTS))
        return reads

    def _view(
        self, configuration: Configuration, application: Tree | None, jobs: list[Tree], counts: Tree | None
    ) -> Tree:
        principal = configuration.service_principal_id
        views: list[Tree] = [{"service_principal_id": principal, **job_view(job)} for job in jobs]
        if len(views) > 1:
            ids = ", ".join(str(view["id"]) for view in views)
            self.warnings.append(f"Configuration {configuration} has {len(views)} provisioning jobs: {ids}.")
        job = views[0] if len(views) == 1 else None
        halves = {"servicePrincipal": configuration.service_principal, "application": application}
        return {
            **configuration_view(configuration.target_tenant_id, halves),
            "managed_by_platform": configuration.is_platforms,
            "job": job,
            "jobs": views,
            "quarantine": job and job.get("quarantine", job["status"]["quarantine"]),
            "settings": settings_view(principal, without_masked(configuration.settings)),
            "assignments": counts,
        }


def _application(configuration: Configuration, request: Request, answer: Answer) -> Tree | None:
    """The other half; None where only the service principal is left."""
    with doing(f"read the application of configuration {configuration}"):
        if not isinstance(answer, GraphError):
            return answer
        if answer.absent:
            return None
        raise answer


def _jobs(graph: GraphClient, configuration: Configuration, request: Request, answer: Answer) -> list[Tree]:
    with doing(f"read the provisioning job of configuration {configuration}"):
        if isinstance(answer, GraphError):
            if not may_be_unknown_yet(answer):
                raise answer
            principal = configuration.service_principal_id
            jobs = when_known(graph, principal, lambda: graph.pages(request.path))
        else:
            jobs = graph.all_rows(answer, request)
    return provisioning_jobs(jobs)


def _counts(graph: GraphClient, configuration: Configuration, request: Request, answer: Answer) -> Tree:
    """How many are assigned. Who is in a group that is assigned is not counted."""
    with doing(f"count the assignments of configuration {configuration}"):
        if isinstance(answer, GraphError):
            raise answer
        rows = graph.all_rows(answer, request)
    kinds = [str(row.get("principalType")).lower() for row in rows]
    return {"total": len(rows), "users": kinds.count("user"), "groups": kinds.count("group")}
