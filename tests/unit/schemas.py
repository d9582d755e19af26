# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Schemas as the service shows them (graph-api.md section 8.6), with more in them than anybody has documented."""

from __future__ import annotations

import typing as t

from unit.factories import JOB, RULE

Tree = dict[str, t.Any]

SOURCE_DIRECTORY, TARGET_DIRECTORY = "Microsoft Entra ID", "Microsoft Entra ID (target tenant)"


def attribute(name: str) -> Tree:
    """A source that reads an attribute."""
    return {"expression": f"[{name}]", "name": name, "type": "Attribute", "parameters": []}


def constant(value: str) -> Tree:
    """A source that is always the same."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return {"expression": f'"{escaped}"', "name": value, "type": "Constant", "parameters": []}


def function(name: str, expression: str, **parameters: Tree) -> Tree:
    """A source that computes."""
    rows = [{"key": key, "value": value} for key, value in parameters.items()]
    return {"expression": expression, "name": name, "type": "Function", "parameters": rows}


def mapping(target: str, source: Tree, **more: t.Any) -> Tree:
    """An attribute mapping."""
    return {
        "defaultValue": None,
        "exportMissingReferences": False,
        "flowBehavior": "FlowWhenChanged",
        "flowType": "Always",
        "matchingPriority": 0,
        "targetAttributeName": target,
        "source": source,
        **more,
    }


NET_ID = function("AltSecIdFromNetId", "AltSecIdFromNetId([netId])", netId=attribute("netId"))
MATCHING = mapping("alternativeSecurityIds", NET_ID, matchingPriority=1)
SOFT_DELETED = mapping("IsSoftDeleted", attribute("IsSoftDeleted"))
USER_TYPE = mapping("userType", constant("Member"), flowType="ObjectAddOnly")
SHOWN = mapping("showInAddressList", constant("true"))
DEPARTMENT = mapping("department", attribute("department"), undocumented={"a": [1, 2.5, None]})
MAPPINGS = (SOFT_DELETED, MATCHING, DEPARTMENT, SHOWN, USER_TYPE)


def clause(name: str, operator: str, *values: str, **more: t.Any) -> Tree:
    """A clause of a filter."""
    operand = {"targetOperand": {"values": list(values)}} if values else {}
    return {"operatorName": operator, "sourceOperandName": name, **operand, **more}


EXTERNAL = {"name": "Filter external users", "clauses": [clause("alternativeSecurityIds", "EQUALS", "None")]}


def scope(*groups: Tree, built_in_first: bool = True) -> Tree:
    """A filter; what is built in stands in front of the groups or not at all."""
    return {"categoryFilterGroups": [], "groups": list(groups), "inputFilterGroups": [EXTERNAL] * built_in_first}


def users(*entries: Tree, **more: t.Any) -> Tree:
    """The mapping of users."""
    return {
        "enabled": True,
        "flowTypes": "Add,Update,Delete",
        "name": "Provision Microsoft Entra ID Users",
        "sourceObjectName": "User",
        "targetObjectName": "User",
        "scope": scope(),
        "attributeMappings": list(entries or MAPPINGS),
        "metadata": [{"key": "EscrowBehavior", "value": "Default"}],
        "undocumented": "kept",
        **more,
    }


def groups(**more: t.Any) -> Tree:
    """The mapping of groups."""
    return {
        "enabled": False,
        "flowTypes": "Add,Update,Delete",
        "name": "",
        "sourceObjectName": "Group",
        "targetObjectName": "Group",
        "scope": None,
        "attributeMappings": [mapping("displayName", attribute("displayName"))],
        "metadata": [],
        **more,
    }


def rule(*mappings: Tree, **more: t.Any) -> Tree:
    """A rule."""
    return {
        "containerFilter": None,
        "editable": True,
        "groupFilter": None,
        "id": RULE,
        "metadata": [{"key": "supportsProvisionOnDemand", "value": "True"}],
        "name": "USER_INBOUND_USER",
        "priority": 1,
        "sourceDirectoryName": SOURCE_DIRECTORY,
        "targetDirectoryName": TARGET_DIRECTORY,
        "objectMappings": list(mappings or (users(), groups())),
        "undocumented": [],
        **more,
    }


def schema(*rules: Tree, version: str = "v1", **more: t.Any) -> Tree:
    """A schema."""
    return {
        "id": JOB,
        "version": version,
        "undocumented": True,
        "synchronizationRules": list(rules or [rule()]),
        **more,
    }


def with_users(version: str = "v1", **more: t.Any) -> Tree:
    """A schema whose mapping of users is like this."""
    return schema(rule(users(**more), groups()), version=version)


def with_mappings(*entries: Tree, version: str = "v1") -> Tree:
    """A schema with these mappings of users."""
    return schema(rule(users(*entries), groups()), version=version)


def directory(name: str, *attributes: str, **types: str) -> Tree:
    """A directory whose users have these attributes, texts unless said otherwise; ``many`` are several texts."""
    unused = [f"extensionAttribute{number}" for number in range(2, 16)]
    rows = [{"name": each, "type": "String", "multivalued": False} for each in (*attributes, *unused)]
    rows += [
        {"name": each, "type": "String" if kind == "many" else kind, "multivalued": kind == "many"}
        for each, kind in types.items()
    ]
    return {
        "id": name,
        "name": name,
        "objects": [{"name": "Group", "attributes": []}, {"name": "User", "attributes": rows}],
    }


_BOTH = (
    "IsSoftDeleted",
    "alternativeSecurityIds",
    "department",
    "city",
    "displayName",
    "employeeId",
    "extensionAttribute1",
)
DIRECTORIES = (
    directory(
        SOURCE_DIRECTORY, *_BOTH, "netId", accountEnabled="Boolean", level="Integer", born="DateTime", phones="many"
    ),
    directory(TARGET_DIRECTORY, *_BOTH, "showInAddressList", "userType"),
)


def operator(name: str, arity: str = "Binary", *types: str) -> Tree:
    """An operator in the service's list."""
    return {"id": name, "arity": arity, "multivaluedComparisonType": "Any", "supportedAttributeTypes": list(types)}


# Not spelled as documented: the casing is unconfirmed (section 17).
OPERATORS = (
    operator("Equals", "Binary", "String", "Boolean", "Integer"),
    operator("NOT EQUALS"),
    operator("IS TRUE", "Unary", "Boolean"),
    operator("IS NOT NULL", "Unary"),
    operator("Greater_Than", "Binary", "Integer"),
    operator("REGEX MATCH", "Binary", "String"),
)
FUNCTIONS: tuple[Tree, ...] = tuple({"id": name, "parameters": []} for name in ("Join", "ToUpper", "AltSecIdFromNetId"))
