# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which handler answers which path: OData segments, keys in both forms, functions (graph-api.md sections 3.1, 7.3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from .errors import GraphError, bad_segment, method_not_allowed, no_http_resource

if TYPE_CHECKING:
    from .calls import Answer, Call

Handler = Callable[["Call"], "Answer"]

PARENTHESES = re.compile(r"^([^()]+)\((.*)\)$", re.DOTALL)
FUNCTIONS = {
    "findTenantInformationByTenantId",
    "findTenantInformationByDomainName",
    "filterOperators",
    "functions",
    "parseExpression",
}
ALTERNATE_KEYS = {"servicePrincipals": {"appId"}, "applications": {"appId"}}


class Key(str):
    """A key of an entity; ``alternate`` names the alternate key property it was given by."""

    alternate: str | None = None

    @classmethod
    def of(cls, value: str, alternate: str | None = None) -> Key:
        """Make a key."""
        key = cls(value)
        key.alternate = alternate
        return key


@dataclass(frozen=True)
class Route:
    """One operation."""

    method: str
    template: str
    handler: Handler
    area: str = "directory"
    apis: tuple[str, ...] = ("v1.0", "beta")
    body: bool | None = False
    query: tuple[str, ...] = ()
    permission: str | None = None
    write: bool = True
    cost: int = 1

    @property
    def permission_key(self) -> str:
        """The operation's name in the permission data."""
        template = self.permission or f"{self.method} {self.template}"
        method, dummy, path = template.partition(" ")
        return f"{method} {re.sub(r'/{[^}]*}', '/{id}', path).lower()}"


class Routes(list[Route]):
    """Collects the operations of one module; methods are decorators."""

    def __init__(self, area: str) -> None:
        super().__init__()
        self.area = area

    def on(
        self,
        method: str,
        template: str,
        *,
        body: bool | None = False,
        query: Collection[str] = (),
        write: bool | None = None,
        apis: tuple[str, ...] = ("v1.0", "beta"),
        permission: str | None = None,
        area: str | None = None,
        cost: int = 1,
    ) -> Callable[[Handler], Handler]:
        """Register a handler; ``body`` is True (needed), False (refused) or None (optional)."""

        def register(handler: Handler) -> Handler:
            changes = method != "GET" if write is None else write
            self.append(
                Route(method, template, handler, area or self.area, apis, body, tuple(query), permission, changes, cost)
            )
            return handler

        return register


@dataclass
class _Node:
    literals: dict[str, _Node] = field(default_factory=dict)
    key: _Node | None = None
    key_name: str = ""
    routes: list[Route] = field(default_factory=list)


class Router:
    """A tree of path segments."""

    def __init__(self, routes: Collection[Route]) -> None:
        self.root = _Node()
        for route in routes:
            node = self.root
            for segment in route.template.strip("/").split("/"):
                if segment.startswith("{"):
                    if node.key is None:
                        node.key = _Node()
                    node = node.key
                    node.key_name = node.key_name or segment[1:-1]
                else:
                    node = node.literals.setdefault(segment, _Node())
            node.routes.append(route)

    def resolve(self, method: str, path: str, api: str) -> tuple[Route, dict[str, Key]]:
        """Find the operation; raises 400, 404 or 405 as the service does."""
        segments = split_path(path)
        node = self.root
        params: dict[str, Key] = {}
        try:
            for segment in segments:
                node = self._step(node, segment, params)
        except GraphError:
            if "synchronization" in path.split("/"):
                raise no_http_resource(path) from None
            raise
        available = [route for route in node.routes if api in route.apis]
        if not available:
            if node.routes or not segments:
                raise method_not_allowed() if node.routes else bad_segment("")
            if "synchronization" in path.split("/"):
                raise no_http_resource(path)
            if node.literals or node.key:
                raise method_not_allowed()
            raise bad_segment(str(segments[-1].value))
        for route in available:
            if route.method == method:
                return route, params
        if any(route.area == "synchronization" for route in available):
            # The verb is refused by the service behind the front end: graph-api.md section 8.6 (PATCH schema).
            raise no_http_resource(path)
        raise method_not_allowed()

    def _step(self, node: _Node, segment: Segment, params: dict[str, Key]) -> _Node:
        if segment.is_key:
            if node.key is None:
                raise bad_segment(segment.value)
            params[node.key.key_name] = Key.of(segment.value, segment.alternate)
            return node.key
        if segment.value in node.literals:
            params.update(segment.arguments)
            return node.literals[segment.value]
        if node.key is not None:
            params[node.key.key_name] = Key.of(segment.value)
            return node.key
        raise bad_segment(segment.value)


@dataclass
class Segment:
    """One decoded path segment."""

    value: str
    is_key: bool = False
    alternate: str | None = None
    arguments: dict[str, Key] = field(default_factory=dict)


def split_path(path: str) -> list[Segment]:
    """Split a raw path; ``name(key)`` becomes two segments, a function keeps its arguments."""
    result: list[Segment] = []
    for raw in path.strip("/").split("/"):
        text = unquote(raw)
        if not text:
            raise bad_segment("")
        match = PARENTHESES.match(text)
        if not match:
            result.append(Segment(text))
            continue
        name, inside = match.groups()
        if name in FUNCTIONS:
            result.append(Segment(name, arguments=_arguments(inside)))
            continue
        result.append(Segment(name))
        arguments = _arguments(inside)
        if len(arguments) != 1:
            raise bad_segment(text)
        label, value = next(iter(arguments.items()))
        if label and label not in ALTERNATE_KEYS.get(name, ()):
            raise GraphError(400, "BadRequest", f"Property '{label}' is not a key of '{name}'.")
        result.append(Segment(str(value), is_key=True, alternate=label or None))
    return result


def _arguments(inside: str) -> dict[str, Key]:
    inside = inside.strip()
    if not inside:
        return {}
    label, equals, value = inside.partition("=")
    if not equals or inside.startswith("'"):
        label, value = "", inside
    value = value.strip()
    if value.startswith("'"):
        if len(value) < 2 or not value.endswith("'"):
            raise GraphError(400, "BadRequest", f"Unterminated string literal in '({inside})'.")
        value = value[1:-1].replace("''", "'")
    elif label:
        raise GraphError(400, "BadRequest", f"The key value '{value}' must be quoted.")
    return {label.strip(): Key.of(value)}


def first(params: dict[str, Any], name: str) -> str:
    """A parameter as plain text."""
    return str(params[name])
