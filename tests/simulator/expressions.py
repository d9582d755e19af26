# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attribute-mapping expressions: text to tree (``parseExpression``, graph-api.md section 8.6)."""

from __future__ import annotations

import re
from typing import Any

from .default_schema import attribute, constant, function
from .expression_functions import FUNCTIONS

TOKEN = re.compile(
    r'\s*(?:(?P<text>"(?:[^"\\]|\\.|"")*")|(?P<attribute>\[[^\[\]]+\])|(?P<name>[A-Za-z]\w*)|(?P<number>-?\d+(?:\.\d+)?)'
    r"|(?P<mark><>|[(),=]))"
)


class ExpressionError(ValueError):
    """The text is no expression."""


def parse(text: str) -> dict[str, Any]:
    """Parse an expression into an attributeMappingSource; raises :class:`ExpressionError`."""
    parser = _Parser(text)
    source = parser.expression()
    if parser.peek()[0] != "end":
        raise ExpressionError(f"unexpected '{parser.peek()[1]}' in expression")
    return source


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str, int, int]] = []
        self.text = text
        position = 0
        while text[position:].strip():
            match = TOKEN.match(text, position)
            if not match:
                raise ExpressionError(f"syntax error at position {position} of expression")
            kind = str(match.lastgroup)
            self.tokens.append((kind, match.group(kind), match.start(kind), match.end()))
            position = match.end()
        if not self.tokens:
            raise ExpressionError("the expression is empty")
        self.at = 0

    def peek(self) -> tuple[str, str, int, int]:
        end = len(self.text)
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "", end, end)

    def take(self) -> tuple[str, str, int, int]:
        token = self.peek()
        self.at += 1
        return token

    def expression(self) -> dict[str, Any]:
        begin = self.peek()[2]
        left = self.operand()
        kind, mark, dummy, dummy = self.peek()
        if kind == "mark" and mark in ("=", "<>"):
            self.take()
            right = self.operand()
            text = self.text[begin : self.tokens[self.at - 1][3]].strip()
            return function("Equals" if mark == "=" else "NotEquals", text, ("left", left), ("right", right))
        return left

    def operand(self) -> dict[str, Any]:
        kind, token, begin, dummy = self.take()
        if kind == "text":
            value = re.sub(r'\\(.)|""', lambda match: match.group(1) or '"', token[1:-1])
            return constant(value)
        if kind == "attribute":
            return attribute(token[1:-1])
        if kind == "number" or (kind == "name" and token in ("true", "false", "True", "False")):
            return {**constant(token), "expression": token}
        if kind == "name" and self.peek()[1] == "(":
            return self.call(token, begin)
        raise ExpressionError(f"unexpected '{token or 'end'}' in expression")

    def call(self, name: str, begin: int) -> dict[str, Any]:
        declared = FUNCTIONS.get(name)
        if declared is None:
            raise ExpressionError(f"function '{name}' does not exist")
        self.take()
        arguments: list[dict[str, Any] | None] = []
        while self.peek()[1] != ")":
            # Skipped arguments, as in Replace([a], , "x", ...), are allowed and stay empty.
            arguments.append(None if self.peek()[1] == "," else self.expression())
            if self.peek()[1] == ",":
                self.take()
            elif self.peek()[1] != ")":
                raise ExpressionError(f"missing ')' in call of '{name}'")
        end = self.take()[3]
        names = declared.parameter_names(len(arguments))
        if names is None:
            raise ExpressionError(f"wrong number of arguments for function '{name}'")
        pairs = [(key, value) for key, value in zip(names, arguments, strict=True) if value is not None]
        return function(name, self.text[begin:end].strip(), *pairs)
