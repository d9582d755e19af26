# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One HTTP session: TLS, proxy, time-outs. Knows neither tokens nor Graph. PRIVATE to the collection."""

from __future__ import annotations

import typing as t

from ._errors import MissingLibrary

if t.TYPE_CHECKING:
    import requests

    from ._connection import Connection


class Unreachable(Exception):
    """No answer came.

    :ivar sent: whether the request may have reached the service.
    :ivar lasting: whether it is no use to try again, as with a certificate that is not trusted.
    """

    def __init__(self, reason: str, *, sent: bool, lasting: bool = False) -> None:
        super().__init__(reason)
        self.sent = sent
        self.lasting = lasting


class Http:
    """A session that keeps its connections, as GraphClient and msal both use it.

    :param connection: says which certificates to trust, which proxy to use and how long to wait for an answer.
    :param session: a ready ``requests.Session``; tests hand in theirs.
    """

    def __init__(self, connection: Connection, session: requests.Session | None = None) -> None:
        self._verify = connection.verify
        self._proxies = {"https": connection.proxy, "http": connection.proxy} if connection.proxy else None
        self._timeout = connection.timeout
        self._session = session

    def request(self, method: str, url: str, **options: t.Any) -> requests.Response:
        """Send one request and return the answer, whatever its status.

        :raises Unreachable: no answer came.
        """
        library = import_requests()
        if self._session is None:
            self._session = library.Session()
        # `verify` goes with each request: the session's own is overruled by REQUESTS_CA_BUNDLE.
        options = {"timeout": self._timeout, "allow_redirects": False, **options}
        errors = library.exceptions
        try:
            return self._session.request(method, url, verify=self._verify, proxies=self._proxies, **options)
        except errors.SSLError as error:
            raise Unreachable(f"TLS: {_reason(error)}", sent=False, lasting=True) from error
        except errors.ProxyError as error:
            raise Unreachable(f"proxy: {_reason(error)}", sent=False, lasting=True) from error
        except errors.RequestException as error:
            raise Unreachable(_reason(error), sent=not _never_connected(error)) from error

    def close(self) -> None:
        """Give the connections back."""
        if self._session is not None:
            self._session.close()


def import_requests() -> t.Any:
    """The requests library, imported when the first request needs it.

    :raises MissingLibrary: it is not installed.
    """
    try:
        import requests
    except ImportError as error:
        raise missing("requests", error) from error
    return requests


def missing(library: str, error: ImportError) -> MissingLibrary:
    """What to tell the user about a library that is not there."""
    from ansible.module_utils.basic import missing_required_lib

    return MissingLibrary(f"{missing_required_lib(library)} ({error})", hint="Both msal and requests are needed")


def _never_connected(error: Exception) -> bool:
    cause = getattr(error.args[0] if error.args else None, "reason", None)
    return type(cause).__name__ in ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError")


def _reason(error: Exception) -> str:
    """The innermost reason, which names the host and the fault but no header."""
    cause = error.args[0] if error.args else error
    return str(getattr(cause, "reason", None) or cause or type(error).__name__)
