# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Microsoft Graph over HTTP: retry, throttling, paging, typed errors. PRIVATE to the collection.

Knows HTTP, knows no noun. Behaviour of the service: graph-api.md section 3.
"""

from __future__ import annotations

import re
import typing as t
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from threading import Lock
from urllib.parse import quote, urlencode, urlsplit

from ._errors import GraphError, LostAnswer
from ._graph_errors import error_from_answer, error_without_answer, may_send_again
from ._http import Http, Unreachable
from ._waiting import growing_delays

if t.TYPE_CHECKING:
    from ._auth import TokenSource
    from ._connection import Connection
    from ._token import Token
    from ._waiting import Patience

PAGE_SIZE = 999
# After so many faults in a row that are nobody's request to wait, more of the same is no use.
FAULTS_IN_A_ROW = 5

# Keys that may stand in a path as they are.
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9@._+#-]*$")
_USER_AGENT = "entra.crosstenant (Ansible)"


@dataclass(frozen=True)
class Request:
    """One request to Graph.

    :param path: below the version, as ``/users``; see :func:`path`.
    :param repeatable: whether sending it twice does no harm, so that a lost answer may simply be asked for again.
    :param patience: seconds to wait for its answer, where that takes longer than other answers do.
    :param advanced: whether it is an advanced query on the directory (section 3.5).
    """

    method: str
    path: str
    query: t.Mapping[str, str] = field(default_factory=dict)
    body: t.Any = None
    api: str = "v1.0"
    repeatable: bool = True
    patience: float = 0
    advanced: bool = False

    @property
    def writes(self) -> bool:
        """Whether it changes the tenant; an envelope's parts are looked at by themselves."""
        return self.method != "GET" and not self.path.endswith(("/validateCredentials", "/parseExpression", "/$batch"))

    @property
    def relative(self) -> str:
        """The path with its query, as ``$batch`` wants it."""
        return self.path + (f"?{urlencode(self.query, quote_via=quote, safe='$(),')}" if self.query else "")


def path(*parts: str) -> str:
    """A path of segments, each encoded: ``path("users", "a#b@c.d")`` is ``/users/a%23b@c.d``."""
    return "/" + "/".join(quote(part, safe="@") for part in parts)


def keyed(collection: str, key: str) -> str:
    """A path to an object whose key is a text of any characters: ``keyed("users", "$a")`` is ``/users('%24a')``."""
    doubled = quote(key.replace("'", "''"), safe="@'")
    return f"/{collection}('{doubled}')"


def named(collection: str, key: str) -> str:
    """A path to an object by its key, which stands in it as it is if it may, and else as a text."""
    return path(collection, key) if _PLAIN.match(key) else keyed(collection, key)


def quoted(text: str) -> str:
    """A text as OData writes it: in single quotes, inner ones doubled."""
    return "'" + text.replace("'", "''") + "'"


class GraphClient:
    """Graph as seen by one client in one tenant.

    :ivar requests: how many requests have been sent; a batch counts as one.
    :ivar request_ids: the service's ids of these requests, for its support.
    :ivar wrote: whether the service has carried out a write.
    :ivar service_time: when the service answered last, by its own clock, as HTTP writes times; may be empty.
    """

    def __init__(self, connection: Connection, tokens: TokenSource, http: Http, patience: Patience) -> None:
        self._connection = connection
        self._tokens = tokens
        self._http = http
        self.patience = patience
        self.requests = 0
        self.wrote = False
        self._counting = Lock()
        self.request_ids: list[str] = []
        self.service_time = ""

    @property
    def tenant_id(self) -> str:
        """The tenant's id: as the token says, else as the user named it."""
        return self._tokens.token().tenant_id or self._connection.tenant_id

    @property
    def consent_url(self) -> str:
        """Where an administrator of the tenant consents to the app's permissions."""
        client = self.token.client_id or self._connection.client_id
        return f"{self._connection.login_url}/{self.tenant_id}/adminconsent?client_id={client}"

    def tenant_of_domain(self, domain: str) -> str | None:
        """The id of the tenant that owns a domain, as the login endpoint tells everybody; None if nobody owns it."""
        return self._tokens.tenant_of_domain(domain)

    @property
    def auth_method(self) -> str:
        """How the client signs in, also where that was left to what is set."""
        return self._connection.auth_method

    @property
    def token(self) -> Token:
        """The token in use, for reading its permissions."""
        return self._tokens.token()

    @property
    def service_now(self) -> datetime:
        """The time by the service's clock, as it told last; this machine's where it tells none."""
        try:
            told = parsedate_to_datetime(self.service_time)
        except (TypeError, ValueError):
            return datetime.now(timezone.utc)
        return told if told.tzinfo else told.replace(tzinfo=timezone.utc)

    # One object

    def get(self, path: str, query: t.Mapping[str, str] | None = None, *, api: str = "v1.0") -> dict[str, t.Any]:
        """Read one object.

        :raises GraphError: it could not be read; an absent object is one whose error says so.
        """
        return self.send(Request("GET", path, query or {}, api=api))

    def find(
        self, path: str, query: t.Mapping[str, str] | None = None, *, api: str = "v1.0"
    ) -> dict[str, t.Any] | None:
        """Read one object, or None when the service says that it is not there."""
        try:
            return self.get(path, query, api=api)
        except GraphError as error:
            if error.absent:
                return None
            raise

    def post(self, path: str, body: t.Any = None, *, repeatable: bool = False, api: str = "v1.0") -> dict[str, t.Any]:
        """Create, or carry out an action.

        :param repeatable: whether a lost answer may be asked for again.
        :raises LostAnswer: it may have been carried out and must not simply be sent again.
        """
        return self.send(Request("POST", path, body=body, repeatable=repeatable, api=api))

    def patch(self, path: str, body: t.Any, *, api: str = "v1.0") -> dict[str, t.Any]:
        """Change what the body names."""
        return self.send(Request("PATCH", path, body=body, api=api))

    def put(self, path: str, body: t.Any, *, api: str = "v1.0") -> dict[str, t.Any]:
        """Replace, or create at a known address."""
        return self.send(Request("PUT", path, body=body, api=api))

    def delete(self, path: str, *, api: str = "v1.0") -> None:
        """Delete; an object that is not there is deleted already."""
        try:
            self.send(Request("DELETE", path, api=api))
        except GraphError as error:
            if not error.absent:
                raise

    # Many objects

    def pages(
        self, path: str, query: t.Mapping[str, str] | None = None, *, advanced: bool = False, api: str = "v1.0"
    ) -> list[dict[str, t.Any]]:
        """All objects of a collection, however many pages it has.

        :param advanced: whether it is an advanced query (section 3.5), which reads an index that lags.
        :raises GraphError: a page could not be read, or the next page is somewhere else than at Graph.
        """
        return [row for page in self.each_page(path, query, advanced=advanced, api=api) for row in page]

    def each_page(
        self,
        path: str,
        query: t.Mapping[str, str] | None = None,
        *,
        advanced: bool = False,
        api: str = "v1.0",
        before: t.Callable[[], None] = lambda: None,
    ) -> t.Iterator[list[dict[str, t.Any]]]:
        """The same page by page, so that no more is read than is wanted.

        :param before: called before each request, to keep a pace.
        """
        request = Request("GET", path, query or {}, advanced=advanced, api=api)
        before()
        answer = self.send(request)
        yield self.rows(answer, request)
        seen: set[str] = set()
        while next_link := answer.get("@odata.nextLink"):
            self._refuse_foreign_page(next_link, seen, path)
            seen.add(next_link)
            before()
            answer = self._answered(self._send_patiently(request, next_link), request)
            yield self.rows(answer, request)

    def rows(self, answer: t.Mapping[str, t.Any], request: Request) -> list[dict[str, t.Any]]:
        """The rows of a collection's page.

        :raises GraphError: it has no list of objects, which is not the same as an empty one.
        """
        rows = answer.get("value")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise self._unreadable(request, 200, "the answer is no collection")
        return list(rows)

    def all_rows(self, answer: t.Mapping[str, t.Any], request: Request) -> list[dict[str, t.Any]]:
        """All rows of a collection whose first page came in a batch, where further pages cannot be asked for.

        The first page may be empty and yet not be the last (section 3.4).
        """
        if answer.get("@odata.nextLink"):
            return self.pages(request.path, request.query, api=request.api)
        return self.rows(answer, request)

    # How it is done

    def send(self, request: Request) -> dict[str, t.Any]:
        """Send a request and return what its answer holds; an answer without a body is an empty dict."""
        url = f"{self._connection.graph_url}/{request.api}{request.relative}"
        return self._answered(self._send_patiently(request, url), request)

    def _answered(self, answer: t.Any, request: Request) -> dict[str, t.Any]:
        if answer.status_code == 204 or (not answer.content and request.method in ("PUT", "PATCH", "DELETE")):
            return {}
        try:
            body = answer.json()
        except ValueError as error:
            raise self._unreadable(request, answer.status_code, "the answer is not JSON") from error
        if not isinstance(body, dict):
            raise self._unreadable(request, answer.status_code, "the answer is no object")
        return body

    def _unreadable(self, request: Request, status: int, problem: str) -> GraphError:
        kind = GraphError if request.repeatable else LostAnswer
        error = kind(
            status=status,
            code="UnreadableAnswer",
            message=problem,
            method=request.method,
            path=request.path,
            hint="Check graph_url and proxy: is it Graph that answers?",
        )
        error.tenant_id = self.tenant_id
        return error

    def _send_patiently(self, request: Request, url: str) -> t.Any:
        """The one retry policy: wait as told when told, a few times by our own measure otherwise."""
        faults = 0
        renewed = False
        delays = growing_delays(1.0)
        while True:
            delay = next(delays)
            token = self._tokens.token()
            answer, error = self._attempt(request, url, token)
            if error is None:
                self.wrote = self.wrote or request.writes
                return answer
            if error.token_expired and self._tokens.renewable and not renewed:
                self._tokens.renew(token)
                renewed = True
                continue
            if not may_send_again(error):
                raise self._named(error)
            if not request.repeatable and error.may_be_done:
                raise self._named(LostAnswer.of(error))
            faults += error.retry_after is None and error.status != 429
            if faults >= FAULTS_IN_A_ROW:
                raise self._named(error)
            self._wait(error, delay if error.retry_after is None else error.retry_after)

    def _attempt(self, request: Request, url: str, token: Token) -> tuple[t.Any, GraphError | None]:
        try:
            answer = self._send_once(request, url, token)
        except Unreachable as unreachable:
            return None, error_without_answer(unreachable, request.method, request.path)
        if answer.status_code < 300:
            return answer, None
        return answer, error_from_answer(answer.status_code, answer.headers, answer.text, request.method, request.path)

    def _wait(self, error: GraphError, seconds: float) -> None:
        if not self.patience.allows(seconds):
            error.hint = self.patience.refusal(seconds)
            raise self._named(error)
        self.patience.wait(seconds)

    def _send_once(self, request: Request, url: str, token: Token) -> t.Any:
        headers = {
            "Accept": "application/json",
            "Authorization": f"Bearer {token.text}",
            "User-Agent": _USER_AGENT,
            "client-request-id": str(uuid.uuid4()),
        }
        with self._counting:
            self.requests += 1
        if request.advanced:
            headers["ConsistencyLevel"] = "eventual"
        body = {} if request.body is None else {"json": request.body}
        timeout = max(self._connection.timeout, request.patience)
        answer = self._http.request(request.method, url, headers=headers, timeout=timeout, **body)
        self.service_time = answer.headers.get("Date", self.service_time)
        request_id = answer.headers.get("request-id")
        if request_id:
            self.request_ids.append(request_id)
        return answer

    def _named(self, error: t.Any) -> t.Any:
        error.tenant_id = self.tenant_id
        return error

    def _refuse_foreign_page(self, next_link: str, seen: set[str], path: str) -> None:
        """A bearer token goes to the configured Graph only."""
        here, there = urlsplit(self._connection.graph_url), urlsplit(next_link)
        problem = ""
        if (there.scheme, there.netloc.lower()) != (here.scheme, here.netloc.lower()):
            problem = f"the next page is said to be at {there.scheme}://{there.netloc}, which is not Graph"
        elif next_link in seen:
            problem = "the next page is said to be the page just read"
        if problem:
            raise self._named(GraphError(status=200, code="BadNextLink", message=problem, method="GET", path=path))
