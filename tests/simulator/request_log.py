# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of everything that was asked, for tests to count and compare."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

REDACTED = "***"
SECRET_FIELDS = {"client_secret", "client_assertion", "access_token", "refresh_token"}


@dataclass
class Entry:
    """One request; bodies stay raw until somebody looks."""

    index: int
    time: float
    method: str
    path: str
    query: str
    kind: str
    headers: dict[str, str]
    body: bytes
    batch: int | None = None
    api: str | None = None
    tenant: str | None = None
    app_id: str | None = None
    status: int | None = None
    response: Any = None
    write: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The public form: secrets and tokens replaced."""
        return {
            "index": self.index,
            "time": self.time,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "api": self.api,
            "tenant": self.tenant,
            "app_id": self.app_id,
            "status": self.status,
            "request_headers": {
                k: v for k, v in self.headers.items() if k not in ("authorization", "x-identity-header")
            },
            "body": _redacted(self._body()),
            "response_body": _redacted(self.response),
            "kind": self.kind,
            "batch": self.batch,
            "write": self.write,
        }

    def _body(self) -> Any:
        if not self.body:
            return None
        text = self.body.decode("utf-8", "replace")
        if self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return dict(parse_qsl(text, keep_blank_values=True))
        try:
            return json.loads(text)
        except ValueError:
            return text


def _redacted(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: REDACTED if k in SECRET_FIELDS else _redacted(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_redacted(item) for item in value]
    return value


class RequestLog:
    """All requests in the order in which they were begun."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.token_requests: dict[tuple[str, str], int] = {}

    def begin(self, method: str, path: str, query: str, kind: str, headers: dict[str, str], body: bytes) -> Entry:
        """Open an entry; the caller fills in the outcome."""
        entry = Entry(len(self.entries), time.time(), method, path, query, kind, headers, body)
        self.entries.append(entry)
        return entry

    def count_token(self, tenant: str, client: str) -> None:
        """Count a token request."""
        key = (tenant, client)
        self.token_requests[key] = self.token_requests.get(key, 0) + 1

    def as_list(self) -> list[dict[str, Any]]:
        """Everything, redacted."""
        return [entry.as_dict() for entry in self.entries]

    def clear(self) -> None:
        """Forget everything."""
        self.entries.clear()
        self.token_requests.clear()
