# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The session: certificates, proxy, time-outs, and faults in plain words."""

from __future__ import annotations

import sys
import typing as t
from unittest import mock

import pytest
import requests
import urllib3
from ansible_collections.entra.crosstenant.plugins.module_utils._errors import MissingLibrary
from ansible_collections.entra.crosstenant.plugins.module_utils._http import Http, Unreachable

from unit.factories import connection


def sent(**given: t.Any) -> dict[str, t.Any]:
    """What the session is told to do."""
    session = mock.Mock(spec=requests.Session)
    Http(connection(**given), session).request("GET", "https://x.example", json={"a": 1})
    session.request.assert_called_once()
    assert session.request.call_args.args == ("GET", "https://x.example")
    return dict(session.request.call_args.kwargs)


@pytest.mark.parametrize(
    ("given", "verify"),
    [({}, True), ({"ca_path": "/ca.pem"}, "/ca.pem"), ({"skip_tls_verification": True}, False)],
)
def test_each_request_says_which_certificates_to_trust(given: dict[str, t.Any], verify: t.Any) -> None:
    # The session's own setting would be overruled by REQUESTS_CA_BUNDLE.
    assert sent(**given)["verify"] == verify


def test_a_proxy_is_used_only_when_it_is_given() -> None:
    assert sent()["proxies"] is None
    assert sent(proxy="http://proxy:3128")["proxies"] == {"https": "http://proxy:3128", "http": "http://proxy:3128"}


def test_no_redirect_is_followed_and_every_request_has_a_timeout() -> None:
    options = sent(timeout=12)
    assert (options["allow_redirects"], options["timeout"], options["json"]) == (False, 12.0, {"a": 1})


def fault(error: Exception) -> Unreachable:
    session = mock.Mock(spec=requests.Session)
    session.request.side_effect = error
    with pytest.raises(Unreachable) as raised:
        Http(connection(), session).request("GET", "https://x.example")
    return raised.value


def pooled(reason: Exception) -> urllib3.exceptions.MaxRetryError:
    pool: t.Any = mock.Mock(spec=urllib3.HTTPSConnectionPool)
    return urllib3.exceptions.MaxRetryError(pool, "/secret-path", reason)


def connecting(kind: str) -> Exception:
    pool: t.Any = mock.Mock(spec=urllib3.connection.HTTPSConnection)
    errors: dict[str, Exception] = {
        "refused": urllib3.exceptions.NewConnectionError(pool, "Connection refused"),
        "name": urllib3.exceptions.NameResolutionError("graph.example", pool, OSError("not known")),  # type: ignore[arg-type]
        "slow": urllib3.exceptions.ConnectTimeoutError(pool, "timed out"),
    }
    return errors[kind]


@pytest.mark.parametrize("kind", ["refused", "name", "slow"])
def test_a_request_that_never_left_is_told_from_one_that_may_have_arrived(kind: str) -> None:
    error = fault(requests.ConnectionError(pooled(connecting(kind))))
    assert (error.sent, error.lasting) == (False, False)
    assert "secret-path" not in str(error)


@pytest.mark.parametrize(
    "error",
    [
        requests.ConnectionError(urllib3.exceptions.ProtocolError("Connection aborted.", ConnectionResetError())),
        requests.ReadTimeout("Read timed out."),
        requests.exceptions.ChunkedEncodingError("cut off"),
        requests.exceptions.ContentDecodingError(),
    ],
)
def test_a_request_whose_answer_broke_off_may_have_arrived(error: Exception) -> None:
    told = fault(error)
    assert (told.sent, told.lasting) == (True, False)


@pytest.mark.parametrize("kind", [requests.exceptions.SSLError, requests.exceptions.ProxyError])
def test_a_bad_certificate_and_a_bad_proxy_last(kind: type[Exception]) -> None:
    error = fault(kind(pooled(ValueError("self-signed certificate"))))
    assert (error.sent, error.lasting) == (False, True)
    assert "self-signed certificate" in str(error)


@pytest.mark.parametrize(
    "error",
    [
        requests.exceptions.InvalidHeader("Bearer the-secret-token"),
        requests.exceptions.InvalidURL("https://user:the-secret@host"),
        ValueError("the-secret"),
    ],
)
def test_a_request_that_cannot_be_sent_does_not_show_itself(error: Exception) -> None:
    told = fault(error)
    assert (told.sent, told.lasting) == (False, True)
    assert "the-secret" not in f"{told}{told.__cause__}"


def test_a_session_is_made_when_needed_and_closed_once() -> None:
    unused = Http(connection())
    unused.close()
    session = mock.Mock(spec=requests.Session)
    Http(connection(), session).close()
    session.close.assert_called_once_with()


def test_without_requests_the_task_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "requests", None)
    with pytest.raises(MissingLibrary, match="requests") as raised:
        Http(connection()).request("GET", "https://x.example")
    assert raised.value.hint
