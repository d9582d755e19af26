# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a task's parameters to its result: the only place that turns exceptions into a failure. PRIVATE."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible.module_utils.basic import AnsibleModule

from ._arguments import Arguments
from ._auth import TokenSource
from ._connection import SHORTEST_SECRET, Connection
from ._errors import EntraError, PartlyDone
from ._graph import GraphClient
from ._http import Http
from ._types import Operation
from ._waiting import Patience, keep_quiet

MASK = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


@dataclass(frozen=True)
class Task:
    """What a module is: its options, and the operation that they are handed to."""

    arguments: Arguments
    operation: t.Callable[[dict[str, t.Any]], Operation]


def run_module(task: Task) -> None:
    """Run a task as an ordinary module."""
    module = AnsibleModule(argument_spec=task.arguments.spec, supports_check_mode=True, **task.arguments.rules)
    module.no_log_values = secrets_of(task, module.params)
    outcome = perform(task, module.params, module.check_mode)
    outcome["invocation"] = invocation(task, module.params)
    for warning in outcome.pop("warnings", []):
        module.warn(warning)
    if outcome.pop("failed", False):
        module.fail_json(**outcome)
    module.exit_json(**outcome)


def secrets_of(task: Task, params: dict[str, t.Any]) -> set[str]:
    """The secrets to mask wherever they occur in a result.

    Ones that are too short to be secrets are not among them: masking those would garble the refusal that they get.
    """
    values = [str(params[name]) for name in _secret_options(task) if params.get(name)]
    return {form for value in values for form in (value, value.strip()) if len(form) >= SHORTEST_SECRET}


def invocation(task: Task, params: dict[str, t.Any]) -> dict[str, t.Any]:
    """The parameters as Ansible shows them at high verbosity, secrets masked."""
    masked = {name: MASK for name in _secret_options(task) if params.get(name)}
    return {"module_args": {**params, **masked}}


def _secret_options(task: Task) -> list[str]:
    return [name for name, option in task.arguments.spec.items() if option.get("no_log")]


def perform(
    task: Task,
    params: dict[str, t.Any],
    check_mode: bool,
    store: t.Any = None,
    tell: t.Callable[[str], None] = keep_quiet,
) -> dict[str, t.Any]:
    """Carry out a task whose parameters are validated.

    :param store: where tasks of one run share their tokens.
    :param tell: shows users how a long wait goes on.
    :returns: the result as Ansible shows it; a failure has ``failed``, ``msg`` and ``error``.
    """
    graph: GraphClient | None = None
    http: Http | None = None
    connection: Connection | None = None
    try:
        connection = Connection.from_options(params)
        http = Http(connection)
        patience = Patience(connection.max_wait)
        patience.tell = tell
        graph = GraphClient(connection, TokenSource(connection, http, patience, store), http, patience)
        result = task.operation(params).run(graph, check_mode)
    except EntraError as error:
        done = error if isinstance(error, PartlyDone) else None
        error.tenant_id = error.tenant_id or (connection.tenant_id if connection else None)
        return {
            "failed": True,
            "changed": done.changed if done else bool(graph and graph.wrote),
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
        **({"warnings": result.warnings} if result.warnings else {}),
        **result.values,
    }


def _traffic(graph: GraphClient | None) -> dict[str, t.Any]:
    if graph is None:
        return {"requests": 0, "request_ids": [], "auth_method": None}
    return {"requests": graph.requests, "request_ids": graph.request_ids, "auth_method": graph.auth_method}
