# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A schema as a whole: replaced by one that the user gives, or reset to the template's. PRIVATE to the collection."""

from __future__ import annotations

import typing as t

from ._errors import InputError
from ._schema_view import flat
from ._types import Tree

OPTION = "schema"
# What makes an object mapping what it is. Names, directories and ids are the job's own.
_SUBSTANCE = ("enabled", "flowTypes", "scope", "attributeMappings")
_OF_DICTIONARIES = (
    "synchronizationRules",
    "objectMappings",
    "attributeMappings",
    "groups",
    "inputFilterGroups",
    "categoryFilterGroups",
    "clauses",
    "parameters",
    "directories",
    "objects",
    "attributes",
)
_FORM: dict[str, type] = {
    **dict.fromkeys((*_OF_DICTIONARIES, "values"), list),
    **dict.fromkeys(("scope", "source", "targetOperand"), dict),
    **dict.fromkeys(("matchingPriority", "priority"), int),
    **dict.fromkeys(("id", "name", "sourceObjectName", "targetObjectName", "flowTypes", "flowType"), str),
    **dict.fromkeys(("targetAttributeName", "expression", "defaultValue", "operatorName", "sourceOperandName"), str),
}
_KINDS = {list: "list", dict: "dictionary", int: "whole number", str: "text"}


def parts_of(schema: Tree | None) -> Tree:
    """What a schema that the user gives is to replace: rules, directories, or both.

    :raises InputError: it has neither, or not in Graph's form.
    """
    if schema is None:
        return {}
    parts = {name: schema[name] for name in ("synchronizationRules", "directories") if schema.get(name) is not None}
    if not parts:
        raise InputError(
            OPTION, "it has no synchronizationRules", hint="Give what an earlier run returned as schema.raw"
        )
    for name, rows in parts.items():
        if not rows:
            raise InputError(f"{OPTION}.{name}", "it is empty")
    _check_form(parts, OPTION)
    return parts


def _check_form(value: t.Any, path: str) -> None:
    """Refuse what is not in Graph's form where the collection looks at it."""
    for name, member in value.items():
        here = f"{path}.{name}"
        kind = _FORM.get(name)
        if member is None or kind is None:
            continue
        # A truth is a number to Python, and none to Graph.
        if not isinstance(member, kind) or isinstance(member, bool):
            raise InputError(here, f"it is no {_KINDS[kind]}")
        if isinstance(member, list) and name in _OF_DICTIONARIES:
            for row in member:
                if not isinstance(row, dict):
                    raise InputError(here, "it is no list of dictionaries")
                _check_form(row, here)
                if name == "parameters":
                    _check_form({"source": row.get("value")}, here)
        elif isinstance(member, dict):
            _check_form(member, here)


def replaced(current: list[Tree], given: list[Tree]) -> list[Tree]:
    """The rows that are given, under the ids that the job has for them; the current ones if they mean the same."""
    new = _with_own_ids(given, current)
    return current if flat(new) == flat(current) and len(new) == len(current) else new


def restored(current: list[Tree], template: list[Tree]) -> list[Tree]:
    """The job's own rules with the template's mappings; the current ones if they mean the same."""
    defaults: dict[t.Any, Tree] = {}
    for rule in template:
        for mapping in rule.get("objectMappings") or []:
            # Names may differ, so they only decide where several rules map the same objects.
            defaults.setdefault(_pair(mapping), mapping)
            defaults.setdefault((rule.get("name"), *_pair(mapping)), mapping)
    new = [{**rule, **_mappings_like(rule, defaults)} for rule in current]
    return current if flat(new) == flat(current) else new


def _mappings_like(rule: Tree, defaults: t.Mapping[t.Any, Tree]) -> Tree:
    rows = rule.get("objectMappings") or []
    named = [defaults.get((rule.get("name"), *_pair(row))) or defaults.get(_pair(row)) for row in rows]
    there = {_pair(row) for row in rows}
    # What somebody has removed comes back, to the rule that had it.
    gone = [each for key, each in defaults.items() if key[:-2] == (rule.get("name"),) and key[-2:] not in there]
    new = [*(_like(row, default) for row, default in zip(rows, named, strict=True)), *gone]
    return {"objectMappings": new} if new else {}


def _like(mapping: Tree, default: Tree | None) -> Tree:
    if default is None:
        return mapping
    # A template that does not speak of a filter has none.
    return {**mapping, "scope": None, **{name: default[name] for name in _SUBSTANCE if name in default}}


def _pair(mapping: Tree) -> tuple[t.Any, t.Any]:
    return str(mapping.get("sourceObjectName")).lower(), str(mapping.get("targetObjectName")).lower()


def _with_own_ids(given: list[Tree], current: list[Tree]) -> list[Tree]:
    """Rows of another job have that job's ids: the own row of the same name, or else the only one, lends its own."""
    ids = {row.get("id") for row in current}
    free = [row for row in current if row.get("id") not in {each.get("id") for each in given}]
    new = []
    for row in given:
        if row.get("id") not in ids:
            alike = [each for each in free if each.get("name") == row.get("name")]
            alike = alike or (free if len(free) == len(given) == 1 else [])
            if alike:
                own = alike[0]
                free.remove(own)
                row = {**row, "id": own.get("id")}
        new.append(row)
    return new
