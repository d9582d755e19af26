# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parse and evaluate the subset of ``$filter`` that the covered endpoints document (graph-api.md sections 3.5, 11)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .clock import parse_iso
from .errors import GraphError, bad_request

TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^']|'')*')"
    r"|(?P<date>\d{4}-\d{2}-\d{2}(?:T[0-9:.]+(?:Z|[+-]\d{2}:\d{2})?)?)(?![\w-])"
    r"|(?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
    r"|(?P<number>-?\d+(?![\w-]))"
    r"|(?P<word>[A-Za-z_@][\w.]*(?:/[A-Za-z_]\w*)*)"
    r"|(?P<mark>[(),:]))"
)
COMPARISONS = ("eq", "ne", "gt", "ge", "lt", "le")
FUNCTIONS = ("startswith", "endswith", "contains")

Test = Callable[[dict[str, Any]], bool]


@dataclass
class Filter:
    """A parsed filter: the test itself, the (property path, operator) pairs it uses, and the kinds of literals."""

    test: Test
    uses: list[tuple[str, str]] = field(default_factory=list)
    literals: list[tuple[str, str]] = field(default_factory=list)


def parse_filter(text: str, case_sensitive: bool = False) -> Filter:
    """Parse ``$filter``; raises 400 for a syntax error. Directory strings compare without case, logs with it."""
    return _Parser(text, case_sensitive).parse()


def get_path(obj: Any, path: str) -> Any:
    """Follow ``a/b`` through dictionaries."""
    for step in path.split("/"):
        if not isinstance(obj, dict):
            return None
        obj = obj.get(step)
    return obj


def syntax_error(text: str) -> GraphError:
    """400 for a filter that cannot be parsed."""
    return GraphError(400, "BadRequest", f"Invalid filter clause: syntax error in '{text}'.")


class _Parser:
    def __init__(self, text: str, case_sensitive: bool) -> None:
        self.text = text
        self.fold = (lambda value: value) if case_sensitive else str.lower
        self.tokens: list[tuple[str, str]] = []
        position = 0
        while position < len(text):
            if text[position:].isspace():
                break
            match = TOKEN.match(text, position)
            if not match or match.end() == position:
                raise syntax_error(text)
            kind = match.lastgroup or ""
            self.tokens.append((kind, match.group(kind)))
            position = match.end()
        self.at = 0
        self.uses: list[tuple[str, str]] = []
        self.literals: list[tuple[str, str]] = []

    def parse(self) -> Filter:
        test = self.disjunction()
        if self.at != len(self.tokens):
            raise syntax_error(self.text)
        return Filter(test, self.uses, self.literals)

    # token helpers
    def peek(self, ahead: int = 0) -> tuple[str, str]:
        index = self.at + ahead
        return self.tokens[index] if index < len(self.tokens) else ("end", "")

    def take(self) -> tuple[str, str]:
        token = self.peek()
        self.at += 1
        return token

    def expect(self, mark: str) -> None:
        if self.take() != ("mark", mark):
            raise syntax_error(self.text)

    # grammar
    def disjunction(self) -> Test:
        tests = [self.conjunction()]
        while self.peek() == ("word", "or"):
            self.take()
            tests.append(self.conjunction())
        return tests[0] if len(tests) == 1 else lambda obj: any(test(obj) for test in tests)

    def conjunction(self) -> Test:
        tests = [self.negation()]
        while self.peek() == ("word", "and"):
            self.take()
            tests.append(self.negation())
        return tests[0] if len(tests) == 1 else lambda obj: all(test(obj) for test in tests)

    def negation(self) -> Test:
        if self.peek() == ("word", "not"):
            self.take()
            mark = len(self.uses)
            inner = self.negation()
            self.uses[mark:] = [(path, "not") for path, dummy in self.uses[mark:]]
            return lambda obj: not inner(obj)
        if self.peek() == ("mark", "("):
            self.take()
            inner = self.disjunction()
            self.expect(")")
            return inner
        return self.clause()

    def clause(self) -> Test:
        kind, word = self.peek()
        if kind != "word":
            raise syntax_error(self.text)
        if word.lower() in FUNCTIONS and self.peek(1) == ("mark", "("):
            return self.function()
        if word.endswith("/any") and self.peek(1) == ("mark", "("):
            return self.any_clause()
        read, path = self.operand()
        kind, operator = self.take()
        if kind != "word":
            raise syntax_error(self.text)
        if operator == "in":
            self.expect("(")
            values = [self.literal(path)]
            while self.peek() == ("mark", ","):
                self.take()
                values.append(self.literal(path))
            self.expect(")")
            if len(values) > 15:
                raise bad_request(
                    "Too many child clauses specified in search filter expression containing 'OR' operators."
                )
            self.uses.append((path, "in"))
            return lambda obj: any(self.equal(read(obj), value) for value in values)
        if operator not in COMPARISONS:
            raise syntax_error(self.text)
        self.uses.append((path, operator))
        value = self.literal(path)
        return lambda obj: self.compare(operator, read(obj), value)

    def function(self) -> Test:
        name = self.take()[1].lower()
        self.expect("(")
        read, path = self.operand()
        self.expect(",")
        value = self.literal()
        self.expect(")")
        if not isinstance(value, str):
            raise syntax_error(self.text)
        self.uses.append((path, name))
        fold = self.fold

        def test(obj: dict[str, Any]) -> bool:
            actual = read(obj)
            if not isinstance(actual, str):
                return False
            if name == "contains":
                return value in actual
            if name == "startswith":
                return fold(actual).startswith(fold(value))
            return fold(actual).endswith(fold(value))

        return test

    def any_clause(self) -> Test:
        path = self.take()[1].removesuffix("/any")
        self.expect("(")
        variable = self.take()[1]
        self.expect(":")
        inner_kind, inner = self.take()
        operator = self.take()[1]
        value = self.literal()
        self.expect(")")
        if inner_kind != "word" or inner != variable or operator != "eq":
            raise syntax_error(self.text)
        self.uses.append((path, "any"))
        return lambda obj: value in (get_path(obj, path) or [])

    def operand(self) -> tuple[Callable[[dict[str, Any]], Any], str]:
        kind, word = self.take()
        if kind != "word":
            raise syntax_error(self.text)
        if word == "tolower" and self.peek() == ("mark", "("):
            self.take()
            path = self.take()[1]
            self.expect(")")

            def lowered(obj: dict[str, Any]) -> Any:
                value = get_path(obj, path)
                return value.lower() if isinstance(value, str) else value

            return lowered, path
        return (lambda obj: get_path(obj, word)), word

    def literal(self, path: str | None = None) -> Any:
        kind, text = self.take()
        if path is not None:
            self.literals.append((path, "null" if text == "null" else "boolean" if kind == "word" else kind))
        if kind == "string":
            return text[1:-1].replace("''", "'")
        if kind == "number":
            return int(text)
        if kind == "guid":
            return text.lower()
        if kind == "date":
            return _Date(parse_iso(text))
        if kind == "word" and text in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[text]
        raise syntax_error(self.text)

    # values
    def equal(self, actual: Any, value: Any) -> bool:
        if isinstance(value, _Date):
            return isinstance(actual, str) and parse_iso(actual) == value.moment
        if isinstance(actual, str) and isinstance(value, str):
            return bool(self.fold(actual) == self.fold(value))
        return bool(actual == value)

    def compare(self, operator: str, actual: Any, value: Any) -> bool:
        if operator == "eq":
            return self.equal(actual, value)
        if operator == "ne":
            return not self.equal(actual, value)
        if actual is None or value is None:
            return False
        if isinstance(value, _Date):
            left, right = parse_iso(str(actual)), value.moment
        elif isinstance(actual, (int, float)) and isinstance(value, (int, float)):
            left, right = float(actual), float(value)
        else:
            return False
        return {"gt": left > right, "ge": left >= right, "lt": left < right, "le": left <= right}[operator]


@dataclass(frozen=True)
class _Date:
    moment: float
