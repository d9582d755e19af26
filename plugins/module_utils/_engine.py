# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read, compare once, then change or predict. PRIVATE to the collection.

Knows no noun, no HTTP and no AnsibleModule. Check mode differs from a real run only by not sending.
"""

from __future__ import annotations

import typing as t

from ._connection import ZERO_GUID
from ._errors import GraphError, LostAnswer, WaitedTooLong, doing
from ._properties import (
    Change,
    Property,
    applied,
    as_options,
    body_of,
    changes_as_options,
    compare,
    desired_values,
)
from ._types import Result, Tree
from ._waiting import ask_until

if t.TYPE_CHECKING:
    from ._graph import GraphClient

CREATE_ATTEMPTS = 3


class Resource:
    """An object in a tenant that has a desired state. A noun of the collection is a subclass.

    :cvar noun: what users call it, for messages.
    :cvar key: the return key that holds it.
    :cvar properties: the table of its properties.
    :cvar visible_within: seconds that the service may take to show what was written (graph-api.md section 13).
    :cvar doubt: seconds to keep looking for a new object whose answer was lost, before it is made once more.
    """

    noun: t.ClassVar[str]
    key: t.ClassVar[str]
    properties: t.ClassVar[tuple[Property, ...]] = ()
    visible_within: t.ClassVar[float] = 60
    doubt: t.ClassVar[float] = 5

    def __init__(self, params: Tree) -> None:
        self.params = params
        self.warnings: list[str] = []

    # What a noun says about itself

    @property
    def title(self) -> str:
        """The one object that is meant, for messages."""
        raise NotImplementedError

    def verify(self, graph: GraphClient) -> None:
        """Refuse options that cannot work, before anything is read or written.

        :raises InputError: one cannot.
        """

    def read(self, graph: GraphClient) -> Tree | None:
        """The object as it is, or None when the service says that there is none."""
        raise NotImplementedError

    def create(self, graph: GraphClient, body: Tree) -> Tree:
        """Make it, and return it as far as the service's answer shows it."""
        raise NotImplementedError

    def update(self, graph: GraphClient, current: Tree, changes: list[Change]) -> None:
        """Change it."""
        raise NotImplementedError

    def delete(self, graph: GraphClient, current: Tree) -> None:
        """Remove it."""
        raise NotImplementedError

    # What most nouns leave as it is

    def desired(self) -> dict[Property, t.Any]:
        """What the user named, in Graph's form."""
        return desired_values(self.properties, self.params)

    def blank(self) -> Tree:
        """A new object before any property is set, for predicting one in check mode."""
        return {}

    def predicted(self, current: Tree, changes: list[Change]) -> Tree:
        """The object as it is after the changes."""
        return applied(current, changes)

    def reread(self, graph: GraphClient, written: Tree) -> Tree | None:
        """The object that was just written, read again."""
        return self.read(graph)

    def identity(self, current: Tree) -> Tree:
        """The return values that tell which object it is."""
        return {}

    def view(self, current: Tree) -> Tree:
        """The object as the module returns it."""
        return {**self.identity(current), **as_options(self.properties, current)}

    def run(self, graph: GraphClient, check_mode: bool) -> Result:
        """Bring it to its desired state, or in check mode say what that would change."""
        return converge(self, graph, check_mode)


def converge(resource: Resource, graph: GraphClient, check_mode: bool) -> Result:
    """Bring a resource to its desired state.

    :raises EntraError: something was refused; what was being done is in its message.
    """
    resource.verify(graph)
    with doing(f"read {resource.title}"):
        current = resource.read(graph)
    result = (
        _remove(resource, graph, current, check_mode)
        if resource.params.get("state") == "absent"
        else _ensure(resource, graph, current, check_mode)
    )
    result.warnings += resource.warnings
    return result


def _remove(resource: Resource, graph: GraphClient, current: Tree | None, check_mode: bool) -> Result:
    if current is None:
        return Result(False, {resource.key: None})
    if not check_mode:
        with doing(f"delete {resource.title}"):
            resource.delete(graph, current)
            # Asked once more, so that whoever looks next does not find it again (section 13).
            ask_until(lambda: resource.reread(graph, current), _is_gone, graph.patience, resource.visible_within)
    return Result(True, {resource.key: None}, before=resource.view(current))


def _ensure(resource: Resource, graph: GraphClient, current: Tree | None, check_mode: bool) -> Result:
    desired = resource.desired()
    start = current if current is not None else resource.blank()
    changes = compare(desired, start)
    before, after = changes_as_options(changes)
    if current is None:
        known = {name: value for name, value in resource.identity(start).items() if value != ZERO_GUID}
        after = {**known, **after}
    changed = current is None or bool(changes)
    final = resource.predicted(start, changes)
    if changed and not check_mode:
        written = _write(resource, graph, current, changes, desired)
        final = _settled(resource, graph, written, desired, is_new=current is None)
    return Result(changed, {resource.key: resource.view(final)}, before, after)


def _write(
    resource: Resource,
    graph: GraphClient,
    current: Tree | None,
    changes: list[Change],
    desired: dict[Property, t.Any],
) -> Tree:
    """Send what is to be changed; returns the object as it should now be."""
    if current is None:
        current = _create(resource, graph, body_of(resource.properties, {}, changes))
        changes = compare(desired, current)
        if changes:
            # A new object may not take changes before it can be read (section 13).
            made = current
            ask_until(lambda: resource.reread(graph, made), _is_there, graph.patience, resource.visible_within)
    if changes:
        with doing(f"update {resource.title}"):
            resource.update(graph, current, changes)
    return resource.predicted(current, changes)


def _create(resource: Resource, graph: GraphClient, body: Tree) -> Tree:
    """Create; after an answer that was lost, look before asking again."""
    attempts = 0
    while True:
        attempts += 1
        with doing(f"create {resource.title}"):
            try:
                return resource.create(graph, body)
            except GraphError as error:
                lost = isinstance(error, LostAnswer)
                if not lost and not error.exists:
                    raise
                if error.retry_after is not None and graph.patience.allows(error.retry_after):
                    graph.patience.wait(error.retry_after)
                limit = resource.doubt if lost else resource.visible_within
                found, dummy = ask_until(lambda: resource.read(graph), _is_there, graph.patience, limit)
                if found is not None:
                    return found
                if not lost or attempts == CREATE_ATTEMPTS:
                    raise


def _settled(
    resource: Resource, graph: GraphClient, written: Tree, desired: dict[Property, t.Any], *, is_new: bool
) -> Tree:
    """The object once the service shows what was written (graph-api.md section 13)."""
    with doing(f"see what was written of {resource.title}"):
        shown, settled = ask_until(
            lambda: resource.reread(graph, written),
            lambda found: found is not None and not compare(desired, found),
            graph.patience,
            resource.visible_within,
        )
    if settled and shown is not None:
        return shown
    if is_new and shown is None:
        raise WaitedTooLong(
            f"{resource.title} was created, and the service still does not show it",
            hint="Run the task again in some minutes, or raise max_wait",
        )
    resource.warnings.append(
        f"{resource.title} was written, and the service does not show all of it yet; it usually does within minutes."
    )
    return written


def _is_there(found: Tree | None) -> bool:
    return found is not None


def _is_gone(found: Tree | None) -> bool:
    return found is None
