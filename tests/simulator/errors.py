# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors the simulated service answers with (graph-api.md sections 3.3 and 14)."""

from __future__ import annotations

import json
from typing import Any

NOT_FOUND_TEXT = "Resource '{0}' does not exist or one of its queried reference-property objects are not present."
DENIED_TEXT = "Insufficient privileges to complete the operation."
EXPIRED_TEXT = "Access token has expired or is not yet valid."


class GraphError(Exception):
    """A refusal, carried to the front end, which turns it into an HTTP answer.

    ``wrapped`` selects the second shape of the synchronization service: code ``UnknownError`` and the real error as a
    JSON text in ``message``.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        details: list[dict[str, Any]] | None = None,
        headers: dict[str, str] | None = None,
        wrapped: bool = False,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.details = details
        self.headers = headers or {}
        self.wrapped = wrapped

    def error_object(self) -> dict[str, Any]:
        """Return the ``error`` member without ``innerError``, which the front end adds."""
        if self.wrapped:
            return {"code": "UnknownError", "message": wrap(self.code, self.message)}
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.details:
            error["details"] = self.details
        return error


def wrap(code: str, message: str | None) -> str:
    """Return the JSON text the synchronization service hides its error in (graph-api.md section 3.3, shape 2)."""
    inner: dict[str, Any] = {
        "code": code,
        "message": message or None,
        "target": None,
        "details": [],
        "innerError": None,
    }
    return '{\r\n "error":' + json.dumps(inner, separators=(",", ":")) + "}"


def bad_request(message: str) -> GraphError:
    """400 with the directory's general code."""
    return GraphError(400, "Request_BadRequest", message)


def unsupported_query(message: str) -> GraphError:
    """400 for an advanced query without its header and ``$count`` (graph-api.md section 3.5)."""
    return GraphError(400, "Request_UnsupportedQuery", message)


def bad_segment(segment: str) -> GraphError:
    """400 for a path Graph does not know."""
    return GraphError(400, "BadRequest", f"Resource not found for the segment '{segment}'.")


def method_not_allowed() -> GraphError:
    """405 for a verb the path does not have (graph-api.md section 14)."""
    return GraphError(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")


def not_found(identifier: str) -> GraphError:
    """404 of the directory (graph-api.md section 7.3)."""
    return GraphError(404, "Request_ResourceNotFound", NOT_FOUND_TEXT.format(identifier))


def policy_not_found() -> GraphError:
    """404 of the cross-tenant access policy (graph-api.md section 4.3; the code of GET and DELETE is UNCONFIRMED)."""
    return GraphError(404, "Directory_ObjectNotFound", "Unable to read the company information from the directory.")


def denied() -> GraphError:
    """403 of the directory and of the policies (graph-api.md section 14)."""
    return GraphError(403, "Authorization_RequestDenied", DENIED_TEXT)


def synchronization_denied() -> GraphError:
    """401 with which the synchronization service hides a missing permission (graph-api.md section 14)."""
    return GraphError(401, "UnknownError", "")


def invalid_token(message: str = EXPIRED_TEXT) -> GraphError:
    """401 of the front end."""
    return GraphError(401, "InvalidAuthenticationToken", message)


def no_http_resource(uri: str) -> GraphError:
    """404 for a verb or path the synchronization service lacks (graph-api.md section 8.6)."""
    text = {"Message": f"No HTTP resource was found that matches the request URI '{uri}'."}
    return GraphError(404, "UnknownError", json.dumps(text))


def synchronization_error(status: int, code: str, message: str, wrapped: bool = False) -> GraphError:
    """An error of the synchronization service, in its direct or its wrapped shape."""
    return GraphError(status, code, message, wrapped=wrapped)
