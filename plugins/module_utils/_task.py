# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a task's parameters to its result: the only place that turns exceptions into a failure. PRIVATE."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible.module_utils.basic import AnsibleModule

from ._arguments import Arguments
from ._auth import TokenSource
from ._connection import Connection
from ._engine import Operation
from ._errors import EntraError, PartlyDone
from ._graph import GraphClient
from ._http import Http
from ._waiting import Patience


@dataclass(frozen=True)
class Task:
    """What a module is: its options, and the operation that they are handed to."""

    arguments: Arguments
    operation: t.Callable[[dict[str, t.Any]], Operation]


def run_module(task: Task) -> None:
    """Run a task as an ordinary module."""
    module = AnsibleModule(argument_spec=task.arguments.spec, supports_check_mode=True, **task.arguments.rules)
    outcome = perform(task, module.params, module.check_mode)
    for warning in outcome.pop("warnings", []):
        module.warn(warning)
    if outcome.pop("failed", False):
        module.fail_json(**outcome)
    module.exit_json(**outcome)


def perform(task: Task, params: dict[str, t.Any], check_mode: bool) -> dict[str, t.Any]:
    """Carry out a task whose parameters are validated.

    :returns: the result as Ansible shows it; a failure has ``failed``, ``msg`` and ``error``.
    """
    graph: GraphClient | None = None
    http: Http | None = None
    try:
        connection = Connection.from_options(params)
        http = Http(connection)
        patience = Patience(connection.max_wait)
        graph = GraphClient(connection, TokenSource(connection, http, patience), http, patience)
        result = task.operation(params).run(graph, check_mode)
    except EntraError as error:
        done = error if isinstance(error, PartlyDone) else None
        return {
            "failed": True,
            "changed": done.changed if done else False,
            "msg": error.explanation(),
            "error": error.details(),
            "graph": _traffic(graph),
            **(done.values if done else {}),
        }
    finally:
        if http is not None:
            http.close()
    return {
        "changed": result.changed,
        "diff": {"before": result.before, "after": result.after},
        "graph": _traffic(graph),
        "warnings": result.warnings,
        **result.values,
    }


def _traffic(graph: GraphClient | None) -> dict[str, t.Any]:
    return {"requests": graph.requests if graph else 0, "request_ids": graph.request_ids if graph else []}
