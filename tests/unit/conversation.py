# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A scripted HTTP conversation: what the code under test must send, in order, and what it is answered.

.. code-block:: python

    with Conversation(
        Exchange("GET", "/v1.0/policies/crossTenantAccessPolicy/partners/" + TARGET, status=404),
        Exchange("POST", "/v1.0/policies/crossTenantAccessPolicy/partners", json={"tenantId": TARGET}, status=201),
    ) as conversation:
        code_under_test(conversation.session())

An unexpected request fails where it is sent; a missing one fails at the end of the block. Requests that are on their
way at the same time are expected as :class:`Together`.
"""

from __future__ import annotations

import io
import json
import threading
import typing as t
from collections import deque
from dataclasses import KW_ONLY, dataclass
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

if t.TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType


@dataclass(frozen=True)
class Exchange:
    """One request that is expected, and its answer.

    What is not given is not expected: without ``query`` the address has none, without ``json`` and ``form`` there is
    no body. Headers are the exception: those named must have the value named (None: must be absent), others are free.
    """

    method: str
    path: str
    """What follows the host, as sent, without the query. With scheme and host in front, these are compared as well."""

    dummy: KW_ONLY  # the rest by name; ansible-test refuses to call it _

    query: Mapping[str, str] | None = None
    """The decoded query."""

    json: t.Any = ...
    """The decoded JSON body; None is JSON's null."""

    form: Mapping[str, str] | None = None
    """The decoded form body, as token endpoints want it."""

    headers: Mapping[str, str | None] | None = None

    status: int = HTTPStatus.OK

    reply: t.Any = None
    """The body of the answer: str and bytes go out as they are, None means empty, anything else becomes JSON."""

    reply_headers: Mapping[str, str] | None = None

    error: requests.RequestException | type[requests.RequestException] | None = None
    """Raised instead of answering: the connection broke, or took too long."""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def differences(self, request: requests.PreparedRequest) -> list[str]:
        """Compare a request with the expected one; one line for each difference."""
        expected, actual = self._expected(), self._actual(request)
        for name, value in (self.headers or {}).items():
            expected[f"header {name}"], actual[f"header {name}"] = value, request.headers.get(name)
        return [
            f"{name}: expected {value!r}, got {actual[name]!r}"
            for name, value in expected.items()
            if value != actual[name]
        ]

    def _expected(self) -> dict[str, t.Any]:
        address = urlsplit(self.path)
        return {
            "method": self.method,
            **({"host": f"{address.scheme}://{address.netloc}"} if address.netloc else {}),
            "path": address.path,
            "query": dict(self.query or {}),
            "body": dict(self.form) if self.form is not None else self.json,
        }

    def _actual(self, request: requests.PreparedRequest) -> dict[str, t.Any]:
        address = urlsplit(request.url or "")
        return {
            "method": request.method,
            "host": f"{address.scheme}://{address.netloc}",
            "path": address.path,
            "query": _decoded(address.query),
            "body": self._body(request),
        }

    def _body(self, request: requests.PreparedRequest) -> t.Any:
        """Decode the body: as a form where one is expected, else as JSON; what is neither stays as it is."""
        if request.body is None:
            return ...
        text = request.body.decode() if isinstance(request.body, bytes) else str(request.body)
        if self.form is not None:
            return _decoded(text)
        try:
            return json.loads(text)
        except ValueError:
            return text

    def answer(self, request: requests.PreparedRequest) -> requests.Response:
        """Answer a request, or raise the error."""
        if self.error is not None:
            error = self.error() if isinstance(self.error, type) else self.error
            error.request = request
            raise error
        response = requests.Response()
        response.request = request
        response.url = request.url or ""
        response.status_code = int(self.status)
        response.reason = HTTPStatus(self.status).phrase
        response.encoding = "utf-8"
        content, content_type = _encoded(self.reply)
        response.headers = CaseInsensitiveDict({"Content-Type": content_type} if content_type else {})
        response.headers.update(self.reply_headers or {})
        response.raw = io.BytesIO(content)
        return response


class Together:
    """Requests that are expected in any order, all of them before what follows."""

    def __init__(self, *exchanges: Exchange) -> None:
        self.exchanges = list(exchanges)

    def __str__(self) -> str:
        return " and ".join(map(str, self.exchanges))


class Conversation(BaseAdapter):
    """A transport adapter that answers the expected requests, in order, and fails on any other.

    What was sent is kept in ``requests``, the timeout of each in ``timeouts``.
    """

    def __init__(self, *exchanges: Exchange | Together) -> None:
        super().__init__()
        self.requests: list[requests.PreparedRequest] = []
        self.timeouts: list[t.Any] = []
        self._pending = deque(
            Together(*each.exchanges) if isinstance(each, Together) else Together(each) for each in exchanges
        )
        self._turn = threading.Lock()
        self._failure: AssertionError | None = None

    def session(self) -> requests.Session:
        """Return a session that speaks to this conversation and to nobody else."""
        session = requests.Session()
        session.trust_env = False
        session.mount("https://", self)
        session.mount("http://", self)
        return session

    def send(  # noqa: D102 - see BaseAdapter
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: t.Any = None,
        verify: bool | str = True,
        cert: t.Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        with self._turn:
            self.requests.append(request)
            self.timeouts.append(timeout)
            exchange = self._expected(request)
        return exchange.answer(request)

    def _expected(self, request: requests.PreparedRequest) -> Exchange:
        number = len(self.requests)
        if not self._pending:
            raise self._failed(f"request {number}, {request.method} {request.url}, is one too many")
        group = self._pending[0]
        exchange = next((each for each in group.exchanges if not each.differences(request)), group.exchanges[0])
        group.exchanges.remove(exchange)
        if not group.exchanges:
            self._pending.popleft()
        if differences := exchange.differences(request):
            raise self._failed("\n  ".join([f"request {number} is not the expected {exchange}", *differences]))
        return exchange

    def close(self) -> None:
        """Nothing is open."""

    def finish(self) -> None:
        """Fail if a request was not the expected one, even when the code under test hid it, or if one is missing."""
        if self._failure is not None:
            raise self._failure
        if self._pending:
            raise AssertionError("\n  ".join(["requests never sent:", *map(str, self._pending)]))

    def _failed(self, message: str) -> AssertionError:
        self._failure = self._failure or AssertionError(message)
        return self._failure

    def __enter__(self) -> Conversation:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.finish()


def _decoded(text: str) -> dict[str, str]:
    """Decode a query or a form; a name given twice would be lost in a dictionary, so it is refused."""
    pairs = parse_qsl(text, keep_blank_values=True)
    decoded = dict(pairs)
    if len(decoded) != len(pairs):
        raise AssertionError(f"a name is given twice in {text!r}")
    return decoded


def _encoded(reply: t.Any) -> tuple[bytes, str | None]:
    """Encode the body of an answer; return it with its content type."""
    if reply is None:
        return b"", None
    if isinstance(reply, bytes):
        return reply, "application/octet-stream"
    if isinstance(reply, str):
        return reply.encode(), "text/plain"
    return json.dumps(reply).encode(), "application/json"
