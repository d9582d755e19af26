# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The functions of attribute-mapping expressions, with their signatures (graph-api.md section 8.6)."""

from __future__ import annotations

import base64
import random
import re
import unicodedata
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

Value = Any
Implementation = Callable[..., Value]
FALSE_TEXTS = ("", "false", "0")


@dataclass(frozen=True)
class Parameter:
    """One parameter of a function."""

    name: str
    type: str = "String"
    required: bool = True
    many: bool = False


@dataclass(frozen=True)
class Function:
    """A function: its parameters and what it does with their values, by parameter name."""

    name: str
    parameters: tuple[Parameter, ...]
    run: Implementation

    def parameter_names(self, count: int) -> list[str] | None:
        """The keys of ``count`` arguments, or None when that many do not fit."""
        needed = sum(parameter.required for parameter in self.parameters)
        if count < needed:
            return None
        names: list[str] = [parameter.name for parameter in self.parameters if not parameter.many]
        repeated = [parameter.name for parameter in self.parameters if parameter.many]
        while repeated and len(names) < count:
            number = (len(names) - (len(self.parameters) - len(repeated))) // len(repeated) + 1
            names += [f"{name}{number}" for name in repeated]
        return names[:count] if len(names) >= count else None

    def as_graph(self) -> dict[str, Any]:
        """An attributeMappingFunctionSchema."""
        return {
            "name": self.name,
            "parameters": [
                {"name": p.name, "type": p.type, "required": p.required, "allowMultipleOccurrences": p.many}
                for p in self.parameters
            ],
        }


def text(value: Value) -> str:
    """A value as text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, list):
        return ";".join(text(item) for item in value)
    return str(value)


def truth(value: Value) -> bool:
    """A value as a condition."""
    return value if isinstance(value, bool) else text(value).lower() not in FALSE_TEXTS


def many(arguments: dict[str, Value], name: str) -> list[Value]:
    """The values of a repeated parameter in order."""
    keys = [key for key in arguments if re.fullmatch(rf"{name}\d+", key)]
    return [arguments[key] for key in sorted(keys, key=lambda key: int(key[len(name) :]))]


def _replace(source: Value, **a: Value) -> Value:
    if source is None:
        return None
    replacement = text(a.get("replacementValue"))
    if a.get("oldValue") is not None:
        return text(source).replace(text(a["oldValue"]), replacement)
    if a.get("regexPattern") is not None:
        return re.sub(text(a["regexPattern"]), replacement, text(source))
    return source


def _switch(source: Value, defaultValue: Value = None, **pairs: Value) -> Value:
    for key, value in zip(many(pairs, "key"), many(pairs, "value"), strict=False):
        if text(key) == text(source):
            return value
    return defaultValue


def _join(separator: Value, **sources: Value) -> Value:
    return text(separator).join(text(value) for value in many(sources, "source") if value not in (None, ""))


def _coalesce(**a: Value) -> Value:
    return next((value for value in many(a, "source") if value not in (None, "")), a.get("defaultValue"))


def _word(source: Value, wordNumber: Value, delimiters: Value) -> Value:
    words = [word for word in re.split(f"[{re.escape(text(delimiters))}]", text(source)) if word]
    index = int(wordNumber) - 1
    return words[index] if 0 <= index < len(words) else ""


def _diacritics(source: Value) -> Value:
    if source is None:
        return None
    return "".join(char for char in unicodedata.normalize("NFD", text(source)) if not unicodedata.combining(char))


def _pcase(source: Value, wordSeparators: Value = None) -> Value:
    return None if source is None else re.sub(r"[^\W_]+", lambda match: match.group(0).capitalize(), text(source))


def _mid(source: Value, start: Value, length: Value) -> Value:
    return None if source is None else text(source)[int(start) - 1 : int(start) - 1 + int(length)]


def _alt_sec_id(netId: Value) -> Value:
    return None if netId is None else f"netid:{netId}"


def _p(*names: str) -> tuple[Parameter, ...]:
    """Parameters from short notation: ``name?`` optional, ``name*`` repeated, ``name:Type``."""
    result = []
    for entry in names:
        name, dummy, kind = entry.partition(":")
        result.append(Parameter(name.rstrip("?*"), kind or "String", not name.endswith(("?", "*")), name.endswith("*")))
    return tuple(result)


def _f(name: str, parameters: tuple[Parameter, ...], run: Implementation) -> Function:
    return Function(name, parameters, run)


def _optional(run: Callable[[str], Value]) -> Implementation:
    """A function of one text that leaves an absent value absent."""
    return lambda source, **_: None if source is None else run(text(source))


FUNCTIONS: dict[str, Function] = {
    entry.name: entry
    for entry in (
        _f("AltSecIdFromNetId", _p("netId"), _alt_sec_id),
        _f(
            "Append",
            _p("source", "suffix"),
            lambda source, suffix: None if source is None else text(source) + text(suffix),
        ),
        _f("BitAnd", _p("value1:Integer", "value2:Integer"), lambda value1, value2: int(value1) & int(value2)),
        _f("CBool", _p("expression"), truth),
        _f(
            "Coalesce",
            _p(
                "source*",
            ),
            _coalesce,
        ),
        _f(
            "ConvertToBase64",
            _p("source"),
            _optional(lambda value: base64.b64encode(value.encode("utf-16-le")).decode()),
        ),
        _f("ConvertToUTF8Hex", _p("source"), _optional(lambda value: value.encode().hex().upper())),
        _f(
            "Count",
            _p("attribute"),
            lambda attribute: len(attribute) if isinstance(attribute, list) else int(attribute is not None),
        ),
        _f("CStr", _p("value"), lambda value: None if value is None else text(value)),
        _f("Guid", (), lambda: str(uuid.uuid4())),
        _f("IgnoreFlowIfNullOrEmpty", _p("expression"), lambda expression: expression or None),
        _f(
            "IIF",
            _p("condition", "valueIfTrue", "valueIfFalse"),
            lambda condition, valueIfTrue=None, valueIfFalse=None: valueIfTrue if truth(condition) else valueIfFalse,
        ),
        _f(
            "InStr",
            _p("value1", "value2", "start?:Integer", "compareType?"),
            lambda value1, value2, **_: text(value1).find(text(value2)) + 1,
        ),
        _f("IsNull", _p("expression"), lambda expression=None: expression is None),
        _f("IsNullOrEmpty", _p("expression"), lambda expression=None: expression in (None, "")),
        _f("IsPresent", _p("expression"), lambda expression=None: expression not in (None, "")),
        _f("IsString", _p("expression"), lambda expression=None: isinstance(expression, str)),
        _f(
            "Item",
            _p("attribute", "index:Integer"),
            lambda attribute, index: (
                attribute[int(index) - 1] if isinstance(attribute, list) and 0 < int(index) <= len(attribute) else None
            ),
        ),
        _f("Join", _p("separator", "source*"), _join),
        _f(
            "Left",
            _p("source", "numChars:Integer"),
            lambda source, numChars: None if source is None else text(source)[: int(numChars)],
        ),
        _f("Mid", _p("source", "start:Integer", "length:Integer"), _mid),
        _f("NormalizeDiacritics", _p("source"), _diacritics),
        _f("Not", _p("source"), lambda source=None: not truth(source)),
        _f("Now", (), lambda: datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")),
        _f("PCase", _p("source", "wordSeparators?"), _pcase),
        _f(
            "RandomString",
            _p(
                "length:Integer",
                "minimumNumbers?:Integer",
                "minimumSpecialCharacters?:Integer",
                "minimumCapital?:Integer",
                "minimumLowerCase?:Integer",
                "charactersToAvoid?",
            ),
            lambda length, **_: "".join(random.choices("abcdefghkmnpqrstuvwxyz23456789", k=int(length))),
        ),
        _f("Redact", (), lambda: "[Redact]"),
        _f(
            "RemoveDuplicates",
            _p("attribute"),
            lambda attribute: list(dict.fromkeys(attribute)) if isinstance(attribute, list) else attribute,
        ),
        _f(
            "Replace",
            _p(
                "source",
                "oldValue?",
                "regexPattern?",
                "regexGroupName?",
                "replacementValue?",
                "replacementAttributeName?",
                "template?",
            ),
            _replace,
        ),
        _f("SelectUniqueValue", _p("uniqueValueRule*"), lambda **a: next(iter(many(a, "uniqueValueRule")), None)),
        _f(
            "Split",
            _p("source", "delimiter"),
            lambda source, delimiter: None if source is None else text(source).split(text(delimiter)),
        ),
        _f("StripSpaces", _p("source"), _optional(lambda value: value.replace(" ", ""))),
        _f("Switch", _p("source", "defaultValue", "key*", "value*"), _switch),
        _f("ToLower", _p("source", "culture?"), _optional(str.lower)),
        _f("ToUpper", _p("source", "culture?"), _optional(str.upper)),
        _f("Word", _p("source", "wordNumber:Integer", "delimiters"), _word),
    )
}
COMPARISONS: dict[str, Callable[[Value, Value], bool]] = {
    "Equals": lambda left, right: text(left) == text(right),
    "NotEquals": lambda left, right: text(left) != text(right),
}


class EvaluationError(ValueError):
    """An expression that cannot be evaluated with these values."""


def evaluate(source: dict[str, Any], read: Callable[[str], Value]) -> Value:
    """The value of an attributeMappingSource; ``read`` supplies attributes."""
    kind, name = source["type"], source.get("name") or ""
    if kind == "Constant":
        return source.get("name") if source.get("name") is not None else (source.get("expression") or "").strip('"')
    if kind == "Attribute":
        return read(name)
    arguments = {entry["key"]: evaluate(entry["value"], read) for entry in source.get("parameters") or []}
    try:
        if name in COMPARISONS:
            return COMPARISONS[name](arguments.get("left"), arguments.get("right"))
        return FUNCTIONS[name].run(**arguments)
    except (TypeError, ValueError, KeyError, re.error) as problem:
        raise EvaluationError(f"{name}: {problem}") from None
