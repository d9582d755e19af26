# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scoping filters: operators and their evaluation (graph-api.md section 8.6, domain.md section 4.4)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

UNARY = ("IS TRUE", "IS FALSE", "IS NULL", "IS NOT NULL")
# name -> attribute types it supports. The exact casing of the names is UNCONFIRMED (section 17).
OPERATORS: dict[str, tuple[str, ...]] = {
    "EQUALS": ("String", "Integer", "Boolean"),
    "NOT EQUALS": ("String", "Integer", "Boolean"),
    "IS TRUE": ("Boolean",),
    "IS FALSE": ("Boolean",),
    "IS NULL": ("String", "Integer", "Boolean", "Reference"),
    "IS NOT NULL": ("String", "Integer", "Boolean", "Reference"),
    "REGEX MATCH": ("String",),
    "NOT REGEX MATCH": ("String",),
    "GREATER_THAN": ("Integer",),
    "GREATER_THAN_OR_EQUALS": ("Integer",),
    "ENDS_WITH": ("String",),
    "INCLUDES": ("String",),
    "&": ("Integer",),
    "!&": ("Integer",),
}
UNUSABLE = {"userType", "manager", "members", "proxyAddresses", "otherMails"}


def operator_schemas() -> list[dict[str, Any]]:
    """The answer of ``filterOperators``."""
    return [
        {
            "id": name,
            "name": name,
            "arity": "Unary" if name in UNARY else "Binary",
            "multivaluedComparisonType": "Any",
            "supportedAttributeTypes": list(types),
        }
        for name, types in OPERATORS.items()
    ]


def _integer(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def _text(value: Any) -> str:
    return ("True" if value else "False") if isinstance(value, bool) else str(value)


def clause_holds(clause: dict[str, Any], read: Callable[[str], Any]) -> bool:
    """One clause; a null or empty attribute makes it false, but for the tests for null. Strings compare with case."""
    operator = str(clause.get("operatorName")).upper()
    actual = read(str(clause.get("sourceOperandName")))
    empty = actual is None or actual == ""
    if operator == "IS NULL":
        return empty
    if operator == "IS NOT NULL":
        return not empty
    if empty:
        return False
    if operator in ("IS TRUE", "IS FALSE"):
        return bool((_text(actual) == "True") == (operator == "IS TRUE"))
    values = [str(value) for value in ((clause.get("targetOperand") or {}).get("values") or [])]
    text = _text(actual)
    tests: dict[str, Callable[[str], bool]] = {
        "EQUALS": lambda value: text == value or (isinstance(actual, bool) and text.lower() == value.lower()),
        "REGEX MATCH": lambda value: re.search(value, text) is not None,
        "ENDS_WITH": text.endswith,
        "INCLUDES": lambda value: value in text,
        "GREATER_THAN": lambda value: _numbers(actual, value, lambda a, b: a > b),
        "GREATER_THAN_OR_EQUALS": lambda value: _numbers(actual, value, lambda a, b: a >= b),
        "&": lambda value: _numbers(actual, value, lambda a, b: a & b != 0),
        "!&": lambda value: _numbers(actual, value, lambda a, b: a & b == 0),
    }
    if operator in ("NOT EQUALS", "NOT REGEX MATCH"):
        return not any(tests[operator.removeprefix("NOT ")](value) for value in values)
    return any(tests[operator](value) for value in values)


def _numbers(left: Any, right: Any, test: Callable[[int, int], bool]) -> bool:
    a, b = _integer(left), _integer(right)
    return a is not None and b is not None and test(a, b)


def groups_pass(groups: list[dict[str, Any]] | None, read: Callable[[str], Any]) -> tuple[bool, dict[str, str]]:
    """Groups are OR-ed, clauses AND-ed; returns the verdict and each clause's result for the log."""
    details: dict[str, str] = {}
    if not groups:
        return True, details
    verdict = False
    for group in groups:
        good = True
        for clause in group.get("clauses") or []:
            holds = clause_holds(clause, read)
            values = (clause.get("targetOperand") or {}).get("values") or []
            label = f"{group.get('name')}.{clause.get('sourceOperandName')} {clause.get('operatorName')}"
            details[label + "".join(f" '{value}'" for value in values)] = str(holds)
            good = good and holds
        verdict = verdict or good
    return verdict, details
