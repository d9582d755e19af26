# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many requests in few: ``$batch``, twenty at a time. PRIVATE to the collection.

Rules of the envelope: graph-api.md section 3.6.
"""

from __future__ import annotations

import typing as t

from ._errors import GraphError, LostAnswer
from ._graph import FAULTS_IN_A_ROW, GraphClient, Request
from ._graph_errors import error_from_answer, may_send_again
from ._waiting import growing_delays

BATCH_SIZE = 20

Answer: t.TypeAlias = "dict[str, t.Any] | GraphError"


def send_batch(graph: GraphClient, requests: t.Sequence[Request]) -> list[Answer]:
    """Send requests that do not depend on each other.

    A request that is throttled or meets a passing fault is sent again, alone of its batch; a write that may have been
    carried out is not: its error is a :class:`LostAnswer`.

    :returns: for each request, in order, its answer or what went wrong with it.
    """
    answers: list[Answer] = []
    for start in range(0, len(requests), BATCH_SIZE):
        answers += _send_twenty(graph, requests[start : start + BATCH_SIZE])
    return answers


def _send_twenty(graph: GraphClient, requests: t.Sequence[Request]) -> list[Answer]:
    answers: dict[int, Answer] = {}
    waiting = list(range(len(requests)))
    faults = 0
    delays = growing_delays(1.0)
    while True:
        delay = next(delays)
        answers.update(_send_once(graph, requests, waiting))
        refused = {index: answer for index in waiting if isinstance(answer := answers[index], GraphError)}
        again = {
            index: error
            for index, error in refused.items()
            if may_send_again(error) and not isinstance(error, LostAnswer)
        }
        faults += all(error.status != 429 and error.retry_after is None for error in again.values())
        pause = max((delay if error.retry_after is None else error.retry_after for error in again.values()), default=0)
        if not again or faults >= FAULTS_IN_A_ROW or not graph.patience.allows(pause):
            break
        graph.patience.wait(pause)
        waiting = list(again)
    return [answers[index] for index in range(len(requests))]


def _send_once(graph: GraphClient, requests: t.Sequence[Request], indexes: t.Sequence[int]) -> dict[int, Answer]:
    envelope = Request(
        "POST",
        "/$batch",
        body={"requests": [_item(index, requests[index]) for index in indexes]},
        api=requests[0].api,
        repeatable=all(requests[index].repeatable for index in indexes),
    )
    try:
        replies = graph.send(envelope).get("responses", [])
    except LostAnswer as lost:
        return dict.fromkeys(indexes, lost)
    answered = {int(reply["id"]): _answer(graph, reply, requests[int(reply["id"])]) for reply in replies}
    return {index: answered.get(index) or _unanswered(graph, requests[index]) for index in indexes}


def _item(index: int, request: Request) -> dict[str, t.Any]:
    item: dict[str, t.Any] = {"id": str(index), "method": request.method, "url": request.relative}
    if request.body is not None:
        item.update(headers={"Content-Type": "application/json"}, body=request.body)
    return item


def _answer(graph: GraphClient, reply: t.Mapping[str, t.Any], request: Request) -> Answer:
    body = reply.get("body") or {}
    if int(reply["status"]) < 400:
        # An answer without a body still is an answer.
        return {"@status": reply["status"], **body}
    error = error_from_answer(int(reply["status"]), reply.get("headers") or {}, body, request.method, request.path)
    if not request.repeatable and may_send_again(error) and error.may_be_done:
        error = LostAnswer.of(error)
    error.tenant_id = graph.tenant_id
    return error


def _unanswered(graph: GraphClient, request: Request) -> GraphError:
    error = GraphError(
        status=0, code="NoAnswer", message="the batch holds no answer", method=request.method, path=request.path
    )
    error.tenant_id = graph.tenant_id
    return error if request.repeatable else LostAnswer.of(error)
