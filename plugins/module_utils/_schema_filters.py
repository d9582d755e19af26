# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scoping filters: groups of clauses, one of which has to hold (graph-api.md section 8.6). PRIVATE to the collection.

The template's own filter keeps external users of the source tenant out. It is known by what it looks at. Where it
stands among the groups, and not in front of them, a group beside it would let those users in, so it is made a part
of every group (domain.md section 4.4).
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ._errors import InputError
from ._types import Tree

OPTION = "scoping_filters"
BUILT_IN_ATTRIBUTE = "alternativeSecurityIds"
BUILT_IN_NAME = "Filter external users"
# What filters cannot look at, however the directory describes it.
_UNUSABLE = ("usertype", "manager", "members", "ismemberof", "approleassignments", "proxyaddresses", "othermails")
_INTEGER = re.compile(r"[+-]?\d+")


@dataclass(frozen=True)
class Operator:
    """An operator as the service spells it, and what it takes."""

    name: str
    unary: bool
    types: tuple[str, ...] = ()

    @property
    def takes_integers(self) -> bool:
        """Whether its values are numbers."""
        return operator_key(self.name) in ("greaterthan", "greaterthanorequals", "&", "!&")


def operator_key(name: t.Any) -> str:
    """What all spellings of an operator have in common."""
    return re.sub(r"[\s_-]+", "", str(name)).lower()


_UNARY = ("IS TRUE", "IS FALSE", "IS NULL", "IS NOT NULL")
_BINARY = (
    "EQUALS",
    "NOT EQUALS",
    "REGEX MATCH",
    "NOT REGEX MATCH",
    "GREATER_THAN",
    "GREATER_THAN_OR_EQUALS",
    "ENDS_WITH",
    "INCLUDES",
    "&",
    "!&",
)
# The documented ones, for when the service's own list cannot be had.
DOCUMENTED = {operator_key(name): Operator(name, name in _UNARY) for name in (*_UNARY, *_BINARY)}


def operators_of(rows: t.Iterable[Tree]) -> dict[str, Operator]:
    """The service's list of operators, by what all their spellings have in common."""
    found: dict[str, Operator] = {}
    for row in rows:
        types = row.get("supportedAttributeTypes") or []
        types = tuple(str(each).strip() for each in (types.split(",") if isinstance(types, str) else types))
        for name in names_of(row):
            found.setdefault(operator_key(name), Operator(name, str(row.get("arity")).lower() == "unary", types))
    return found


def names_of(row: Tree) -> list[str]:
    """What an operator or function is called: documented as its id, and as its name (section 8.6)."""
    return [str(row[name]) for name in ("id", "name") if row.get(name)]


def check_filters(groups: list[Tree] | None) -> None:
    """Refuse filters that no service would take.

    :raises InputError: one is.
    """
    names = [group["name"].strip() for group in groups or []]
    for name, group in zip(names, groups or [], strict=True):
        if not name:
            raise InputError(OPTION, "a group has no name", hint="Name it: the provisioning log shows the name")
        if names.count(name) > 1:
            raise InputError(OPTION, f"two groups are named '{name}'", hint="Give each a name of its own")
        if not group["clauses"]:
            raise InputError(OPTION, f"group '{name}' has no clauses", hint="Leave the group out, or give it a clause")
        for clause in group["clauses"]:
            _check_attribute(clause["attribute"])


def _check_attribute(name: str) -> None:
    if not name.strip():
        raise InputError(OPTION, "a clause has no attribute")
    if name.lower() in _UNUSABLE:
        raise InputError(OPTION, f"filters cannot look at {name}", hint="Use another attribute, or assign a group")
    if name.lower() == BUILT_IN_ATTRIBUTE.lower():
        raise InputError(
            OPTION,
            f"{name} belongs to the built-in filter against external users",
            hint="Leave it out: it stays in force",
        )


def spelled(groups: list[Tree], operators: t.Mapping[str, Operator]) -> list[Tree]:
    """The filters in Graph's form, operators spelled as the service spells them.

    :raises InputError: an operator is not known, or is given too few or too many values.
    """
    return [
        {"clauses": [_clause(clause, operators) for clause in group["clauses"]], "name": group["name"].strip()}
        for group in groups
    ]


def as_typed(groups: list[Tree]) -> list[Tree]:
    """The filters in Graph's form, operators spelled as they were typed: enough to compare."""
    return [
        {"clauses": [_operand(each, each["operator"]) for each in group["clauses"]], "name": group["name"].strip()}
        for group in groups
    ]


def _operand(clause: Tree, operator: str) -> Tree:
    """A clause in Graph's form; an operator without values has no operand (section 8.6)."""
    found: Tree = {"operatorName": operator, "sourceOperandName": clause["attribute"]}
    return {**found, "targetOperand": {"values": clause["values"]}} if clause.get("values") else found


def _clause(clause: Tree, operators: t.Mapping[str, Operator]) -> Tree:
    operator = operators.get(operator_key(clause["operator"]))
    values = clause.get("values") or []
    what = f"'{clause['attribute']} {clause['operator']}'"
    if operator is None:
        known = ", ".join(sorted(each.name for each in operators.values()))
        raise InputError(OPTION, f"there is no operator '{clause['operator']}'", hint=f"The service knows {known}")
    if operator.unary and values:
        raise InputError(OPTION, f"{what} takes no values", hint="Leave values out")
    if not operator.unary and not values:
        raise InputError(OPTION, f"{what} needs values")
    if operator.takes_integers and not all(_INTEGER.fullmatch(value.strip()) for value in values):
        raise InputError(OPTION, f"{what} takes whole numbers, and it is given {', '.join(values)}")
    return _operand(clause, operator.name)


def check_types(groups: list[Tree], operators: t.Mapping[str, Operator], attributes: t.Mapping[str, Tree]) -> None:
    """Refuse clauses whose attribute is none that filters, or this operator, can look at.

    :param groups: the filters in Graph's form.
    :raises InputError: one is.
    """
    for clause in (clause for group in groups for clause in group["clauses"]):
        name = clause["sourceOperandName"]
        definition = attributes.get(name) or {}
        kind = str(definition.get("type") or "")
        if definition.get("multivalued") or kind.lower() in ("reference", "datetime"):
            word = "has several values" if definition.get("multivalued") else f"is a {kind}"
            raise InputError(OPTION, f"filters cannot look at {name}, which {word}")
        operator = operators[operator_key(clause["operatorName"])]
        if kind and operator.types and kind.lower() not in map(str.lower, operator.types):
            raise InputError(
                OPTION,
                f"{operator.name} cannot look at {name}, which is a {kind}",
                hint=f"It takes {', '.join(operator.types)}",
            )


def attributes_in(groups: t.Iterable[Tree]) -> set[str]:
    """The attributes that filters in Graph's form look at."""
    return {str(clause.get("sourceOperandName")) for group in groups for clause in group.get("clauses") or []}


def edited(groups: list[Tree], wanted: list[Tree]) -> list[Tree]:
    """The groups as they are wanted; the very same list if it means the same.

    :param wanted: the user's groups in Graph's form; none of them is built in.
    """
    built_in = _built_in(groups)
    if not wanted:
        target = built_in
    elif not built_in:
        target = wanted
    else:
        target = [{**group, "clauses": [*group["clauses"], *each["clauses"]]} for group in wanted for each in built_in]
    if sorted(map(_group_key, target)) == sorted(map(_group_key, groups)):
        return groups
    return [_grafted(group, groups) for group in target]


def filters_words(groups: t.Iterable[Tree]) -> list[Tree]:
    """The user's groups in the words of the option; what is built in is not among them."""
    found: list[Tree] = []
    for group in groups:
        clauses = [_clause_words(clause) for clause in group.get("clauses") or [] if not _is_built_in(clause)]
        words = {"name": str(group.get("name") or ""), "clauses": clauses}
        if (clauses or not group.get("clauses")) and words not in found:
            found.append(words)
    return found


def _clause_words(clause: Tree) -> Tree:
    return {
        "attribute": clause.get("sourceOperandName"),
        "operator": clause.get("operatorName"),
        "values": _values(clause),
    }


def _built_in(groups: t.Iterable[Tree]) -> list[Tree]:
    """What is built in, each as the group that it is when it stands alone."""
    found: dict[t.Any, Tree] = {}
    for group in sorted(groups, key=lambda group: not _stands_alone(group)):
        clauses = [clause for clause in group.get("clauses") or [] if _is_built_in(clause)]
        alone = group if _stands_alone(group) else {"clauses": clauses, "name": BUILT_IN_NAME}
        if clauses:
            found.setdefault(tuple(sorted(map(_clause_key, clauses))), alone)
    return list(found.values())


def _stands_alone(group: Tree) -> bool:
    clauses = group.get("clauses") or []
    return bool(clauses) and all(map(_is_built_in, clauses))


def _is_built_in(clause: Tree) -> bool:
    return str(clause.get("sourceOperandName")).lower() == BUILT_IN_ATTRIBUTE.lower()


def _grafted(group: Tree, groups: list[Tree]) -> Tree:
    """The group with all that is there of it: what else its namesake holds, and clauses that stay."""
    old = next((each for each in groups if each.get("name") == group["name"]), {})
    there = {_clause_key(clause): clause for clause in old.get("clauses") or []}
    return {**old, **group, "clauses": [there.get(_clause_key(clause), clause) for clause in group["clauses"]]}


def _group_key(group: Tree) -> tuple[t.Any, ...]:
    return str(group.get("name") or ""), tuple(sorted(map(_clause_key, group.get("clauses") or [])))


def _clause_key(clause: Tree) -> tuple[t.Any, ...]:
    return (
        str(clause.get("sourceOperandName")),
        operator_key(clause.get("operatorName")),
        tuple(sorted(_values(clause))),
    )


def _values(clause: Tree) -> list[str]:
    return [str(value) for value in (clause.get("targetOperand") or {}).get("values") or []]
