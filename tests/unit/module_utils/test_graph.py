# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Graph over HTTP: what is sent, what is sent again, and what never is."""

from __future__ import annotations

import email.utils
import time
import typing as t
import uuid
from unittest import mock
from urllib.parse import unquote

import pytest
import requests
import urllib3
from ansible_collections.entra.crosstenant.plugins.module_utils._errors import AuthError, GraphError, LostAnswer
from ansible_collections.entra.crosstenant.plugins.module_utils._graph import (
    FAULTS_IN_A_ROW,
    GraphClient,
    Request,
    named,
    path,
    quoted,
)
from hypothesis import given
from hypothesis import strategies as st

from unit.conversation import Conversation, Exchange
from unit.factories import (
    CLIENT,
    GRAPH,
    HOME,
    LOCAL_GRAPH,
    LOGIN,
    SECRET,
    Clock,
    client,
    collection,
    error_body,
    not_found,
    token,
)

USERS = "/v1.0/users"
BUSY: dict[str, t.Any] = {"status": 503, "reply": error_body("ServiceUnavailable", "Busy.")}


def talk(action: t.Callable[[GraphClient], t.Any], *exchanges: Exchange, **given: t.Any) -> t.Any:
    """Do something over a conversation that has to go exactly so."""
    with Conversation(*exchanges) as conversation:
        try:
            return action(client(conversation, **given))
        except Exception:
            conversation.finish()
            raise


def fail(action: t.Callable[[GraphClient], t.Any], *exchanges: Exchange, **given: t.Any) -> t.Any:
    with pytest.raises(GraphError) as raised:
        talk(action, *exchanges, **given)
    assert raised.value.tenant_id == HOME
    return raised.value


def read(graph: GraphClient) -> t.Any:
    return graph.get("/users")


def create(graph: GraphClient) -> t.Any:
    return graph.post("/users", {"a": 1})


def throttled(status: int = 429, after: str | None = None, method: str = "GET", **more: t.Any) -> Exchange:
    headers = {} if after is None else {"Retry-After": after}
    return Exchange(method, USERS, status=status, reply=error_body("TooManyRequests"), reply_headers=headers, **more)


# What is sent


def test_a_request_carries_the_token_and_an_id_of_its_own() -> None:
    text = token()
    with Conversation(
        Exchange(
            "GET",
            f"{GRAPH}{USERS}",
            query={"$select": "id"},
            headers={"Authorization": f"Bearer {text}", "Accept": "application/json", "Content-Type": None},
            reply={"value": []},
            reply_headers={"request-id": "r1"},
        ),
        Exchange("PATCH", USERS, json={"a": None}, headers={"Content-Type": "application/json"}, status=204),
    ) as conversation:
        graph = client(conversation, access_token=text, timeout=12)
        assert graph.get("/users", {"$select": "id"}) == {"value": []}
        assert graph.patch("/users", {"a": None}) == {}
    ids = [uuid.UUID(str(request.headers["client-request-id"])) for request in conversation.requests]
    assert ids[0] != ids[1]
    assert (graph.requests, graph.request_ids) == (2, ["r1"])
    assert conversation.timeouts == [12, 12]


def test_the_beta_version_is_asked_when_named() -> None:
    talk(lambda graph: graph.get("/x", api="beta"), Exchange("GET", "/beta/x", reply={}))
    talk(lambda graph: graph.put("/x", {}, api="beta"), Exchange("PUT", "/beta/x", json={}, status=204))
    talk(lambda graph: graph.delete("/x", api="beta"), Exchange("DELETE", "/beta/x", status=204))


def test_another_graph_is_asked_at_its_own_address() -> None:
    talk(read, Exchange("GET", f"{LOCAL_GRAPH}{USERS}", reply={}), graph_url=f"{LOCAL_GRAPH}/")


def test_an_action_without_a_body_sends_none() -> None:
    with Conversation(
        Exchange("POST", "/v1.0/start", headers={"Content-Length": "0", "Content-Type": None}, status=204)
    ) as conversation:
        assert client(conversation).post("/start") == {}


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("a_b.com#EXT#@c.d", "a_b.com%23EXT%23@c.d"),
        ("o'brien@c.d", "o%27brien@c.d"),
        ("a/b?c", "a%2Fb%3Fc"),
        ("ä b%", "%C3%A4%20b%25"),
    ],
)
def test_names_in_a_path_are_encoded(name: str, sent: str) -> None:
    talk(lambda graph: graph.get(path("users", name)), Exchange("GET", f"{GRAPH}/v1.0/users/{sent}", reply={}))


@given(text=st.text())
def test_a_quoted_text_reads_back(text: str) -> None:
    written = quoted(text)
    assert written[0] == written[-1] == "'"
    assert written[1:-1].replace("''", "'") == text
    assert written[1:-1].replace("''", "").count("'") == 0


@given(text=st.text(st.characters(codec="utf-8"), min_size=1))
def test_a_segment_stays_one_segment(text: str) -> None:
    encoded = path("users", text)
    assert encoded.count("/") == 2
    assert not set("?# ") & set(encoded)
    assert unquote(encoded) == f"/users/{text}"


@pytest.mark.parametrize(
    ("key", "address"),
    [
        ("a#b@c.d", "/users/a%23b@c.d"),
        ("$a'b", "/users('%24a''b')"),
        ("..", "/users('..')"),
        ("a b", "/users('a%20b')"),
    ],
)
def test_a_key_that_cannot_stand_in_a_path_is_written_as_a_text(key: str, address: str) -> None:
    assert named("users", key) == address


def test_a_batch_wants_the_query_encoded() -> None:
    request = Request("GET", "/groups", {"$filter": "displayName eq 'A&B #1'", "$select": "id,displayName"})
    assert request.relative == "/groups?$filter=displayName%20eq%20%27A%26B%20%231%27&$select=id,displayName"


# What it is answered


def test_an_object_that_is_not_there_is_none() -> None:
    assert talk(lambda graph: graph.find("/users"), not_found("GET", USERS)) is None
    assert talk(lambda graph: graph.find("/users"), Exchange("GET", USERS, reply={"id": "1"})) == {"id": "1"}


@pytest.mark.parametrize("status", [400, 401, 403, 409, 410])
def test_an_object_that_cannot_be_read_is_no_absent_one(status: int) -> None:
    error = fail(lambda graph: graph.find("/users"), Exchange("GET", USERS, status=status, reply=error_body("X")))
    assert error.status == status


def test_what_is_deleted_already_is_deleted() -> None:
    talk(lambda graph: graph.delete("/users"), not_found("DELETE", USERS))
    talk(lambda graph: graph.delete("/users"), Exchange("DELETE", USERS, status=204))
    error = fail(
        lambda graph: graph.delete("/users"), Exchange("DELETE", USERS, status=400, reply=error_body("X", "No."))
    )
    assert error.message == "No."


def test_an_answer_that_is_not_json_is_a_failure() -> None:
    error = fail(read, Exchange("GET", USERS, reply="<html>sign in to the proxy</html>"))
    assert error.code == "UnreadableAnswer"
    assert "proxy" in error.hint


def test_a_write_with_an_unreadable_answer_may_be_done() -> None:
    assert isinstance(fail(create, Exchange("POST", USERS, json={"a": 1}, reply="<html>")), LostAnswer)


@pytest.mark.parametrize("status", [301, 302, 307])
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_an_answer_that_points_elsewhere_is_a_failure(status: int, method: str) -> None:
    there = {"Location": "https://elsewhere.example/"}
    error = fail(
        lambda graph: graph.send(Request(method, "/users")),
        Exchange(method, USERS, status=status, reply_headers=there),
    )
    assert error.status == status
    assert "graph_url" in error.hint


def test_a_refusal_is_told_with_everything_that_helps() -> None:
    error = fail(
        lambda graph: graph.patch("/users/1", {}),
        Exchange(
            "PATCH",
            "/v1.0/users/1",
            json={},
            status=400,
            reply=error_body("Request_BadRequest", "Bad."),
            reply_headers={"request-id": "abc"},
        ),
    )
    assert error.details() == {
        "status": 400,
        "code": "Request_BadRequest",
        "message": "Bad.",
        "request_id": "abc",
        "method": "PATCH",
        "path": "/users/1",
        "tenant_id": HOME,
        "hint": None,
    }
    assert error.explanation() == "Bad. (Request_BadRequest, HTTP 400, PATCH /users/1, request id abc)."


# Waiting as told


@pytest.mark.parametrize("status", [429, 503, 504])
@pytest.mark.parametrize(("after", "waited"), [("7", 7.0), ("0", 0.0), ("1.5", 1.5), (" 3 ", 3.0)])
def test_the_wait_that_is_asked_for_is_kept(status: int, after: str, waited: float) -> None:
    clock = Clock()
    assert talk(read, throttled(status, after), Exchange("GET", USERS, reply={"id": "1"}), clock=clock) == {"id": "1"}
    assert clock.waits == [waited]


@pytest.mark.parametrize(("seconds", "waited"), [(90, 90.0), (-90, 0.0)])
def test_the_wait_may_be_given_as_a_date(monkeypatch: pytest.MonkeyPatch, seconds: int, waited: float) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_700_000_000.0)
    date = email.utils.formatdate(1_700_000_000 + seconds, usegmt=True)
    clock = Clock()
    talk(read, throttled(after=date), Exchange("GET", USERS, reply={}), clock=clock, access_token=token(exp=None))
    assert clock.waits == [waited]


@pytest.mark.parametrize("after", [None, "", "soon"])
def test_without_a_wait_that_can_be_read_our_own_measure_is_taken(after: str | None) -> None:
    clock = Clock()
    talk(read, throttled(after=after), throttled(after=after), Exchange("GET", USERS, reply={}), clock=clock)
    assert clock.waits == [1.0, 2.0]


def test_throttling_is_waited_out_as_long_as_the_task_may_wait() -> None:
    clock = Clock()
    talk(read, *[throttled(after="5")] * 20, Exchange("GET", USERS, reply={}), clock=clock)
    assert clock.waits == [5.0] * 20


def test_a_write_that_was_throttled_was_not_done_and_is_sent_again() -> None:
    clock = Clock()
    again = throttled(after="2", method="POST", json={"a": 1})
    talk(create, again, Exchange("POST", USERS, json={"a": 1}, status=201, reply={"id": "1"}), clock=clock)
    assert clock.waits == [2.0]


def test_a_wait_that_is_too_long_fails_at_once_and_says_how_long() -> None:
    clock = Clock()
    error = fail(read, throttled(after="120"), clock=clock, max_wait=60)
    assert clock.waits == []
    assert "120 s" in error.hint
    assert "max_wait leaves 60 s" in error.hint
    assert error.status == 429


def test_all_waits_of_a_task_come_from_one_purse() -> None:
    clock = Clock()

    def twice(graph: GraphClient) -> None:
        graph.get("/users")
        graph.get("/users")

    error = fail(
        twice,
        throttled(after="40"),
        Exchange("GET", USERS, reply={}),
        throttled(after="40"),
        clock=clock,
        max_wait=60,
    )
    assert clock.waits == [40.0]
    assert "leaves 20 s" in error.hint


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_passing_fault_of_a_read_is_tried_again(status: int) -> None:
    clock = Clock()
    fault = Exchange("GET", USERS, status=status, reply="<html>")
    talk(read, fault, fault, Exchange("GET", USERS, reply={}), clock=clock)
    assert clock.waits == [1.0, 2.0]


def test_a_fault_that_does_not_pass_is_given_up() -> None:
    clock = Clock()
    error = fail(read, *[Exchange("GET", USERS, **BUSY)] * FAULTS_IN_A_ROW, clock=clock)
    assert (error.status, error.message) == (503, "Busy.")
    assert len(clock.waits) == FAULTS_IN_A_ROW - 1


@pytest.mark.parametrize("status", [400, 402, 403, 404, 405, 409, 412, 423, 501])
def test_a_refusal_is_not_asked_again(status: int) -> None:
    clock = Clock()
    fail(read, Exchange("GET", USERS, status=status, reply=error_body("X")), clock=clock)
    assert clock.waits == []


def test_two_that_write_at_the_same_time_do_so_one_after_the_other() -> None:
    clock = Clock()
    violated: dict[str, t.Any] = {"status": 409, "reply": error_body("Directory_ConcurrencyViolation")}
    talk(
        create,
        Exchange("POST", USERS, json={"a": 1}, **violated),
        Exchange("POST", USERS, json={"a": 1}, status=201, reply={}),
        clock=clock,
    )
    assert clock.waits == [1.0]


def test_a_request_may_be_given_longer_for_its_answer() -> None:
    with Conversation(Exchange("GET", USERS, reply={}), Exchange("GET", USERS, reply={})) as conversation:
        graph = client(conversation, timeout=30)
        graph.send(Request("GET", "/users", patience=120))
        graph.send(Request("GET", "/users", patience=3))
    assert conversation.timeouts == [120, 30]


# No answer


def broken(reason: t.Any = "reset by peer") -> requests.ConnectionError:
    return requests.ConnectionError(reason)


def never_connected() -> requests.ConnectionError:
    pool = mock.Mock(spec=urllib3.HTTPSConnectionPool)
    reason = urllib3.exceptions.NewConnectionError(t.cast("t.Any", pool), "refused")
    return requests.ConnectionError(urllib3.exceptions.MaxRetryError(t.cast("t.Any", pool), "/", reason))


@pytest.mark.parametrize(
    "error", [broken(), requests.ReadTimeout("too slow"), requests.exceptions.ChunkedEncodingError()]
)
def test_a_read_whose_answer_is_lost_is_asked_again(error: requests.RequestException) -> None:
    clock = Clock()
    talk(read, Exchange("GET", USERS, error=error), Exchange("GET", USERS, reply={}), clock=clock)
    assert clock.waits == [1.0]


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ({"error": broken()}, None),
        ({"error": requests.ReadTimeout("too slow")}, None),
        (BUSY, 503),
        ({"status": 504, "reply": "", "reply_headers": {"Retry-After": "9"}}, 504),
        ({"status": 500, "reply": error_body("UnknownError")}, 500),
    ],
)
def test_a_write_whose_answer_is_lost_is_not_sent_again(fault: dict[str, t.Any], status: int | None) -> None:
    clock = Clock()
    error = fail(create, Exchange("POST", USERS, json={"a": 1}, **fault), clock=clock)
    assert isinstance(error, LostAnswer)
    assert "may or may not have been carried out" in error.message
    assert "looks first" in error.hint
    assert error.details()["status"] == status
    assert clock.waits == []


def test_a_write_that_was_never_sent_is_sent_again() -> None:
    clock = Clock()
    talk(
        create,
        Exchange("POST", USERS, json={"a": 1}, error=never_connected()),
        Exchange("POST", USERS, json={"a": 1}, status=201, reply={}),
        clock=clock,
    )
    assert clock.waits == [1.0]


@pytest.mark.parametrize("method", ["patch", "put"])
def test_a_write_that_harms_nobody_when_repeated_is_repeated(method: str) -> None:
    sent: dict[str, t.Any] = {"method": method.upper(), "path": USERS, "json": {"a": 1}}
    talk(
        lambda graph: getattr(graph, method)("/users", {"a": 1}),
        Exchange(**sent, error=broken()),
        Exchange(**sent, **BUSY),
        Exchange(**sent, status=204),
    )


def test_an_action_that_may_be_repeated_is_repeated() -> None:
    talk(
        lambda graph: graph.post("/start", repeatable=True),
        Exchange("POST", "/v1.0/start", error=broken()),
        Exchange("POST", "/v1.0/start", status=204),
    )


@pytest.mark.parametrize(
    "error", [requests.exceptions.SSLError("self-signed"), requests.exceptions.ProxyError("no such proxy")]
)
def test_a_way_that_will_never_work_is_not_tried_twice(error: requests.RequestException) -> None:
    clock = Clock()
    told = fail(create, Exchange("POST", USERS, json={"a": 1}, error=error), clock=clock)
    assert not isinstance(told, LostAnswer)
    assert told.code == "NoWay"
    assert str(error) in told.message
    assert "ca_path" in told.hint
    assert told.details()["status"] is None
    assert clock.waits == []


def test_the_token_is_in_no_text_of_a_failure() -> None:
    text = token()
    for exchange in (
        Exchange("GET", USERS, error=requests.exceptions.SSLError("x")),
        Exchange("GET", USERS, status=400),
    ):
        error = fail(read, exchange, access_token=text)
        assert text not in f"{error.explanation()}{error.details()}{error!r}"


# Tokens that are not taken


EXPIRED: dict[str, t.Any] = {
    "status": 401,
    "reply": error_body("InvalidAuthenticationToken", "Access token has expired."),
}


def login(**more: t.Any) -> Exchange:
    given = {"token_type": "Bearer", "expires_in": 3599, "access_token": token()}
    form = {
        "client_id": CLIENT,
        "client_info": "1",
        "grant_type": "client_credentials",
        "scope": f"{GRAPH}/.default",
        "client_secret": SECRET,
    }
    return Exchange("POST", f"{LOGIN}/{HOME}/oauth2/v2.0/token", form=form, **{"reply": given, **more})


def test_an_expired_token_is_renewed_once() -> None:
    talk(
        create,
        login(),
        Exchange("POST", USERS, json={"a": 1}, **EXPIRED),
        login(),
        Exchange("POST", USERS, json={"a": 1}, status=201, reply={}),
        client_secret=SECRET,
    )


def test_a_token_that_is_never_taken_is_renewed_only_once() -> None:
    error = fail(
        read,
        login(),
        Exchange("GET", USERS, **EXPIRED),
        login(),
        Exchange("GET", USERS, **EXPIRED),
        client_secret=SECRET,
    )
    assert error.code == "InvalidAuthenticationToken"
    assert "cloud" in error.hint


def test_a_ready_token_cannot_be_renewed() -> None:
    assert fail(read, Exchange("GET", USERS, **EXPIRED)).code == "InvalidAuthenticationToken"


def test_a_missing_permission_that_looks_like_a_bad_token_is_named() -> None:
    error = fail(
        lambda graph: graph.post("/servicePrincipals/1/synchronization/jobs", {}),
        login(),
        Exchange(
            "POST",
            "/v1.0/servicePrincipals/1/synchronization/jobs",
            json={},
            status=401,
            reply=error_body("UnknownError", ""),
        ),
        client_secret=SECRET,
    )
    assert "Synchronization.ReadWrite.All" in error.hint
    assert "without a reason" in error.message


def test_a_sign_in_that_fails_sends_nothing_to_graph() -> None:
    refused = login(status=400, reply={"error": "invalid_request", "error_description": "AADSTS90002: no"})
    with pytest.raises(AuthError) as raised:
        talk(read, refused, client_secret=SECRET)
    assert raised.value.code == "AADSTS90002"


# Pages


def page(*rows: dict[str, t.Any], link: str | None = None, skip: str | None = None) -> Exchange:
    return Exchange(
        "GET", USERS, query={"$skiptoken": skip} if skip else {"$top": "2"}, reply=collection(*rows, next_link=link)
    )


def link(skip: str, host: str = GRAPH) -> str:
    return f"{host}{USERS}?$skiptoken={skip}"


def pages(graph: GraphClient) -> t.Any:
    return graph.pages("/users", {"$top": "2"})


def test_all_pages_are_read_an_empty_one_among_them() -> None:
    rows = talk(
        pages,
        page({"id": "1"}, {"id": "2"}, link=link("a")),
        page(link=link("b"), skip="a"),
        page({"id": "3"}, skip="b"),
    )
    assert rows == [{"id": "1"}, {"id": "2"}, {"id": "3"}]


def test_a_page_that_is_throttled_is_asked_again() -> None:
    clock = Clock()
    talk(
        pages,
        page({"id": "1"}, link=link("a")),
        throttled(after="4", query={"$skiptoken": "a"}),
        page({"id": "2"}, skip="a"),
        clock=clock,
    )
    assert clock.waits == [4.0]


@pytest.mark.parametrize(
    "host",
    [
        "https://graph.example",
        "http://graph.microsoft.com",
        "https://graph.microsoft.com:8443",
        "https://graph.microsoft.com@evil.example",
        "https://graph.microsoft.com.evil.example",
    ],
)
def test_a_page_somewhere_else_never_sees_the_token(host: str) -> None:
    error = fail(pages, page({"id": "1"}, link=link("a", host)))
    assert error.code == "BadNextLink"
    assert "not Graph" in error.message


def test_a_page_that_says_it_is_its_own_successor_is_refused() -> None:
    error = fail(pages, page({"id": "1"}, link=link("a")), page({"id": "2"}, link=link("a"), skip="a"))
    assert error.code == "BadNextLink"


def test_a_page_that_cannot_be_read_is_a_failure() -> None:
    fail(
        pages,
        page({"id": "1"}, link=link("a")),
        Exchange("GET", USERS, query={"$skiptoken": "a"}, status=400, reply=error_body("X")),
    )


# The rest


def test_the_consent_address_names_tenant_and_client() -> None:
    with Conversation() as conversation:
        graph = client(conversation)
        assert graph.consent_url == f"{LOGIN}/{HOME}/adminconsent?client_id={CLIENT}"
        assert graph.tenant_id == HOME


def test_without_a_claim_the_tenant_is_the_one_named() -> None:
    with Conversation() as conversation:
        assert client(conversation, access_token=token(tid=None)).tenant_id == HOME
