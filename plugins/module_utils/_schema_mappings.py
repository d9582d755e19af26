# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Attribute mappings: what is wanted of them, and how that changes a schema's list. PRIVATE to the collection.

What is not wanted otherwise stays byte for byte (graph-api.md section 8.6, domain.md section 4.2).
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ._errors import InputError
from ._schema_expressions import (
    ATTRIBUTE,
    CONSTANT,
    Unparsed,
    attribute,
    attributes_of,
    constant,
    kind_of,
    same_source,
    text_of,
    value_of,
)
from ._types import Tree

FLOWS = {"always": "Always", "on_creation": "ObjectAddOnly"}
_FLOW_WORDS = {flow: word for word, flow in FLOWS.items()}
USER_TYPE, SHOWN = "userType", "showInAddressList"
_SOFT_DELETED = "issoftdeleted"
_UNUSABLE_TARGETS = ("othermails", "proxyaddresses")
_UNUSABLE_SOURCES = ("usertype", "samaccountname")


@dataclass(frozen=True)
class Wish:
    """What is wanted of the mapping of one target attribute. A part that is None stays as it is.

    :param option: where the user says so, for messages.
    :param flow: when it is applied, where the mapping is new.
    """

    target: str
    option: str
    source: Tree | None = None
    apply: str | None = None
    default_value: str | None = None
    absent: bool = False
    flow: str = "Always"


def wishes_of(params: Tree) -> list[Wish]:
    """What the options want of single mappings.

    :raises InputError: something that is never possible.
    """
    wishes = [_wish(entry) for entry in params.get("attribute_mappings") or []]
    user_type, apply = params.get("user_type"), params.get("user_type_apply")
    if user_type or apply:
        source = constant(user_type.capitalize()) if user_type else None
        option = "user_type" if user_type else "user_type_apply"
        wishes.append(Wish(USER_TYPE, option, source, apply, flow=FLOWS["on_creation"]))
    shown = params.get("show_in_address_list")
    if shown is not None:
        wishes.append(Wish(SHOWN, "show_in_address_list", constant(str(shown).lower())))
    named: set[str] = set()
    for wish in wishes:
        if wish.target.lower() in named:
            raise InputError("attribute_mappings", f"{wish.target} is named twice", hint="Name each target once")
        named.add(wish.target.lower())
    return wishes


def _wish(entry: Tree) -> Wish:
    option, target = "attribute_mappings", entry["target"]
    if not target.strip():
        raise InputError(option, "a target is empty", hint="Name an attribute of the target tenant's users")
    if entry["state"] == "absent":
        if target.lower() == _SOFT_DELETED:
            raise _needed(option, target)
        return Wish(target, option, absent=True)
    if entry.get("source") is not None:
        source = attribute(entry["source"])
    elif entry.get("constant") is not None:
        source = constant(entry["constant"])
    else:
        source = Unparsed(entry["expression"])
    if not any(str(entry.get(name) or "").strip() for name in ("source", "expression")) and kind_of(source) != CONSTANT:
        raise InputError(option, f"the source of {target} is empty", hint="Use state=absent to remove a mapping")
    refuse_unusable({"targetAttributeName": target, "source": source}, option)
    return Wish(target, option, source, entry.get("apply"), entry.get("default_value"))


def _needed(option: str, target: str) -> InputError:
    return InputError(
        option,
        f"the mapping of {target} cannot be removed",
        hint="Without it users who are deleted in the source tenant are not deleted in the target tenant",
    )


def refuse_unusable(entry: Tree, option: str) -> None:
    """Refuse a mapping that the service takes and that does not work (domain.md section 4.2).

    :raises InputError: it is one.
    """
    target = str(entry.get("targetAttributeName"))
    if target.lower() in _UNUSABLE_TARGETS:
        raise InputError(option, f"{target} cannot be a target of cross-tenant synchronization")
    for name in sorted(attributes_of(entry.get("source") or {})):
        if name.lower() in _UNUSABLE_SOURCES:
            raise InputError(
                option, f"{name} cannot be a source of cross-tenant synchronization, as it is for {target}"
            )


def changed(entry: Tree, wish: Wish) -> Tree:
    """The mapping as it is wanted; the very same one if it is so already."""
    parts: Tree = {}
    if wish.source is not None and not same_source(entry.get("source"), wish.source):
        parts["source"] = wish.source
    if wish.apply is not None and _flow(entry) != FLOWS[wish.apply]:
        parts["flowType"] = FLOWS[wish.apply]
    if wish.default_value is not None and (entry.get("defaultValue") or "") != wish.default_value:
        parts["defaultValue"] = wish.default_value or None
    return {**entry, **parts} if parts else entry


def entry_for(entries: list[Tree], wish: Wish) -> Tree | None:
    """The mapping that a wish is about.

    :raises InputError: it is there under a name of another spelling.
    """
    names = [_target(entry) for entry in entries]
    if wish.target in names:
        return entries[names.index(wish.target)]
    other = next((name for name in names if name.lower() == wish.target.lower()), None)
    if other is not None:
        raise InputError(
            wish.option, f"{wish.target} is spelled {other}", hint="Names of attributes are case-sensitive"
        )
    return None


def edited(entries: list[Tree], wishes: t.Iterable[Wish]) -> list[Tree]:
    """The mappings as they are wanted. Those that no wish names, and those that are as wanted, are the same objects.

    The service does not see to it that a target is named once: of several mappings of a wanted target the first stays.
    """
    for wish in wishes:
        current = entry_for(entries, wish)
        if wish.absent:
            entries = [entry for entry in entries if _target(entry) != wish.target]
        elif current is None:
            # The service sorts them.
            place = next((number for number, entry in enumerate(entries) if _target(entry) > wish.target), len(entries))
            entries = [*entries[:place], _new(wish), *entries[place:]]
        else:
            place = next(number for number, entry in enumerate(entries) if entry is current)
            rest = (entry for entry in entries[place + 1 :] if _target(entry) != wish.target)
            entries = [*entries[:place], changed(current, wish), *rest]
    return entries


def _new(wish: Wish) -> Tree:
    if wish.source is None:
        raise InputError(
            wish.option, f"nothing is mapped to {wish.target}, so it cannot be said when", hint="Give user_type as well"
        )
    new: Tree = {
        "defaultValue": None,
        "exportMissingReferences": False,
        "flowBehavior": "FlowWhenChanged",
        "flowType": wish.flow,
        "matchingPriority": 0,
        "source": wish.source,
        "targetAttributeName": wish.target,
    }
    return changed(new, wish)


def refuse_changes(before: list[Tree], after: list[Tree], option: str) -> None:
    """Refuse what the service refuses or what breaks the synchronization.

    :raises InputError: a matching attribute is changed, added or removed, or a mapping is not possible.
    """
    old, new = ({_target(entry): entry for entry in entries if is_matching(entry)} for entries in (before, after))
    for target in sorted({*old, *new}):
        if target not in old or target not in new or _whole(old[target]) != _whole(new[target]):
            raise InputError(
                option,
                f"{target} matches users of the two tenants, and matching attributes cannot be changed, added or"
                " removed",
                hint="Leave it as it is, or out of the task",
            )
    left = {_target(entry).lower() for entry in after}
    for target in map(_target, before):
        if target.lower() == _SOFT_DELETED and _SOFT_DELETED not in left:
            raise _needed(option, target)
    known = [_essence(entry) for entry in before]
    for entry in after:
        if _essence(entry) not in known:
            refuse_unusable(entry, option)


def is_matching(entry: Tree) -> bool:
    """Whether users are matched by this mapping."""
    return (entry.get("matchingPriority") or 0) > 0


def mapping_words(entry: Tree) -> Tree:
    """A mapping in the words of the option."""
    source = entry.get("source") or {}
    kind = {ATTRIBUTE: "source", CONSTANT: "constant"}.get(kind_of(source), "expression")
    flow = _flow(entry)
    return {
        kind: text_of(source) if kind == "expression" else value_of(source),
        "apply": _FLOW_WORDS.get(flow, flow),
        **({"default_value": entry["defaultValue"]} if entry.get("defaultValue") else {}),
    }


def by_target(entries: t.Iterable[Tree]) -> dict[str, Tree]:
    """The mappings by their targets; a target's second one is told apart by its number."""
    named: dict[str, Tree] = {}
    for entry in entries:
        name, number = _target(entry), 1
        while name in named:
            number += 1
            name = f"{_target(entry)} ({number})"
        named[name] = entry
    return named


def _target(entry: Tree) -> str:
    return str(entry.get("targetAttributeName"))


def _essence(entry: Tree) -> tuple[t.Any, ...]:
    return _target(entry), entry.get("matchingPriority") or 0, text_of(entry.get("source") or {})


def _whole(entry: Tree) -> tuple[t.Any, ...]:
    behavior = entry.get("flowBehavior") or "FlowWhenChanged"
    return *_essence(entry), _flow(entry), behavior, entry.get("defaultValue") or ""


def _flow(entry: Tree) -> str:
    """When a mapping is applied, in the spelling of the metadata where that knows it."""
    flow = str(entry.get("flowType") or FLOWS["always"])
    return next((known for known in FLOWS.values() if known.lower() == flow.lower()), flow)
