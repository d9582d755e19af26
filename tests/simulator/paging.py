# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Server-side paging: opaque skip tokens over a snapshot of the result (graph-api.md section 3.4)."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .errors import GraphError

KEPT_PAGES = 2000


@dataclass
class Snapshot:
    """What remains of a collection: a page never repeats or loses an item that was there at the first request."""

    items: list[Any]
    offset: int
    size: int
    render: Callable[[Any], dict[str, Any]]
    total: int


class Pages:
    """Remembers open pages by token; tokens may be used again, as GET is repeatable."""

    def __init__(self) -> None:
        self._pages: OrderedDict[str, Snapshot] = OrderedDict()

    def clear(self) -> None:
        """Forget everything."""
        self._pages.clear()

    def keep(self, snapshot: Snapshot) -> str:
        """Store a page and return its token."""
        token = "m~" + secrets.token_urlsafe(18)
        self._pages[token] = snapshot
        while len(self._pages) > KEPT_PAGES:
            self._pages.popitem(last=False)
        return token

    def resume(self, token: str) -> Snapshot:
        """The page behind a token; 400 for an unknown one."""
        snapshot = self._pages.get(token)
        if snapshot is None:
            raise GraphError(
                400, "Directory_ExpiredPageToken", "The specified page token value has expired or is invalid."
            )
        return snapshot
