# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the provisioning log and sum it up (graph-api.md section 11, domain.md section 10.2). PRIVATE."""

from __future__ import annotations

import typing as t

from .._arguments import ONE_SELECTOR
from .._configuration import selected_service_principal
from .._connection import is_guid
from .._errors import GraphError, InputError, doing
from .._graph import named
from .._moments import now
from .._provisioning_log import read_log
from .._types import Result, Tree
from .log_entry import entry_view
from .log_question import Question, Users, moment_option
from .log_summary import summary_of

if t.TYPE_CHECKING:
    from .._graph import GraphClient


class ProvisioningLog:
    """Reads only."""

    def __init__(self, params: Tree) -> None:
        self.params = params
        self.warnings: list[str] = []

    def run(self, graph: GraphClient, check_mode: bool) -> Result:
        """Read the entries that are asked for."""
        params = self.params
        limit = params["limit"]
        if limit is not None and limit < 1:
            raise InputError("limit", "it is smaller than 1", hint="Leave it out for the newest 10000")
        question = self._question(graph)
        chosen = any(params.get(name) is not None for name in ONE_SELECTOR)
        if chosen:
            question.principal = selected_service_principal(graph, params, check_mode)
        # In check mode there may be no configuration yet, which then has no log.
        rows, complete = self._read(graph, question, limit) if question.principal or not chosen else ([], True)
        if not complete:
            self.warnings.append(
                f"There are more than {limit} entries; the summary counts the newest {limit} only. Raise limit, or ask"
                " for less."
            )
        entries = [entry_view(row, params["include_values"]) for row in rows]
        return Result(False, {"entries": entries, "summary": summary_of(rows, complete)}, warnings=self.warnings)

    @staticmethod
    def _read(graph: GraphClient, question: Question, limit: int | None) -> tuple[list[Tree], bool]:
        with doing("read the provisioning log"):
            return read_log(graph, question.filters(), question.includes, limit, doubted=question.is_narrow)

    def _question(self, graph: GraphClient) -> Question:
        params = self.params
        today = now()
        since = moment_option("since", params["since"], today)
        until = moment_option("until", params["until"], today) if params.get("until") else None
        if until and until <= since:
            raise InputError("until", "it is not later than since")
        return Question(
            since=since.replace(microsecond=0),
            until=until,
            principal=None,
            job_id=params.get("job_id"),
            cycle_id=params.get("cycle_id"),
            statuses=params.get("statuses") or [],
            actions=params.get("actions") or [],
            users=self._users(graph, params.get("users") or []),
        )

    def _users(self, graph: GraphClient, wanted: list[str]) -> Users:
        """Object ids of those who are asked for; the log knows users by these, and cannot be filtered by names."""
        users = Users()
        unknown = []
        for each in wanted:
            if not each.strip():
                raise InputError("users", "a name in it is empty")
            found = each.strip() if is_guid(each.strip()) else self._id_of(graph, each.strip())
            if found:
                users.ids.add(found.lower())
            else:
                users.names.add(each.strip().lower())
                unknown.append(each.strip())
        if unknown:
            self.warnings.append(
                f"Not found in the directory, and looked for in the log by name instead: {', '.join(unknown)}."
            )
        return users

    @staticmethod
    def _id_of(graph: GraphClient, name: str) -> str | None:
        """The object id of a user; None for one who was deleted, or whom the app may not look up."""
        try:
            user = graph.find(named("users", name), {"$select": "id"})
        except GraphError as error:
            if error.status not in (400, 403):
                raise
            return None
        return str(user["id"]) if user else None
