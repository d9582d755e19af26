# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A schema in the words of the options, and what differs between two. PRIVATE to the collection."""

from __future__ import annotations

import typing as t

from ._jobs import object_mapping
from ._schema_expressions import CONSTANT, kind_of, value_of
from ._schema_filters import filters_words
from ._schema_mappings import SHOWN, USER_TYPE, by_target, is_matching, mapping_words
from ._types import Tree

RULES, DIRECTORIES = "synchronizationRules", "directories"
ACTIONS = {"create": "Add", "update": "Update", "delete": "Delete"}
# What a list's entry is known by, whichever of them it has.
_LABELS = ("targetAttributeName", "key", "name", "id")
# Ids and versions are the service's own.
_NOT_COMPARED = ("id", "version", "discoveryDateTime")
# Mappings that options have words for, and what words say of any mapping.
_WORDS_OF = {USER_TYPE: ("user_type", "user_type_apply"), SHOWN: ("show_in_address_list",)}
_WORDED_PARTS = ("targetAttributeName", "source", "flowType", "defaultValue")
_ORDINARY = {"flowType": "Always", "flowBehavior": "FlowWhenChanged"}


def flags(text: t.Any) -> list[str]:
    """The members of a value that is several at a time, those that are known in the spelling of the metadata."""
    spelled = {flag.lower(): flag for flag in ACTIONS.values()}
    parts = (part.strip() for part in str(text or "").split(","))
    return [spelled.get(part.lower(), part) for part in parts if part.lower() not in ("", "none")]


def words(rules: t.Any) -> Tree:
    """What the options can say about a schema. Mappings are by target."""
    dummy, users = object_mapping(rules, "User") or ({}, {})
    dummy, groups = object_mapping(rules, "Group") or ({}, {})
    mappings = by_target(users.get("attributeMappings") or [])
    flows = flags(users.get("flowTypes"))
    user_type, shown = _constant(mappings.get(USER_TYPE)), _constant(mappings.get(SHOWN))
    return {
        "user_type": user_type.lower() if user_type is not None else None,
        "user_type_apply": mapping_words(mappings[USER_TYPE])["apply"] if USER_TYPE in mappings else None,
        "show_in_address_list": {"true": True, "false": False}.get((shown or "").lower()),
        "attribute_mappings": {name: mapping_words(entry) for name, entry in mappings.items()},
        "scoping_filters": filters_words((users.get("scope") or {}).get("groups") or []),
        "target_object_actions": {word: flag in flows for word, flag in ACTIONS.items()},
        "group_mapping_enabled": groups.get("enabled"),
    }


def entries_of(rules: t.Any) -> list[Tree]:
    """The attribute mappings of users in Graph's form."""
    dummy, users = object_mapping(rules, "User") or ({}, {})
    return users.get("attributeMappings") or []


def mappings_list(rules: t.Any) -> list[Tree]:
    """The attribute mappings of users as modules return them."""
    found = []
    for entry in entries_of(rules):
        row = mapping_words(entry)
        kind = next(name for name in ("source", "constant", "expression") if name in row)
        found.append(
            {
                "target": entry.get("targetAttributeName"),
                "kind": kind,
                "source": row.get("source"),
                "constant": row.get("constant"),
                "expression": row.get("expression"),
                "apply": row["apply"],
                "default_value": row.get("default_value"),
                "matching": is_matching(entry),
            }
        )
    return found


def _constant(entry: Tree | None) -> str | None:
    source = (entry or {}).get("source") or {}
    return value_of(source) if source and kind_of(source) == CONSTANT else None


def flat(value: t.Any) -> dict[str, t.Any]:
    """A part of a schema as paths to what is in it, in no order, without what means nothing."""
    return dict(_leaves(value, ""))


def _leaves(value: t.Any, path: str) -> t.Iterator[tuple[str, t.Any]]:
    if isinstance(value, dict):
        for name, member in value.items():
            if "@odata." not in name and name not in _NOT_COMPARED and _ORDINARY.get(name) != member:
                member = ",".join(sorted(flags(member))) if name == "flowTypes" else member
                yield from _leaves(member, f"{path}/{name}" if path else name)
    elif isinstance(value, list) and any(isinstance(entry, dict) for entry in value):
        taken: dict[str, int] = {}
        for entry in value:
            label = _label(entry)
            taken[label] = number = taken.get(label, 0) + 1
            name = (label if number == 1 else f"{label} ({number})") if label else str(number)
            yield from _leaves(entry, f"{path}/{name}" if path else name)
    elif value not in (None, "", False, 0, []):
        yield path, value


def _label(entry: t.Any) -> str:
    if not isinstance(entry, dict):
        return ""
    if "sourceObjectName" in entry:
        return f"{entry['sourceObjectName']} to {entry.get('targetObjectName')}"
    return next((str(entry[name]) for name in _LABELS if entry.get(name)), "")


def differences(before: Tree, after: Tree) -> tuple[Tree, Tree]:
    """What two schemas differ in: in the words of the options where they have words, else by path under ``schema``.

    :param before: rules, and whatever else of the schema is compared, by their names in Graph's form.
    """
    old, new = words(before.get(RULES)), words(after.get(RULES))
    _say_once(old, new)
    said = {name for name in new if old[name] != new[name]}
    targets = {target for target, names in _WORDS_OF.items() if said & set(names)}
    targets |= set(_rest(old["attribute_mappings"], new["attribute_mappings"]))
    targets |= set(_rest(new["attribute_mappings"], old["attribute_mappings"]))
    one_sided = targets - set(by_target(entries_of(before.get(RULES)))) | targets - set(
        by_target(entries_of(after.get(RULES)))
    )
    covered = tuple({path for each in (before, after) for path in _covered(each, said, targets, one_sided)})
    one, other = flat(before), flat(after)
    unsaid = sorted(
        path for path in {**one, **other} if one.get(path) != other.get(path) and not f"{path}/".startswith(covered)
    )
    return _part(old, new, said, one, unsaid), _part(new, old, said, other, unsaid)


def _part(view: Tree, other: Tree, said: set[str], paths: Tree, unsaid: list[str]) -> Tree:
    """One side of what differs."""
    part: Tree = {name: _rest(view[name], other[name]) for name in view if name in said}
    part["schema"] = {path: paths[path] for path in unsaid if path in paths}
    return {name: value for name, value in part.items() if value != {}}


def _say_once(old: Tree, new: Tree) -> None:
    """What has words of its own is said by them if they say all of it, else as a mapping."""
    for target, names in _WORDS_OF.items():
        worded = ("constant", "apply") if "user_type_apply" in names else ("constant",)
        sides = [view["attribute_mappings"][target] for view in (old, new) if target in view["attribute_mappings"]]
        rests = [{name: value for name, value in side.items() if name not in worded} for side in sides]
        by_words = all("constant" in side for side in sides) and all(rest == rests[0] for rest in rests)
        for view in (old, new):
            if by_words:
                view["attribute_mappings"].pop(target, None)
            else:
                view.update(dict.fromkeys(names))


def _rest(value: t.Any, other: t.Any) -> t.Any:
    """The part of a value that the other one has not."""
    if isinstance(value, dict) and isinstance(other, dict):
        return {
            name: _rest(member, other.get(name))
            for name, member in value.items()
            if name not in other or member != other[name]
        }
    if isinstance(value, list) and isinstance(other, list):
        return [member for member in value if member not in other]
    return value


def _covered(schema: Tree, said: set[str], targets: set[str], one_sided: set[str]) -> set[str]:
    """Where in the schema that is what has been said; of a mapping that is only there before or after, all of it."""
    covered: set[str] = set()
    for kind in ("User", "Group"):
        found = object_mapping(schema.get(RULES), kind)
        if found is None:
            continue
        number = next(number for number, rule in enumerate(schema[RULES], 1) if rule is found[0])
        top = f"{RULES}/{_label(found[0]) or number}/objectMappings/{_label(found[1])}"
        if kind == "Group":
            covered |= {f"{top}/enabled/"} if "group_mapping_enabled" in said else set()
            continue
        covered |= {f"{top}/attributeMappings/{target}/{part}/" for target in targets for part in _WORDED_PARTS}
        covered |= {f"{top}/attributeMappings/{target}/" for target in one_sided}
        covered |= {f"{top}/scope/groups/"} if "scoping_filters" in said else set()
        covered |= {f"{top}/flowTypes/"} if "target_object_actions" in said else set()
    return covered
