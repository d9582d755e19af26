# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One HTTP session: TLS, proxy, time-outs. Knows neither tokens nor Graph. PRIVATE to the collection."""

from __future__ import annotations

import typing as t
from importlib import import_module

from ._connection import Connection
from ._errors import MissingLibrary


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
    """A session that keeps its connections.

    :param session: a ready ``requests.Session``; one is made if None.
    """

    def __init__(self, connection: Connection, session: t.Any = None) -> None:
        proxies = {"https": connection.proxy, "http": connection.proxy} if connection.proxy else None
        # `verify` goes with each request: the session's own is overruled by REQUESTS_CA_BUNDLE.
        self._options = {"verify": connection.verify, "proxies": proxies, "timeout": connection.timeout}
        self._session = session

    def request(self, method: str, url: str, **options: t.Any) -> t.Any:
        """Send one request and return the answer, whatever its status.

        :raises Unreachable: no answer came.
        """
        requests = imported("requests")
        if self._session is None:
            self._session = requests.Session()
        faults = requests.exceptions
        try:
            return self._session.request(
                method, url, auth=_as_it_is, allow_redirects=False, **{**self._options, **options}
            )
        except (faults.SSLError, faults.ProxyError) as error:
            raise Unreachable(f"{type(error).__name__}: {_reason(error)}", sent=False, lasting=True) from error
        except (faults.InvalidHeader, faults.InvalidURL, faults.InvalidProxyURL, ValueError) as error:
            # What is wrong with a header or an address would be shown with all of it.
            raise Unreachable(f"{type(error).__name__}: the request cannot be sent", sent=False, lasting=True) from None
        except faults.RequestException as error:
            never = ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError")
            raise Unreachable(str(_reason(error)), sent=type(_reason(error)).__name__ not in never) from error

    def close(self) -> None:
        """Give the connections back."""
        if self._session is not None:
            self._session.close()


def _as_it_is(request: t.Any) -> t.Any:
    """Without this requests would put what ~/.netrc says in place of the bearer token."""
    return request


def imported(library: str) -> t.Any:
    """A library, imported when it is first needed.

    :raises MissingLibrary: it is not installed.
    """
    try:
        return import_module(library)
    except ImportError as error:
        from ansible.module_utils.basic import missing_required_lib

        hint = "The collection needs msal and requests"
        raise MissingLibrary(f"{missing_required_lib(library)} ({error})", hint=hint) from error


def _reason(error: Exception) -> t.Any:
    """The innermost reason, which names the host and the fault but no header."""
    cause = error.args[0] if error.args else error
    return getattr(cause, "reason", None) or cause
