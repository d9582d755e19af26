# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One request on its way through the simulator, free of any transport, so that ``$batch`` items take the same way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .errors import GraphError, bad_request
from .odata import Query, check_advanced, selected
from .paging import Snapshot

if TYPE_CHECKING:
    from .routing import Key, Route
    from .tenant import Tenant
    from .tokens import Caller
    from .world import World


@dataclass
class Incoming:
    """A raw request: header names in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    base_url: str
    batch_parent: int | None = None

    @property
    def path(self) -> str:
        """The raw path."""
        return self.target.partition("?")[0]

    @property
    def query_text(self) -> str:
        """The raw query string."""
        return self.target.partition("?")[2]


@dataclass
class Answer:
    """A response; ``drop`` means the connection is aborted instead of answering."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    text: str | None = None
    drop: bool = False
    delay: float = 0.0


@dataclass
class Call:
    """A routed and authorised Graph request, as handlers see it."""

    world: World
    tenant: Tenant
    caller: Caller
    api: str
    route: Route
    incoming: Incoming
    params: dict[str, Key]
    query: Query
    body: Any

    @property
    def eventual(self) -> bool:
        """Whether the advanced-query header is present."""
        return self.incoming.headers.get("consistencylevel", "").lower() == "eventual"

    @property
    def root(self) -> str:
        """Base URL of this API version."""
        return f"{self.incoming.base_url}/{self.api}"

    def context(self, path: str) -> str:
        """An ``@odata.context`` value."""
        return f"{self.root}/$metadata#{path}"

    def entity(self, context: str, obj: dict[str, Any], status: int = 200, select: list[str] | None = None) -> Answer:
        """Answer one entity."""
        path = context if select is None else f"{context.removesuffix('/$entity')}({','.join(select)})/$entity"
        return Answer(status, {"@odata.context": self.context(path), **selected(obj, select)})

    def page(
        self,
        context: str,
        items: list[Any],
        render: Any,
        *,
        size: int | None = None,
        maximum: int = 999,
        directory: bool = True,
    ) -> Answer:
        """Answer one page of a collection, with a ``nextLink`` when more remain (graph-api.md section 3.4)."""
        token = self.query.get("$skiptoken")
        if directory:
            check_advanced(self.query, self.eventual)
        if token is not None:
            snapshot = self.world.pages.resume(token)
        else:
            page_size = self.query.top(maximum) or min(size or self.world.page_size("default"), maximum)
            snapshot = Snapshot(items, 0, page_size, render, len(items))
        end = snapshot.offset + snapshot.size
        chunk = snapshot.items[snapshot.offset : end]
        if self.world.settings["empty_first_page"] and token is None:
            end, chunk = 0, []
        body: dict[str, Any] = {"@odata.context": self.context(context)}
        if self.query.wants_count() and token is None:
            body["@odata.count"] = snapshot.total
        if end < len(snapshot.items):
            following = Snapshot(snapshot.items, end, snapshot.size, snapshot.render, snapshot.total)
            body["@odata.nextLink"] = self._next_link(self.world.pages.keep(following))
        body["value"] = [snapshot.render(item) for item in chunk]
        return Answer(200, body)

    def _next_link(self, token: str) -> str:
        kept = [
            part
            for part in self.incoming.query_text.split("&")
            if part and not part.lower().startswith(("$skiptoken", "%24skiptoken"))
        ]
        path = self.incoming.path
        return f"{self.incoming.base_url}{path}?{'&'.join([*kept, '$skiptoken=' + token])}"

    def only(self, api: str) -> bool:
        """Whether the request uses this API version."""
        return self.api == api


def require_body(call: Call) -> dict[str, Any]:
    """The JSON object of a body; 400 otherwise."""
    if not isinstance(call.body, dict):
        raise bad_request("Request body must be a JSON object.")
    return call.body


def not_modelled(segment: str) -> GraphError:
    """400 for an alternate key in front of a navigation that does not support it (graph-api.md section 7.3)."""
    return GraphError(400, "BadRequest", f"Resource not found for the segment '{segment}'.")
