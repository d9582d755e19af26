# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes the service refuse a schema with ``schemaInvalid`` (graph-api.md section 8.6)."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

from .expression_functions import COMPARISONS, FUNCTIONS
from .scope_filters import OPERATORS, UNARY, UNUSABLE

RULE_DEFAULTS: dict[str, Any] = {
    "containerFilter": None,
    "groupFilter": None,
    "metadata": [],
    "editable": False,
    "priority": 0,
}
MAPPING_DEFAULTS = {
    "defaultValue": None,
    "exportMissingReferences": False,
    "flowBehavior": "FlowWhenChanged",
    "flowType": "Always",
    "matchingPriority": 0,
}


class SchemaProblem(ValueError):
    """Why a schema is refused."""


def completed(schema: dict[str, Any]) -> dict[str, Any]:
    """Fill in what a partial body leaves at its zero value, and sort mappings as the server does."""
    for rule in schema["synchronizationRules"]:
        for key, value in RULE_DEFAULTS.items():
            rule.setdefault(key, deepcopy(value))
        for mapping in rule.get("objectMappings") or []:
            mapping.setdefault("enabled", False)
            mapping.setdefault("flowTypes", "None")
            mapping["flowTypes"] = ",".join(part.strip() for part in mapping["flowTypes"].split(","))
            for key in ("scope", "name"):
                mapping.setdefault(key, None)
            mapping.setdefault("metadata", [])
            entries = [{**MAPPING_DEFAULTS, **entry} for entry in mapping.get("attributeMappings") or []]
            mapping["attributeMappings"] = sorted(entries, key=lambda entry: str(entry.get("targetAttributeName")))
    return schema


def check(new: dict[str, Any], old: dict[str, Any], directories: list[dict[str, Any]]) -> None:
    """Raise :class:`SchemaProblem` when the service would refuse the change from ``old`` to ``new``."""
    rules = new.get("synchronizationRules")
    if not rules:
        raise SchemaProblem("The schema must contain at least one synchronization rule.")
    before = {rule["id"]: rule for rule in old["synchronizationRules"]}
    if {rule.get("id") for rule in rules} != set(before) or len(rules) != len(before):
        raise SchemaProblem("Synchronization rules can be neither added nor removed.")
    for rule in rules:
        _check_rule(rule, before[rule["id"]], directories)


def _check_rule(rule: dict[str, Any], before: dict[str, Any], directories: list[dict[str, Any]]) -> None:
    for name in ("sourceDirectoryName", "targetDirectoryName", "name"):
        if rule.get(name) != before[name]:
            raise SchemaProblem(f"The property '{name}' of rule '{before['name']}' cannot be changed.")
    old = {_pair(mapping): mapping for mapping in before["objectMappings"]}
    new = {_pair(mapping): mapping for mapping in rule.get("objectMappings") or []}
    if set(old) != set(new) or len(new) != len(rule.get("objectMappings") or []):
        raise SchemaProblem("Object mappings can be neither added nor removed.")
    source = _attributes(directories, rule["sourceDirectoryName"])
    target = _attributes(directories, rule["targetDirectoryName"])
    for pair, mapping in new.items():
        if pair == ("User", "User") and not mapping["enabled"]:
            raise SchemaProblem("The user mapping cannot be disabled.")
        _check_mapping(mapping, old[pair], source.get(pair[0], set()), target.get(pair[1], set()))


def _pair(mapping: dict[str, Any]) -> tuple[Any, Any]:
    return mapping.get("sourceObjectName"), mapping.get("targetObjectName")


def _attributes(directories: list[dict[str, Any]], name: str) -> dict[str, set[str]]:
    for directory in directories:
        if directory["name"] == name:
            return {
                item["name"]: {attribute["name"] for attribute in item["attributes"]} for item in directory["objects"]
            }
    return {}


def _joins(mapping: dict[str, Any]) -> list[tuple[int, str, str]]:
    return sorted(
        (
            entry["matchingPriority"],
            str(entry.get("targetAttributeName")),
            str((entry.get("source") or {}).get("expression")),
        )
        for entry in mapping["attributeMappings"]
        if entry["matchingPriority"] > 0
    )


def _check_mapping(mapping: dict[str, Any], before: dict[str, Any], source: set[str], target: set[str]) -> None:
    if _joins(mapping) != _joins(before):
        raise SchemaProblem("The matching attributes of this template can be neither changed nor added.")
    for entry in mapping["attributeMappings"]:
        name = entry.get("targetAttributeName")
        if name not in target:
            raise SchemaProblem(f"The target attribute '{name}' does not exist.")
        if not entry.get("source"):
            raise SchemaProblem(f"The mapping of '{name}' has no source.")
        _check_source(entry["source"], source, str(name))
    scope = mapping.get("scope") or {}
    for part in ("groups", "inputFilterGroups", "categoryFilterGroups"):
        for group in scope.get(part) or []:
            for clause in group.get("clauses") or []:
                _check_clause(clause, source)


def _check_source(source: dict[str, Any], known: set[str], target: str) -> None:
    kind, name = source.get("type"), source.get("name")
    if kind is None:
        raise SchemaProblem(f"The source of '{target}' has no type.")
    if kind == "Attribute" and name not in known:
        raise SchemaProblem(f"The source attribute '{name}' does not exist.")
    if kind == "Attribute" and name == "userType":
        raise SchemaProblem("userType cannot be used as a source attribute.")
    if kind != "Function":
        return
    parameters = source.get("parameters") or []
    if name not in COMPARISONS:
        _check_signature(str(name), [str(entry.get("key")) for entry in parameters])
    for entry in parameters:
        if not entry.get("value"):
            raise SchemaProblem(f"The parameter '{entry.get('key')}' of function '{name}' has no value.")
        _check_source(entry["value"], known, target)


def _check_signature(name: str, keys: list[str]) -> None:
    declared = FUNCTIONS.get(name)
    if declared is None:
        raise SchemaProblem(f"The function '{name}' does not exist.")
    for parameter in declared.parameters:
        if parameter.required and parameter.name not in keys:
            raise SchemaProblem(f"The parameter '{parameter.name}' of function '{name}' is missing.")
    single = {parameter.name for parameter in declared.parameters if not parameter.many}
    repeated = {parameter.name for parameter in declared.parameters if parameter.many}
    for key in keys:
        if key not in single and re.sub(r"\d+$", "", key) not in repeated:
            raise SchemaProblem(f"The function '{name}' has no parameter '{key}'.")


def _check_clause(clause: dict[str, Any], known: set[str]) -> None:
    operator = str(clause.get("operatorName")).upper()
    if operator not in OPERATORS:
        raise SchemaProblem(f"The filter operator '{clause.get('operatorName')}' does not exist.")
    operand = clause.get("sourceOperandName")
    if operand not in known or operand in UNUSABLE:
        raise SchemaProblem(f"The attribute '{operand}' cannot be used in a filter.")
    values = (clause.get("targetOperand") or {}).get("values") or []
    if operator in UNARY and values:
        raise SchemaProblem(f"The filter operator '{operator}' takes no value.")
    if operator not in UNARY and not values:
        raise SchemaProblem(f"The filter operator '{operator}' needs a value.")
    if operator.endswith("REGEX MATCH"):
        try:
            re.compile(str(values[0]))
        except re.error:
            raise SchemaProblem(f"'{values[0]}' is no regular expression.") from None
