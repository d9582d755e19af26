# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The provisioning job of a configuration and the mappings in its schema (graph-api.md section 8). PRIVATE."""

from __future__ import annotations

import typing as t

from ._configuration import only_job, synchronization_path, when_known
from ._errors import EntraError, doing
from ._graph import path

if t.TYPE_CHECKING:
    from ._graph import GraphClient
    from ._types import Tree

# A rule of this name is preferred where several map the same objects.
RULE_NAME = "USER_INBOUND_USER"


def job_path_of(graph: GraphClient, service_principal_id: str) -> str | None:
    """Where the one job of a configuration is; None if there is no job.

    :raises EntraError: there are two or more.
    """
    jobs_path = f"{synchronization_path(service_principal_id)}/jobs"
    with doing("find the provisioning job"):
        jobs = when_known(graph, service_principal_id, lambda: graph.pages(jobs_path))
    job = only_job(jobs, f"configuration {service_principal_id}")
    return jobs_path + path(job["id"]) if job else None


def no_job(service_principal_id: str) -> EntraError:
    """The failure of a task that needs a job where there is none."""
    return EntraError(
        f"configuration {service_principal_id} has 0 provisioning jobs, and one is needed",
        hint="Create it with sync_job",
    )


def object_mapping(rules: t.Any, kind: str) -> tuple[Tree, Tree] | None:
    """The rule that maps objects of a kind to objects of the same kind, and its mapping; None if none does.

    Names of rules and mappings differ between tenants and are free, so they only decide between several.
    """
    found = [
        (rule, mapping)
        for rule in rules or []
        for mapping in rule.get("objectMappings") or []
        if all(str(mapping.get(side)).lower() == kind.lower() for side in ("sourceObjectName", "targetObjectName"))
    ]
    found.sort(key=lambda pair: (pair[0].get("name") != RULE_NAME, pair[0].get("priority") or 0))
    return found[0] if found else None
