# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Batches: twenty at a time, each item on its own."""

from __future__ import annotations

import typing as t

import pytest
import requests
from ansible_collections.entra.crosstenant.plugins.module_utils._batch import (
    BATCH_SIZE,
    IN_FLIGHT,
    WRITES_AT_ONCE,
    WRITES_PER_SECOND,
    Answer,
    WritePace,
    send_batch,
    send_together,
)
from ansible_collections.entra.crosstenant.plugins.module_utils._errors import GraphError, LostAnswer
from ansible_collections.entra.crosstenant.plugins.module_utils._graph import Request

from unit.conversation import Conversation, Exchange, Together
from unit.factories import HOME, Clock, client, error_body

Tree = dict[str, t.Any]


def read(number: int) -> Request:
    return Request("GET", f"/users/{number}", {"$select": "id"})


def write(number: int) -> Request:
    return Request("POST", "/users", body={"n": number}, repeatable=False)


def remove(number: int) -> Request:
    return Request("DELETE", f"/users/{number}")


def item(position: int, request: Request) -> Tree:
    """A request as it stands in the envelope."""
    body = {} if request.body is None else {"headers": {"Content-Type": "application/json"}, "body": request.body}
    return {"id": str(position), "method": request.method, "url": request.relative, **body}


def reply(position: int, status: int = 200, body: t.Any = None, after: str | None = None) -> Tree:
    headers = {} if after is None else {"headers": {"Retry-After": after}}
    return {"id": str(position), "status": status, **({} if body is None else {"body": body}), **headers}


def envelope(sent: t.Mapping[int, Request], replies: t.Sequence[Tree] = (), **more: t.Any) -> Exchange:
    """One envelope: what is in it, by position, and what comes back."""
    wanted = {"requests": [item(position, request) for position, request in sent.items()]}
    answer: Tree = {} if {"status", "error"} & set(more) else {"reply": {"responses": list(replies)}}
    return Exchange("POST", "/v1.0/$batch", json=wanted, **answer, **more)


def send(requests: t.Sequence[Request], *exchanges: Exchange | Together, **given: t.Any) -> list[Answer]:
    with Conversation(*exchanges) as conversation:
        return send_batch(client(conversation, **given), requests)


def numbered(requests: t.Sequence[Request]) -> dict[int, Request]:
    return dict(enumerate(requests))


def facts(answers: t.Sequence[Answer]) -> list[t.Any]:
    """Errors by status and kind, the rest by id."""
    return [
        (answer.status, isinstance(answer, LostAnswer)) if isinstance(answer, GraphError) else answer.get("id")
        for answer in answers
    ]


def test_nothing_to_send_sends_nothing() -> None:
    assert send([]) == []


def test_twenty_go_into_an_envelope_and_four_envelopes_go_together() -> None:
    asked = [read(number) for number in range(85)]
    parts = [range(start, min(start + BATCH_SIZE, 85)) for start in range(0, 85, BATCH_SIZE)]
    envelopes = [
        envelope({at: asked[at] for at in part}, [reply(at, body={"id": at}) for at in part]) for part in parts
    ]
    assert [len(part) for part in parts] == [20, 20, 20, 20, 5]
    assert facts(send(asked, Together(*envelopes[:IN_FLIGHT]), *envelopes[IN_FLIGHT:])) == list(range(85))


@pytest.mark.parametrize("count", [1, 20])
def test_up_to_twenty_go_into_one_envelope(count: int) -> None:
    asked = [read(number) for number in range(count)]
    replies = [reply(at, body={"id": at}) for at in range(count)]
    assert facts(send(asked, envelope(numbered(asked), replies))) == list(range(count))


def test_answers_come_back_in_the_order_of_the_requests() -> None:
    asked = [read(number) for number in range(4)]
    replies = [reply(at, body={"id": at}) for at in (2, 0, 3, 1)]
    assert facts(send(asked, envelope(numbered(asked), replies))) == [0, 1, 2, 3]


def test_an_answer_without_a_body_is_an_answer() -> None:
    asked = [remove(0), remove(1), write(2)]
    answers = send(asked, envelope(numbered(asked), [reply(0, 204), reply(1, 204), reply(2, 201, {"id": "x"})]))
    assert all(not isinstance(answer, GraphError) for answer in answers)
    assert facts(answers) == [None, None, "x"]


def test_only_what_was_throttled_is_sent_again_after_the_longest_wait() -> None:
    clock = Clock()
    asked = [read(0), write(1), read(2)]
    answers = send(
        asked,
        envelope(numbered(asked), [reply(0, 429, {}, "3"), reply(1, 429, {}, "8"), reply(2, body={"id": 2})]),
        envelope({0: asked[0], 1: asked[1]}, [reply(1, 201, {"id": 1}), reply(0, 429)]),
        envelope({0: asked[0]}, [reply(0, body={"id": 0})]),
        clock=clock,
    )
    assert facts(answers) == [0, 1, 2]
    assert clock.waits == [8.0, 2.0]


def test_a_wait_that_is_too_long_leaves_the_item_refused() -> None:
    clock = Clock()
    asked = [read(0), read(1)]
    answers = send(
        asked,
        envelope(numbered(asked), [reply(0, body={"id": 0}), reply(1, 429, error_body("TooManyRequests"), "99")]),
        clock=clock,
        max_wait=60,
    )
    assert facts(answers) == [0, (429, False)]
    assert clock.waits == []


def test_an_item_that_is_refused_does_not_harm_the_others() -> None:
    asked = [read(0), write(1), read(2)]
    missing, denied = error_body("Request_ResourceNotFound"), error_body("Authorization_RequestDenied")
    answers = send(asked, envelope(numbered(asked), [reply(0, 404, missing), reply(1, 403, denied), reply(2)]))
    assert facts(answers) == [(404, False), (403, False), None]
    error = answers[0]
    assert isinstance(error, GraphError)
    assert (error.method, error.path, error.tenant_id) == ("GET", "/users/0", HOME)


def test_a_write_that_met_a_fault_is_not_sent_again_and_a_read_is() -> None:
    clock = Clock()
    asked = [write(0), read(1)]
    answers = send(
        asked,
        envelope(numbered(asked), [reply(0, 503), reply(1, 503)]),
        envelope({1: asked[1]}, [reply(1, body={"id": 1})]),
        clock=clock,
    )
    assert facts(answers) == [(503, True), 1]
    assert clock.waits == [1.0]


def test_an_item_that_always_fails_is_given_up() -> None:
    clock = Clock()
    asked = [read(0), read(1)]
    again = envelope({1: asked[1]}, [reply(1, 500)])
    answers = send(
        asked, envelope(numbered(asked), [reply(0, body={"id": 0}), reply(1, 500)]), *[again] * 4, clock=clock
    )
    assert facts(answers) == [0, (500, False)]
    assert len(clock.waits) == 4


def test_a_lost_envelope_with_a_write_loses_each_answer() -> None:
    asked = [write(0), write(1)]
    answers = send(asked, envelope(numbered(asked), error=requests.ConnectionError("reset")))
    assert facts(answers) == [(0, True), (0, True)]


def test_a_lost_envelope_of_reads_is_sent_again() -> None:
    asked = [read(0), remove(1)]
    answers = send(
        asked,
        envelope(numbered(asked), error=requests.ConnectionError("reset")),
        envelope(numbered(asked), [reply(0, body={"id": 0}), reply(1, 204)]),
    )
    assert facts(answers) == [0, None]


def test_an_envelope_that_is_throttled_is_sent_again() -> None:
    clock = Clock()
    asked = [write(0)]
    answers = send(
        asked,
        envelope(numbered(asked), status=429, reply=error_body("TooManyRequests"), reply_headers={"Retry-After": "6"}),
        envelope(numbered(asked), [reply(0, 201, {"id": 0})]),
        clock=clock,
    )
    assert facts(answers) == [0]
    assert clock.waits == [6.0]


def test_an_item_that_is_not_answered_is_no_success() -> None:
    asked = [write(0), read(1)]
    answers = send(asked, envelope(numbered(asked), []), envelope({1: asked[1]}, [reply(1, body={"id": 1})]))
    assert facts(answers) == [(0, True), 1]


def test_an_envelope_that_is_refused_refuses_each_item() -> None:
    asked = [read(0), write(1)]
    answers = send(asked, envelope(numbered(asked), status=400, reply=error_body("BadRequest", "Malformed.")))
    assert facts(answers) == [(400, False), (400, False)]
    assert {answer.message for answer in answers if isinstance(answer, GraphError)} == {"Malformed."}


def test_a_batch_counts_as_one_request() -> None:
    asked = [read(0), read(1)]
    with Conversation(envelope(numbered(asked), [reply(0), reply(1)])) as conversation:
        graph = client(conversation)
        send_batch(graph, asked)
    assert graph.requests == 1


@pytest.mark.parametrize("count", [0, 1, 2, 21])
def test_requests_go_together_and_a_single_one_by_itself(count: int) -> None:
    asked = [read(number) for number in range(count)]
    sent = numbered(asked)
    envelopes = [
        envelope({at: sent[at] for at in part}, [reply(at, 200, {"id": at}) for at in part])
        for part in (list(sent)[:20], list(sent)[20:])
        if part
    ]
    alone = Exchange("GET", "/v1.0/users/0", query={"$select": "id"}, reply={"id": 0})
    exchanges: list[Exchange | Together] = [alone] if count == 1 else [Together(*envelopes)] if envelopes else []
    with Conversation(*exchanges) as conversation:
        assert facts(send_together(client(conversation), asked)) == list(range(count))


@pytest.mark.parametrize("count", [1, 2])
def test_what_is_refused_of_requests_that_go_together_is_told_and_not_raised(count: int) -> None:
    asked = [read(number) for number in range(count)]
    denied = error_body("Forbidden", "No.")
    exchange = (
        Exchange("GET", "/v1.0/users/0", query={"$select": "id"}, status=403, reply=denied)
        if count == 1
        else envelope(numbered(asked), [reply(at, 403, denied) for at in range(count)])
    )
    with Conversation(exchange) as conversation:
        answers = send_together(client(conversation), asked)
    assert facts(answers) == [(403, False)] * count
    assert {answer.message for answer in answers if isinstance(answer, GraphError)} == {"No."}


def test_one_envelope_that_is_refused_does_not_hide_what_the_others_did() -> None:
    asked = [write(number) for number in range(40)]
    done = envelope({at: asked[at] for at in range(20)}, [reply(at, 201, {"id": at}) for at in range(20)])
    refused = envelope({at: asked[at] for at in range(20, 40)}, status=403, reply=error_body("Forbidden", "No."))
    assert facts(send(asked, Together(done, refused))) == [*range(20), *[(403, False)] * 20]


def test_what_was_not_sent_because_waiting_took_too_long_is_no_success() -> None:
    asked = [write(number) for number in range(81)]
    waves = [
        envelope(
            {at: asked[at] for at in range(start, start + 20)},
            [reply(at, 201, {"id": at}) for at in range(start, start + 20)],
        )
        for start in (0, 20, 40)
    ]
    busy = envelope({at: asked[at] for at in range(60, 80)}, [reply(at, 429, {}, "900") for at in range(60, 80)])
    answers = send(asked, Together(*waves, busy))
    assert facts(answers) == [*range(60), *[(429, False)] * 20, (0, False)]
    last = answers[-1]
    assert isinstance(last, GraphError)
    assert last.code == "NeverSent"


def test_writes_keep_to_the_quota() -> None:
    clock = Clock()
    pace = WritePace(clock.patience())
    pace.take(WRITES_AT_ONCE)
    assert clock.waits == []
    pace.take(40)
    assert clock.waits == [40 / WRITES_PER_SECOND]
    clock.sleep(1000)
    pace.take(40)
    assert clock.waits == [40 / WRITES_PER_SECOND, 1000]


def test_a_refused_write_tells_that_the_quota_is_used_up() -> None:
    clock = Clock()
    patience = clock.patience(10)
    pace = WritePace(patience)
    pace.take(80)
    pace.exhausted()
    pace.take(80)
    assert clock.waits == [80 / WRITES_PER_SECOND]
    assert patience.left == 10
