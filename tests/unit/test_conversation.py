# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scripted conversation fails when it should, and only then."""

from __future__ import annotations

import contextlib
import typing as t

import pytest
import requests

from unit.conversation import Conversation, Exchange

GRAPH = "https://graph.example"
USERS = "/v1.0/users"


def talk(exchange: Exchange, method: str = "GET", url: str = GRAPH + USERS, **options: t.Any) -> requests.Response:
    with Conversation(exchange) as conversation:
        return conversation.session().request(method, url, timeout=1, **options)


def test_a_conversation_that_goes_as_expected() -> None:
    with Conversation(
        Exchange("GET", USERS, query={"$filter": "id eq 'a b'", "$top": "1"}, reply={"value": []}),
        Exchange("POST", USERS, json={"name": "Zoë"}, headers={"x-id": "1"}, status=201, reply={"id": "1"}),
        Exchange("DELETE", USERS + "/1", headers={"If-Match": None}, status=204, reply_headers={"request-id": "r"}),
    ) as conversation:
        session = conversation.session()
        listed = session.get(GRAPH + USERS, params={"$top": "1", "$filter": "id eq 'a b'"}, timeout=5)
        created = session.post(GRAPH + USERS, json={"name": "Zoë"}, headers={"X-Id": "1"}, timeout=6)
        deleted = session.delete(GRAPH + USERS + "/1", timeout=7)
    assert listed.json() == {"value": []}
    assert listed.headers["content-type"] == "application/json"
    assert (created.status_code, created.reason, created.json()) == (201, "Created", {"id": "1"})
    assert (deleted.status_code, deleted.content, deleted.headers["Request-Id"]) == (204, b"", "r")
    assert [request.method for request in conversation.requests] == ["GET", "POST", "DELETE"]
    assert conversation.timeouts == [5, 6, 7]


@pytest.mark.parametrize(
    ("exchange", "options", "difference"),
    [
        pytest.param(Exchange("PATCH", USERS), {}, "method: expected 'PATCH', got 'GET'", id="method"),
        pytest.param(Exchange("GET", "/beta/users"), {}, "path: expected '/beta/users', got '/v1.0/users'", id="path"),
        pytest.param(Exchange("GET", "https://other.example" + USERS), {}, "host: expected 'https://other", id="host"),
        pytest.param(Exchange("GET", USERS, query={"$top": "1"}), {}, "query: .* got {}", id="query missing"),
        pytest.param(Exchange("GET", USERS), {"params": {"$top": "1"}}, "query: expected {}", id="query too many"),
        pytest.param(Exchange("GET", USERS, json={}), {}, "body: expected {}, got Ellipsis", id="body missing"),
        pytest.param(Exchange("GET", USERS), {"json": {}}, "body: expected Ellipsis, got {}", id="body too many"),
        pytest.param(Exchange("GET", USERS, json={"a": 1}), {"json": {"a": 2}}, "body: .* got {'a': 2}", id="body"),
        pytest.param(
            Exchange("GET", USERS, json={"a": 1}), {"json": {"a": 1, "b": None}}, "got {'a': 1, 'b': None}", id="null"
        ),
        pytest.param(Exchange("GET", USERS, json=[]), {"data": "<x>"}, "body: .* got '<x>'", id="body not JSON"),
        pytest.param(Exchange("GET", USERS, form={"a": "1"}), {"data": {"a": "2"}}, "got {'a': '2'}", id="form"),
        pytest.param(Exchange("GET", USERS, headers={"x-id": "1"}), {}, "header x-id: .* got None", id="header"),
        pytest.param(
            Exchange("GET", USERS, headers={"x-id": None}), {"headers": {"X-Id": "1"}}, "got '1'", id="header too many"
        ),
    ],
)
def test_a_request_that_differs_fails(exchange: Exchange, options: dict[str, t.Any], difference: str) -> None:
    with pytest.raises(AssertionError, match=difference):
        talk(exchange, **options)


def test_a_request_in_the_wrong_order_fails() -> None:
    with (
        pytest.raises(AssertionError, match="request 1 is not the expected GET /one"),
        Conversation(Exchange("GET", "/one"), Exchange("GET", "/two")) as conversation,
    ):
        conversation.session().get(GRAPH + "/two", timeout=1)


def test_an_extra_request_fails() -> None:
    with (
        pytest.raises(AssertionError, match="request 2, GET https://graph.example/two, is one too many"),
        Conversation(Exchange("GET", "/one")) as conversation,
    ):
        conversation.session().get(GRAPH + "/one", timeout=1)
        conversation.session().get(GRAPH + "/two", timeout=1)


def test_an_extra_request_fails_even_when_the_failure_is_hidden() -> None:
    conversation = Conversation()
    with contextlib.suppress(AssertionError):
        conversation.session().get(GRAPH + "/one", timeout=1)
    with pytest.raises(AssertionError, match="is one too many"):
        conversation.finish()


def test_a_missing_request_fails() -> None:
    with (
        pytest.raises(AssertionError, match="requests never sent:\n  GET /two\n  POST /three"),
        Conversation(Exchange("GET", "/one"), Exchange("GET", "/two"), Exchange("POST", "/three")) as conversation,
    ):
        conversation.session().get(GRAPH + "/one", timeout=1)


def test_an_error_of_the_code_under_test_is_not_covered_up() -> None:
    with pytest.raises(KeyError), Conversation(Exchange("GET", "/one")):
        raise KeyError


@pytest.mark.parametrize("error", [requests.ConnectionError, requests.Timeout, requests.ConnectionError("reset")])
def test_an_error_is_raised_instead_of_an_answer(error: t.Any) -> None:
    with pytest.raises(requests.RequestException) as raised:
        talk(Exchange("GET", USERS, error=error))
    assert raised.value.request is not None


def test_a_request_that_differs_fails_before_the_error() -> None:
    with pytest.raises(AssertionError, match="method"):
        talk(Exchange("POST", USERS, error=requests.Timeout))


def test_a_name_given_twice_is_refused() -> None:
    with pytest.raises(AssertionError, match="given twice"):
        talk(Exchange("GET", USERS, query={"a": "1"}), url=GRAPH + USERS + "?a=2&a=1")


def test_a_path_is_compared_as_sent() -> None:
    talk(Exchange("GET", USERS + "/a%40b.example"), url=GRAPH + USERS + "/a%40b.example")
    talk(Exchange("GET", "http://127.0.0.1:1/x"), url="http://127.0.0.1:1/x")


def test_a_form() -> None:
    form = {"grant_type": "client_credentials", "scope": ".default"}
    assert talk(Exchange("POST", "/token", form=form, reply="ok"), "POST", GRAPH + "/token", data=form).text == "ok"


def test_an_answer_that_is_not_json() -> None:
    response = talk(Exchange("GET", USERS, status=502, reply=b"\xff<html>"))
    assert response.content == b"\xff<html>"
    with pytest.raises(requests.JSONDecodeError):
        response.json()
