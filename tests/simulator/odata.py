# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Query options of one request and how a collection answers them (graph-api.md sections 3.4 and 3.5)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

from .errors import GraphError, bad_request, unsupported_query
from .metadata_model import model
from .odata_filter import Filter, get_path, parse_filter

ADVANCED_OPERATORS = {"ne", "not", "endswith"}


@dataclass
class Query:
    """The decoded query string."""

    values: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Query:
        """Decode a raw query string; a repeated option is an error as on the real service."""
        values: dict[str, str] = {}
        for part in text.split("&"):
            if not part:
                continue
            name, dummy, value = part.partition("=")
            name = unquote_plus(name)
            if name in values:
                raise GraphError(
                    400,
                    "BadRequest",
                    f"Query option '{name}' was specified more than once, but it must be specified at most once.",
                )
            values[name] = unquote_plus(value)
        return cls(values)

    def get(self, name: str) -> str | None:
        """The value of one option."""
        return self.values.get(name)

    def check(self, allowed: Collection[str]) -> None:
        """Refuse options the endpoint does not support; parameters without ``$`` are ignored as OData says."""
        for name in self.values:
            if name.startswith("$") and name not in allowed:
                raise GraphError(
                    400,
                    "BadRequest",
                    f"The query specified in the URI is not valid. Query option '{name}' is not allowed.",
                )

    def top(self, maximum: int) -> int | None:
        """``$top``, refused outside 1..maximum."""
        text = self.get("$top")
        if text is None:
            return None
        if not text.isdigit() or not 1 <= int(text) <= maximum:
            raise bad_request(f"Invalid page size specified: '{text}'. Must be between 1 and {maximum} inclusive.")
        return int(text)

    def wants_count(self) -> bool:
        """Whether ``$count=true`` was given."""
        text = self.get("$count")
        if text not in (None, "true", "false"):
            raise GraphError(400, "BadRequest", f"Invalid value '{text}' for $count query option found.")
        return text == "true"

    def select(self, known: Collection[str] | None) -> list[str] | None:
        """``$select`` as names, each checked against the declared properties when ``known`` is given."""
        text = self.get("$select")
        if text is None:
            return None
        names = [name.strip() for name in text.split(",") if name.strip()]
        if not names:
            raise GraphError(400, "BadRequest", "Term '' is not valid in a $select or $expand expression.")
        if known is not None:
            for name in names:
                if name not in known:
                    raise GraphError(
                        400,
                        "BadRequest",
                        f"Parsing OData Select and Expand failed: Could not find a property named '{name}'.",
                    )
        return names


@dataclass(frozen=True)
class FilterRules:
    """What a collection can filter by: property -> allowed operators."""

    properties: dict[str, Collection[str]]
    advanced: bool = False
    resource: str = "object"


def filtered(
    items: Iterable[Any],
    query: Query,
    rules: FilterRules,
    eventual: bool,
    view: Any = None,
    case_sensitive: bool = False,
) -> list[Any]:
    """Apply ``$filter``; ``view`` maps an item to the dictionary the filter sees."""
    text = query.get("$filter")
    if text is None:
        return list(items)
    clause = parse_filter(text, case_sensitive)
    check_filter(clause, rules, query, eventual)
    if view is None:
        return [item for item in items if clause.test(item)]
    return [item for item in items if clause.test(view(item))]


def check_filter(clause: Filter, rules: FilterRules, query: Query, eventual: bool) -> None:
    """Refuse properties and operators outside ``rules``, and advanced ones without header and ``$count``."""
    _check_literals(clause, rules)
    needs_advanced = False
    for path, operator in clause.uses:
        allowed = rules.properties.get(path)
        if allowed is None:
            raise unsupported_query(
                f"Unsupported or invalid query filter clause specified for property '{path}' of resource "
                f"'{rules.resource}'."
            )
        if operator in allowed:
            continue
        if rules.advanced and operator in ADVANCED_OPERATORS:
            needs_advanced = True
            continue
        raise unsupported_query(
            f"Operator '{operator}' is not supported for property '{path}' of resource '{rules.resource}'."
        )
    if needs_advanced and not (eventual and query.wants_count()):
        raise unsupported_query(
            "Operator is not supported because the required ConsistencyLevel header or $count query option is missing."
        )


LITERALS = {
    "Edm.String": ("string", "null"),
    "Edm.Guid": ("guid", "null"),
    "Edm.Boolean": ("boolean", "null"),
    "Edm.Int32": ("number", "null"),
    "Edm.DateTimeOffset": ("date", "null"),
}


def _check_literals(clause: Filter, rules: FilterRules) -> None:
    """A quoted GUID does not compare with an Edm.Guid, nor an unquoted one with a string."""
    info = model("v1.0").types.get(rules.resource[0].lower() + rules.resource[1:])
    for path, kind in clause.literals:
        declared = info.properties.get(path) if info else None
        allowed = LITERALS.get(declared.type) if declared else None
        if declared is not None and allowed is not None and kind not in allowed:
            raise GraphError(
                400,
                "BadRequest",
                "A binary operator with incompatible types was detected. Found operand types "
                f"'{declared.type}' and 'Edm.{kind.capitalize()}' for operator kind 'Equal'.",
            )


def check_advanced(query: Query, eventual: bool) -> None:
    """Directory collections: what needs ``ConsistencyLevel: eventual`` (graph-api.md section 3.5)."""
    if query.get("$search") is not None and not eventual:
        raise unsupported_query(
            "Request with $search query parameter only works with header 'ConsistencyLevel: eventual'."
        )
    if query.wants_count() and not eventual:
        raise unsupported_query("$count is not currently supported without the header 'ConsistencyLevel: eventual'.")
    if query.get("$filter") and query.get("$orderby") and not (eventual and query.wants_count()):
        raise unsupported_query("Sorting not supported for current query.")


def ordered(items: list[Any], query: Query, allowed: Collection[str]) -> list[Any]:
    """Apply ``$orderby`` for one property."""
    text = query.get("$orderby")
    if text is None:
        return items
    words = text.split()
    if not words or words[0] not in allowed or words[1:] not in ([], ["asc"], ["desc"]):
        raise GraphError(400, "BadRequest", f"$orderby '{text}' is not supported.")
    return sorted(items, key=lambda item: str(get_path(item, words[0]) or ""), reverse=words[1:] == ["desc"])


def selected(obj: dict[str, Any], names: Collection[str] | None) -> dict[str, Any]:
    """Keep the selected properties and annotations."""
    if names is None:
        return obj
    return {key: value for key, value in obj.items() if key in names or key.startswith("@odata.type")}
