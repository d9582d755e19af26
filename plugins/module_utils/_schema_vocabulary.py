# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the service says about operators, functions, expressions and attributes. PRIVATE to the collection.

Each is asked for once, and only when it is needed (graph-api.md section 8.6).
"""

from __future__ import annotations

import typing as t

from ._errors import GraphError, InputError, doing
from ._schema_expressions import Unparsed, functions_in, text_of
from ._schema_filters import DOCUMENTED, Operator, names_of, operators_of
from ._types import Tree

if t.TYPE_CHECKING:
    from ._graph import GraphClient

# How the service says that it has no such thing here: some clouds do not (section 1).
_NOT_SERVED = (400, 404, 405, 501)
_REFUSED = (401, 403)
# A directory has far more attributes than are mapped; a list of hardly more than those is an excerpt.
_UNUSED = 10


class Vocabulary:
    """The words that a job's schema may be written in.

    :param path: where the schema is; None while there is none, and nothing can be asked.
    :param check_mode: whether what only a writer may ask may stay unasked, with a warning.
    :ivar warnings: what could not be checked.
    """

    def __init__(self, graph: GraphClient, path: str | None, check_mode: bool) -> None:
        self._graph = graph
        self._path = path
        self._check_mode = check_mode
        self.warnings: list[str] = []
        self._functions: set[str] | None = None
        self._attributes: dict[str, dict[str, Tree]] | None = None

    def operators(self) -> t.Mapping[str, Operator]:
        """The operators of filters, by what all their spellings have in common."""
        if self._path is None:
            return DOCUMENTED
        rows = self._asked(lambda: self._list("filterOperators"))
        return operators_of(rows) if rows else DOCUMENTED

    def source(self, wanted: Unparsed, option: str) -> Tree:
        """The tree of an expression.

        :raises InputError: the service cannot read it.
        """
        if self._path is None:
            return wanted
        text = text_of(wanted)
        self._check_functions(text, option)
        request = f"{self._path}/parseExpression"
        with doing(f"have the expression {text!r} read"):
            answer = self._asked(lambda: self._graph.post(request, {"expression": text}, repeatable=True))
        if answer is None:
            return wanted
        parsed = answer.get("parsedExpression")
        if not isinstance(parsed, dict) or answer.get("parsingSucceeded") is False:
            reason = (answer.get("error") or {}).get("message") or "it gives no reason"
            raise InputError(option, f"the service cannot read the expression {text!r}: {reason}")
        return parsed if parsed.get("expression") else {**parsed, "expression": text}

    def _check_functions(self, text: str, option: str) -> None:
        called = functions_in(text)
        if called and self._functions is None:
            rows = self._asked(lambda: self._list("functions")) or []
            self._functions = {name for row in rows for name in names_of(row)}
        for name in called:
            if self._functions and name not in self._functions:
                near = sorted(each for each in self._functions if each.lower() == name.lower())
                hint = f"It is spelled {near[0]}" if near else f"The service knows {', '.join(sorted(self._functions))}"
                raise InputError(option, f"there is no function {name}, as in {text!r}", hint=hint)

    def _list(self, name: str) -> list[Tree]:
        """One of the lists; empty where the service has none. Both ways to write the address are documented."""
        with doing(f"list the schema's {name}"):
            for form in (name, f"{name}()"):
                try:
                    return self._graph.pages(f"{self._path}/{form}")
                except GraphError as error:
                    if error.status not in _NOT_SERVED:
                        raise
        return []

    def _asked(self, ask: t.Callable[[], t.Any]) -> t.Any:
        """The answer; None in check mode when the caller may only read."""
        if self.warnings:
            return None
        try:
            return ask()
        except GraphError as error:
            if not self._check_mode or error.status not in _REFUSED:
                raise
        self.warnings.append(
            "The new filters and expressions were not checked: the service tells what it knows of them only to those"
            " who may write."
        )
        return None

    def attributes(self, directory: t.Any, used: t.Collection[str]) -> dict[str, Tree] | None:
        """The attributes of users in a directory; None where the service does not list all of them.

        :param used: attributes that the schema uses already.
        """
        if self._path is None:
            return None
        if self._attributes is None:
            self._attributes = self._directories()
        found = self._attributes.get(str(directory))
        return found if found and found.keys() >= set(used) else None

    def _directories(self) -> dict[str, dict[str, Tree]]:
        with doing("list the attributes of the two directories"):
            try:
                rows = self._graph.pages(f"{self._path}/directories")
            except GraphError as error:
                if error.status not in _NOT_SERVED:
                    raise
                rows = []
        return {
            str(row.get("name")): {str(each.get("name")): each for each in entry.get("attributes") or []}
            for row in rows
            for entry in row.get("objects") or []
            if str(entry.get("name")).lower() == "user"
        }


def known_attribute(name: str, known: t.Collection[str], used: t.Collection[str], option: str, where: str) -> None:
    """Refuse an attribute that a directory does not have.

    :param used: attributes that the schema uses already.
    :raises InputError: it is not there, or is spelled otherwise.
    """
    near = sorted(each for each in known if each.lower() == name.lower())
    if name in known or (not near and len(known) < len(used) + _UNUSED):
        return
    raise InputError(
        option,
        f"users of the {where} tenant have no attribute {name}",
        hint=f"It is spelled {near[0]}"
        if near
        else "Names are case-sensitive; an extension has to be added to the schema's directories first",
    )
