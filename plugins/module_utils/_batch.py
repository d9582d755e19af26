# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many requests in few: ``$batch``, twenty at a time, four on their way. PRIVATE to the collection.

Rules of the envelope: graph-api.md section 3.6. Quota of writes: section 3.7.
"""

from __future__ import annotations

import typing as t
from concurrent.futures import ThreadPoolExecutor

from ._errors import NEVER_SENT, NO_ANSWER, GraphError, LostAnswer
from ._graph import FAULTS_IN_A_ROW, GraphClient, Request
from ._graph_errors import error_from_answer, may_send_again
from ._waiting import growing_delays

if t.TYPE_CHECKING:
    from ._waiting import Patience

BATCH_SIZE = 20
IN_FLIGHT = 4
# What an app may write in a tenant: so many at once, and so many a second from then on.
WRITES_AT_ONCE = 3000
WRITES_PER_SECOND = 20.0

Answer: t.TypeAlias = "dict[str, t.Any] | GraphError"


class WritePace:
    """Keeps writes within the quota, so that hardly any is refused.

    The quota is a bucket that fills by itself. Whoever else writes as the same app empties it too; when the service
    refuses a write, it is known to be empty.
    """

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._filled = float(WRITES_AT_ONCE)
        self._at = patience.now()

    def take(self, writes: int) -> None:
        """Wait until so many writes may be sent."""
        now = self._patience.now()
        self._filled = min(WRITES_AT_ONCE, self._filled + (now - self._at) * WRITES_PER_SECOND) - writes
        self._at = now
        if self._filled < 0:
            self._patience.pause(-self._filled / WRITES_PER_SECOND)

    def exhausted(self) -> None:
        """The service refused a write."""
        self._filled = min(self._filled, 0.0)


def send_batch(graph: GraphClient, requests: t.Sequence[Request]) -> list[Answer]:
    """Send requests that do not depend on each other.

    A request that is throttled or meets a passing fault is sent again, alone of its batch; a write that may have been
    carried out is not: its error is a :class:`LostAnswer`.

    :returns: for each request, in order, its answer or what went wrong with it.
    """
    answers: dict[int, Answer] = {}
    waiting = list(range(len(requests)))
    pace = WritePace(graph.patience)
    delays = growing_delays(1.0)
    faults = 0
    while waiting:
        wave, waiting = waiting[: BATCH_SIZE * IN_FLIGHT], waiting[BATCH_SIZE * IN_FLIGHT :]
        pace.take(sum(requests[index].method != "GET" for index in wave))
        answered = _send_wave(graph, requests, wave)
        answers.update(answered)
        again = {index: error for index, error in answered.items() if _may_go_again(error)}
        if not again:
            continue
        errors = t.cast("list[GraphError]", list(again.values()))
        if any(error.status == 429 for error in errors):
            pace.exhausted()
        faults += all(error.status != 429 and error.retry_after is None for error in errors)
        delay = next(delays)
        pause = max(delay if error.retry_after is None else error.retry_after for error in errors)
        if faults >= FAULTS_IN_A_ROW:
            break
        if not graph.patience.allows(pause):
            for error in errors:
                error.hint = graph.patience.refusal(pause)
            break
        graph.patience.wait(pause)
        waiting = [*again, *waiting]
    for index in waiting:
        answers.setdefault(index, _no_answer(graph, requests[index], NEVER_SENT, "it was not sent"))
    return [answers[index] for index in range(len(requests))]


def send_together(graph: GraphClient, requests: t.Sequence[Request]) -> list[Answer]:
    """Send requests that do not depend on each other, a single one by itself; as :func:`send_batch`."""
    if len(requests) != 1:
        return send_batch(graph, requests)
    try:
        return [graph.send(requests[0])]
    except GraphError as error:
        return [error]


def _may_go_again(answer: Answer) -> bool:
    return isinstance(answer, GraphError) and may_send_again(answer) and not isinstance(answer, LostAnswer)


def _send_wave(graph: GraphClient, requests: t.Sequence[Request], wave: t.Sequence[int]) -> dict[int, Answer]:
    """Send a few envelopes at once."""
    envelopes = [wave[start : start + BATCH_SIZE] for start in range(0, len(wave), BATCH_SIZE)]
    if len(envelopes) == 1:
        return _send_once(graph, requests, envelopes[0])
    answers: dict[int, Answer] = {}
    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        for answered in pool.map(lambda indexes: _send_once(graph, requests, indexes), envelopes):
            answers.update(answered)
    return answers


def _send_once(graph: GraphClient, requests: t.Sequence[Request], indexes: t.Sequence[int]) -> dict[int, Answer]:
    envelope = Request(
        "POST",
        "/$batch",
        body={"requests": [_item(index, requests[index]) for index in indexes]},
        api=requests[0].api,
        repeatable=all(requests[index].repeatable for index in indexes),
    )
    try:
        replies = graph.send(envelope).get("responses")
    except GraphError as refused:
        return dict.fromkeys(indexes, refused)
    answered = {
        int(reply["id"]): _answer(graph, reply, requests[int(reply["id"])])
        for reply in (replies if isinstance(replies, list) else [])
        if _answers_one_of(reply, indexes)
    }
    return {
        index: answered.get(index) or _no_answer(graph, requests[index], NO_ANSWER, "the batch holds no answer to it")
        for index in indexes
    }


def _answers_one_of(reply: t.Any, indexes: t.Sequence[int]) -> bool:
    """Whether a part of the answer is well-formed and answers one of the requests sent."""
    return (
        isinstance(reply, dict)
        and str(reply.get("id")) in {str(index) for index in indexes}
        and isinstance(reply.get("status"), int)
    )


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


def _no_answer(graph: GraphClient, request: Request, code: str, why: str) -> GraphError:
    error = GraphError(status=0, code=code, message=why, method=request.method, path=request.path)
    error.tenant_id = graph.tenant_id
    return LostAnswer.of(error) if error.may_be_done and not request.repeatable else error
