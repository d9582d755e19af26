# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sources of attribute mappings, and the text of expressions (graph-api.md section 8.6). PRIVATE to the collection."""

from __future__ import annotations

import re
import typing as t

from ._types import Tree

ATTRIBUTE, CONSTANT, FUNCTION = "Attribute", "Constant", "Function"
_PIECES = re.compile(r'"(?:[^"\\]|\\.)*"|\s+|[^"\s]+|"', re.DOTALL)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_ATTRIBUTE = re.compile(r"\[([^\[\]]+)\]")
_CALL = re.compile(r"([A-Za-z_]\w*)\s*\(")


class Unparsed(Tree):
    """A source that computes, before the service has made a tree of its text. It is never sent."""

    # Ansible's masking makes an empty one and fills it.
    def __init__(self, text: str = "") -> None:
        super().__init__(expression=text, name=None, parameters=[], type=FUNCTION)


def attribute(name: str) -> Tree:
    """A source that reads an attribute."""
    return {"expression": f"[{name}]", "name": name, "parameters": [], "type": ATTRIBUTE}


def constant(value: str) -> Tree:
    """A source that is always the same."""
    return {"expression": _quoted(value), "name": value, "parameters": [], "type": CONSTANT}


def kind_of(source: Tree) -> str:
    """Which of the three kinds a source is."""
    kind = str(source.get("type")).lower()
    return next((each for each in (ATTRIBUTE, CONSTANT) if each.lower() == kind), FUNCTION)


def value_of(source: Tree) -> str:
    """The attribute that a source reads, or the text that it always is."""
    if source.get("name") is not None:
        return str(source["name"])
    text = str(source.get("expression") or "").strip()
    if kind_of(source) == ATTRIBUTE:
        return text.removeprefix("[").removesuffix("]")
    return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL) if _QUOTED.fullmatch(text) else text


def text_of(source: Tree) -> str:
    """The expression that a source is, as text; empty where there is no source."""
    if source.get("expression"):
        return str(source["expression"])
    if kind_of(source) == ATTRIBUTE:
        return f"[{value_of(source)}]"
    if kind_of(source) == CONSTANT:
        return _quoted(value_of(source))
    if not source.get("name"):
        return ""
    parts = [text_of(each.get("value") or {}) for each in source.get("parameters") or []]
    return f"{source['name']}({', '.join(parts)})"


def same_text(one: str, other: str) -> bool:
    """Whether two expressions are the same but for white space outside of quoted text."""
    return _compact(one) == _compact(other)


def same_source(current: Tree | None, wanted: Tree) -> bool:
    """Whether a source is as wanted: by what it reads, by its text, or by the tree that the service made of it."""
    if not current:
        return False
    kind = kind_of(wanted)
    if kind == FUNCTION:
        parsed = not isinstance(wanted, Unparsed)
        return same_text(text_of(current), text_of(wanted)) or (parsed and _meaning(current) == _meaning(wanted))
    if kind_of(current) != kind:
        return False
    if kind == CONSTANT:
        # Where the two ways to store a text disagree, either will do.
        return _truth(value_of(wanted)) in (_truth(value_of(current)), _truth(value_of({**current, "name": None})))
    return value_of(current) == value_of(wanted)


def attributes_of(source: Tree) -> set[str]:
    """The attributes that a source reads."""
    if kind_of(source) == ATTRIBUTE:
        return {value_of(source)}
    if kind_of(source) == CONSTANT:
        return set()
    return set(_ATTRIBUTE.findall(_QUOTED.sub("", text_of(source))))


def functions_in(text: str) -> list[str]:
    """The functions that an expression calls, in order."""
    return _CALL.findall(_ATTRIBUTE.sub("", _QUOTED.sub('""', text)))


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _compact(text: str) -> str:
    return "".join(piece for piece in _PIECES.findall(text) if not piece.isspace())


def _truth(text: str) -> str:
    """Truth has one spelling; any other text is what it is."""
    return text.lower() if text.lower() in ("true", "false") else text


def _meaning(source: t.Any) -> t.Any:
    """The tree of a source without its texts."""
    if not isinstance(source, dict):
        return None
    kind = kind_of(source)
    if kind != FUNCTION:
        return kind, _truth(value_of(source))
    parameters = source.get("parameters") or []
    return kind, source.get("name"), [(each.get("key"), _meaning(each.get("value"))) for each in parameters]
