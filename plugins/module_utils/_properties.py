# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Properties as data: an option, where Graph keeps it, and how the two compare. PRIVATE to the collection."""

from __future__ import annotations

import copy
import operator
import typing as t
from dataclasses import dataclass

from ._types import Tree

LEAVE = object()


def unchanged(value: t.Any) -> t.Any:
    """The value as it is: Graph and the option agree on its form."""
    return value


@dataclass(frozen=True)
class Property:
    """One row of a resource's table.

    :param option: the option's name; a dot leads into a dictionary option.
    :param path: where Graph keeps it; a dot leads into a complex property.
    :param to_graph: the option's value in Graph's form.
    :param to_option: Graph's value in the option's form.
    :param same: whether two values in Graph's form mean the same.
    :param cleared: Graph's form of "nothing", for a dictionary option that is given empty; ``LEAVE`` leaves it alone.
    """

    option: str
    path: str
    to_graph: t.Callable[[t.Any], t.Any] = unchanged
    to_option: t.Callable[[t.Any], t.Any] = unchanged
    same: t.Callable[[t.Any, t.Any], bool] = operator.eq
    cleared: t.Any = None


@dataclass(frozen=True)
class Change:
    """A property that is not as it should be; both values in Graph's form."""

    row: Property
    before: t.Any
    after: t.Any


def desired_values(rows: t.Iterable[Property], params: Tree) -> dict[Property, t.Any]:
    """What the user named, in Graph's form.

    An option left out is not in it. A dictionary option given empty clears each of its members.
    """
    desired: dict[Property, t.Any] = {}
    for row in rows:
        parent, dot, member = row.option.rpartition(".")
        holder = value_at(params, parent) if dot else params
        if not isinstance(holder, dict):
            continue
        if holder.get(member) is not None:
            desired[row] = row.to_graph(holder[member])
        elif dot and row.cleared is not LEAVE and all(value is None for value in holder.values()):
            desired[row] = row.cleared
    return desired


def compare(desired: t.Mapping[Property, t.Any], current: Tree) -> list[Change]:
    """Where the current object differs from what is desired."""
    changes = []
    for row, after in desired.items():
        before = value_at(current, row.path)
        if not (before is after is None or (before is not None and after is not None and row.same(before, after))):
            changes.append(Change(row, before, after))
    return changes


def body_of(rows: t.Iterable[Property], current: Tree, changes: t.Iterable[Change]) -> Tree:
    """The body that makes the changes.

    A complex property goes whole, with the current value of its unnamed members, because it is unconfirmed whether
    Graph merges inside one (graph-api.md section 4.3). One whose members are all cleared goes as null.
    """
    after = {change.row.path: change.after for change in changes}
    touched = {path.split(".")[0] for path in after}
    body: Tree = {}
    for row in rows:
        top = row.path.split(".")[0]
        if top in touched:
            value = after.get(row.path, value_at(current, row.path))
            if value is not None:
                put_at(body, row.path, value)
            else:
                body.setdefault(top, None)
    return body


def applied(current: Tree, changes: t.Iterable[Change]) -> Tree:
    """The object as it is after the changes."""
    after = copy.deepcopy(current)
    for change in changes:
        put_at(after, change.row.path, change.after)
    return after


def as_options(rows: t.Iterable[Property], current: Tree) -> Tree:
    """An object of Graph's in the words of the options."""
    view: Tree = {}
    for row in rows:
        value = value_at(current, row.path)
        put_at(view, row.option, None if value is None else row.to_option(value))
    return view


def changes_as_options(changes: t.Iterable[Change]) -> tuple[Tree, Tree]:
    """The changed properties before and after, in the words of the options."""
    before: Tree = {}
    after: Tree = {}
    for change in changes:
        for view, value in ((before, change.before), (after, change.after)):
            put_at(view, change.row.option, None if value is None else change.row.to_option(value))
    return before, after


def value_at(tree: t.Any, path: str) -> t.Any:
    """The value at a dotted path; None where there is none."""
    for name in path.split("."):
        if not isinstance(tree, dict):
            return None
        tree = tree.get(name)
    return tree


def put_at(tree: Tree, path: str, value: t.Any) -> None:
    """Put a value at a dotted path, making the dictionaries on the way."""
    *parents, last = path.split(".")
    for name in parents:
        if not isinstance(tree.get(name), dict):
            tree[name] = {}
        tree = tree[name]
    tree[last] = value
