# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the options that are not raw want of a schema, and how that changes its rules. PRIVATE to the collection."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from . import _schema_filters as filters
from . import _schema_mappings as mappings
from ._errors import InputError
from ._jobs import object_mapping
from ._schema_expressions import Unparsed, attributes_of
from ._schema_view import ACTIONS, flags
from ._schema_vocabulary import known_attribute
from ._types import Tree

if t.TYPE_CHECKING:
    from ._schema_vocabulary import Vocabulary

# Those about users come first.
OPTIONS = (
    "user_type",
    "user_type_apply",
    "show_in_address_list",
    "attribute_mappings",
    "scoping_filters",
    "target_object_actions",
    "group_mapping_enabled",
)


class Intents:
    """The wishes of a task. What none of them names stays as it is.

    :raises InputError: one is never possible.
    """

    def __init__(self, params: Tree) -> None:
        self._wishes = mappings.wishes_of(params)
        self._filters: list[Tree] | None = params.get("scoping_filters")
        filters.check_filters(self._filters)
        # The filters in Graph's form, once it is known how the service spells them.
        self._groups: list[Tree] | None = None
        actions = params.get("target_object_actions") or {}
        self._actions = {ACTIONS[name]: wanted for name, wanted in actions.items() if wanted is not None}
        self._group_mapping: bool | None = params.get("group_mapping_enabled")
        self._about_users = bool(self._wishes or self._actions) or self._filters is not None

    def unknown(self) -> Tree:
        """A schema that is not there yet, of which nothing is known but what every one has."""
        user_type = {"targetAttributeName": mappings.USER_TYPE, "flowType": mappings.FLOWS["on_creation"]}
        only_when = any(wish.target == mappings.USER_TYPE and wish.source is None for wish in self._wishes)
        users = {
            "sourceObjectName": "User",
            "targetObjectName": "User",
            "enabled": True,
            "flowTypes": ",".join(ACTIONS.values()),
            "attributeMappings": [user_type] if only_when else [],
        }
        groups = {"sourceObjectName": "Group", "targetObjectName": "Group", "enabled": False}
        return {"synchronizationRules": [{"objectMappings": [users, groups]}]}

    # What has to be asked

    def prepare(self, vocabulary: Vocabulary, rules: list[Tree]) -> None:
        """Ask what has to be known to change the rules; where nothing differs, nothing.

        :raises InputError: a wish is not possible for this schema.
        """
        if self._about_users:
            rule, users = _needed(rules, "User")
            self._prepare_mappings(vocabulary, rule, users.get("attributeMappings") or [])
            self._prepare_filters(vocabulary, rule, users)

    def _prepare_mappings(self, vocabulary: Vocabulary, rule: Tree, entries: list[Tree]) -> None:
        """Turn expressions into trees, and see that attributes exist, of mappings that are not as they are wanted."""
        for place, wish in enumerate(self._wishes):
            entry = mappings.entry_for(entries, wish)
            if wish.absent or wish.source is None or (entry is not None and mappings.changed(entry, wish) is entry):
                continue
            mappings.refuse_changes(entries, mappings.edited(entries, [wish]), wish.option)
            # The attributes behind the other options are every tenant's.
            if wish.option == "attribute_mappings":
                used = {str(each.get("targetAttributeName")) for each in entries}
                targets = vocabulary.attributes(rule.get("targetDirectoryName"), used)
                if targets is not None:
                    known_attribute(wish.target, targets, used, wish.option, "target")
                _read_attributes(vocabulary, rule, entries, attributes_of(wish.source), wish.option)
            if isinstance(wish.source, Unparsed):
                self._wishes[place] = replace(wish, source=vocabulary.source(wish.source, wish.option))

    def _prepare_filters(self, vocabulary: Vocabulary, rule: Tree, users: Tree) -> None:
        """Put the filters into Graph's form; if they differ, in the service's own words."""
        if self._filters is None:
            return
        self._groups = filters.as_typed(self._filters)
        there = _filter_groups(users)
        if not self._filters or filters.edited(there, self._groups) is there:
            return
        operators = vocabulary.operators()
        self._groups = filters.spelled(self._filters, operators)
        names = filters.attributes_in(self._groups)
        known = _read_attributes(vocabulary, rule, users.get("attributeMappings") or [], names, filters.OPTION)
        if known is not None:
            filters.check_types(self._groups, operators, known)

    # What changes

    def edited(self, rules: list[Tree]) -> list[Tree]:
        """The rules as they are wanted. What is as wanted, and what is not named, are the same objects.

        :raises InputError: a wish is not possible for this schema.
        """
        if self._about_users:
            dummy, users = _needed(rules, "User")
            rules = _with(rules, users, {**users, **self._changed(users)})
        # Where groups are not mapped at all, they are not synchronized.
        if self._group_mapping or (self._group_mapping is not None and object_mapping(rules, "Group")):
            dummy, groups = _needed(rules, "Group")
            if groups.get("enabled") != self._group_mapping:
                rules = _with(rules, groups, {**groups, "enabled": self._group_mapping})
        return rules

    def _changed(self, users: Tree) -> Tree:
        """The parts of the mapping of users that are not as they are wanted."""
        parts: Tree = {}
        entries = users.get("attributeMappings") or []
        edited = mappings.edited(entries, self._wishes)
        if edited != entries:
            parts["attributeMappings"] = edited
        if self._groups is not None:
            there = _filter_groups(users)
            groups = filters.edited(there, self._groups)
            if groups is not there:
                parts["scope"] = {**(users.get("scope") or {}), "groups": groups}
        allowed = flags(users.get("flowTypes"))
        flows = [flag for flag in ACTIONS.values() if self._actions.get(flag, flag in allowed)]
        flows += [flag for flag in allowed if flag not in flows and flag not in self._actions]
        if set(flows) != set(allowed):
            parts["flowTypes"] = ",".join(flows) or "None"
        return parts


def _read_attributes(
    vocabulary: Vocabulary, rule: Tree, entries: list[Tree], names: set[str], option: str
) -> dict[str, Tree] | None:
    """See that the source tenant's users have these attributes; returns all that they have, as far as it is known."""
    used = {name for entry in entries for name in attributes_of(entry.get("source") or {})}
    known = vocabulary.attributes(rule.get("sourceDirectoryName"), used)
    for name in sorted(names) if known is not None else ():
        known_attribute(name, known or {}, used, option, "source")
    return known


def _filter_groups(users: Tree) -> list[Tree]:
    """The groups of the filter; the other two lists of groups in it are the service's own."""
    return (users.get("scope") or {}).get("groups") or []


def _needed(rules: list[Tree], kind: str) -> tuple[Tree, Tree]:
    found = object_mapping(rules, kind)
    if found is None:
        option = "group_mapping_enabled" if kind == "Group" else "state"
        raise InputError(option, f"the schema does not map {kind.lower()}s", hint="Reset it with state=default")
    return found


def _with(rules: list[Tree], old: Tree, new: Tree) -> list[Tree]:
    """The rules with one object mapping in another's place."""
    return [
        {**rule, "objectMappings": [new if each is old else each for each in rule["objectMappings"]]}
        if any(each is old for each in rule.get("objectMappings") or [])
        else rule
        for rule in rules
    ]
