# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The engine, on a thing that lives in memory: what check mode predicts is what a run does."""

from __future__ import annotations

import copy
import typing as t

import pytest
from ansible_collections.entra.crosstenant.plugins.module_utils._engine import CREATE_ATTEMPTS, Resource
from ansible_collections.entra.crosstenant.plugins.module_utils._errors import (
    EntraError,
    GraphError,
    LostAnswer,
    WaitedTooLong,
)
from ansible_collections.entra.crosstenant.plugins.module_utils._properties import Change, Property, body_of
from ansible_collections.entra.crosstenant.plugins.module_utils._types import Result
from hypothesis import given
from hypothesis import strategies as st

from unit.conversation import Conversation
from unit.factories import ZERO, Clock, client

Tree = dict[str, t.Any]


def conflict(message: str = "already exists") -> GraphError:
    return GraphError(status=409, code="X", message=message, method="POST", path="/things")


def lost(retry_after: float | None = None) -> LostAnswer:
    return LostAnswer.of(
        GraphError(status=503, code="X", message="Busy.", method="POST", path="/things", retry_after=retry_after)
    )


class Service:
    """Holds one thing, writes down what is asked of it, and can be slow or broken.

    :param lag: how many reads after a write still show what was before.
    :param faults: what the next creations answer, each with whether it is carried out nevertheless.
    """

    def __init__(
        self, thing: Tree | None = None, lag: int = 0, faults: t.Sequence[tuple[GraphError, bool]] = ()
    ) -> None:
        self.thing = thing
        self.old: Tree | None = None
        self.lag = lag
        self.stale = 0
        self.faults = list(faults)
        self.log: list[t.Any] = []

    def read(self) -> Tree | None:
        self.log.append("read")
        if self.stale > 0:
            self.stale -= 1
            return copy.deepcopy(self.old)
        return copy.deepcopy(self.thing)

    def write(self, thing: Tree | None) -> None:
        self.old, self.thing, self.stale = self.thing, thing, self.lag

    @property
    def writes(self) -> list[t.Any]:
        return [entry for entry in self.log if entry != "read"]


class Thing(Resource):
    noun = "thing"
    key = "thing"
    properties = (
        Property("name", "displayName"),
        Property("trust.mfa", "trust.isMfaAccepted"),
        Property("trust.device", "trust.isDeviceAccepted"),
    )
    visible_within = 10
    doubt = 2

    def __init__(self, params: Tree, service: Service) -> None:
        super().__init__({"state": "present", **params})
        self.service = service

    @property
    def title(self) -> str:
        return "the thing"

    def identity(self, current: Tree) -> Tree:
        return {"id": current.get("id", ZERO), "kind": "thing"}

    def read(self, graph: t.Any) -> Tree | None:
        return self.service.read()

    def create(self, graph: t.Any, body: Tree) -> Tree:
        self.service.log.append(("create", body))
        error, done = self.service.faults.pop(0) if self.service.faults else (None, True)
        if done:
            self.service.write({"id": "1", **body})
        if error is not None:
            raise error
        return {"id": "1", **body}

    def update(self, graph: t.Any, current: Tree, changes: list[Change]) -> None:
        body = body_of(self.properties, current, changes)
        self.service.log.append(("update", body))
        self.service.write({**(self.service.thing or {}), **body})

    def delete(self, graph: t.Any, current: Tree) -> None:
        self.service.log.append("delete")
        self.service.write(None)


def converge(
    service: Service, params: Tree, check_mode: bool = False, clock: Clock | None = None, max_wait: float = 600
) -> Result:
    with Conversation() as conversation:
        graph = client(conversation, clock, max_wait=max_wait)
        return Thing(params, service).run(graph, check_mode)


NAMED = {"name": "new", "trust": {"mfa": True}}
BODY = {"displayName": "new", "trust": {"isMfaAccepted": True}}
THERE = {"id": "1", **BODY}

maybe = st.none() | st.booleans()
trusts = st.none() | st.fixed_dictionaries({"isMfaAccepted": maybe, "isDeviceAccepted": maybe})
things = st.none() | st.fixed_dictionaries(
    {"id": st.just("1"), "displayName": st.sampled_from([None, "a", "b"]), "trust": trusts}
)
wishes = st.fixed_dictionaries(
    {
        "state": st.sampled_from(["present", "absent"]),
        "name": st.sampled_from([None, "a", "b"]),
        "trust": st.none() | st.fixed_dictionaries({"mfa": maybe, "device": maybe}),
    }
)


@given(thing=things, params=wishes)
def test_what_check_mode_predicts_is_what_a_run_does(thing: Tree | None, params: Tree) -> None:
    service = Service(thing)
    check = converge(service, params, check_mode=True)
    assert service.writes == []
    do = converge(service, params)
    assert (check.changed, check.before, check.after) == (do.changed, do.before, do.after)
    predicted, made = check.values["thing"], do.values["thing"]
    # An id that nobody knows before is the one thing that cannot be predicted.
    assert {**(predicted or {}), "id": ""} == {**(made or {}), "id": ""}
    assert bool(service.writes) is do.changed


@given(thing=things, params=wishes)
def test_a_second_run_finds_nothing_to_do(thing: Tree | None, params: Tree) -> None:
    service = Service(thing)
    first = converge(service, params)
    service.log.clear()
    for check_mode in (True, False):
        again = converge(service, params, check_mode=check_mode)
        assert (again.changed, again.before, again.after) == (False, {}, {})
        assert again.values == first.values
    assert service.log == ["read", "read"]


@given(thing=things, params=wishes)
def test_what_is_not_named_stays(thing: Tree | None, params: Tree) -> None:
    service = Service({**thing, "undeclared": 7} if thing else None)
    converge(service, params)
    if thing and service.thing:
        assert service.thing["undeclared"] == 7
        if params["name"] is None:
            assert service.thing["displayName"] == thing["displayName"]
        if params["trust"] is None:
            assert service.thing["trust"] == thing["trust"]


def test_a_new_thing_is_made_in_one_request() -> None:
    service = Service()
    result = converge(service, NAMED)
    assert service.log == ["read", ("create", BODY), "read"]
    assert result.after == {"kind": "thing", "name": "new", "trust": {"mfa": True}}
    assert result.values["thing"] == {"id": "1", "kind": "thing", "name": "new", "trust": {"mfa": True, "device": None}}


def test_a_predicted_thing_bears_the_placeholder_id() -> None:
    assert converge(Service(), NAMED, check_mode=True).values["thing"]["id"] == ZERO


def test_a_lost_creation_that_was_carried_out_is_found() -> None:
    clock = Clock()
    service = Service(faults=[(lost(), True)], lag=1)
    assert converge(service, NAMED, clock=clock).changed
    assert service.log == ["read", ("create", BODY), "read", "read", "read"]
    assert clock.waits == [0.5]


def test_a_lost_creation_that_was_not_carried_out_is_sent_once_more() -> None:
    clock = Clock()
    service = Service(faults=[(lost(), False)])
    assert converge(service, NAMED, clock=clock).changed
    assert [entry[0] for entry in service.writes] == ["create", "create"]
    assert clock.waits == [0.5, 1.0]


def test_the_wait_that_the_service_asked_for_is_kept_before_looking() -> None:
    clock = Clock()
    converge(Service(faults=[(lost(retry_after=7), True)]), NAMED, clock=clock)
    assert clock.waits == [7]


def test_a_creation_that_is_always_lost_is_given_up() -> None:
    service = Service(faults=[(lost(), False)] * CREATE_ATTEMPTS)
    with pytest.raises(LostAnswer) as raised:
        converge(service, NAMED)
    assert len(service.writes) == CREATE_ATTEMPTS
    assert "Could not create the thing" in raised.value.explanation()
    assert "Run the task again" in raised.value.explanation()


def test_a_thing_that_somebody_made_meanwhile_is_updated() -> None:
    service = Service()

    class Theirs(Thing):
        def create(self, graph: t.Any, body: Tree) -> Tree:
            service.write({"id": "9", "displayName": "theirs", "trust": {"isDeviceAccepted": True}})
            raise conflict()

    with Conversation() as conversation:
        result = Theirs(NAMED, service).run(client(conversation), False)
    assert service.thing == {
        "id": "9",
        "displayName": "new",
        "trust": {"isMfaAccepted": True, "isDeviceAccepted": True},
    }
    assert result.values["thing"]["id"] == "9"


@pytest.mark.parametrize("error", [conflict("Concurrency violation"), conflict()], ids=["another", "never shown"])
def test_a_conflict_that_cannot_be_solved_is_told(error: GraphError) -> None:
    clock = Clock()
    service = Service(faults=[(error, False)])
    with pytest.raises(GraphError) as raised:
        converge(service, NAMED, clock=clock)
    assert raised.value is error
    assert len(service.writes) == 1
    assert sum(clock.waits) <= Thing.visible_within


def test_an_old_value_is_waited_out() -> None:
    clock = Clock()
    service = Service({"id": "1", "displayName": "old"}, lag=3)
    result = converge(service, NAMED, clock=clock)
    assert clock.waits == [0.5, 1.0, 2.0]
    assert result.values["thing"]["name"] == "new"
    assert result.warnings == []


def test_a_change_that_never_shows_is_a_warning_and_the_expected_object() -> None:
    clock = Clock()
    service = Service({"id": "1", "displayName": "old"}, lag=100)
    result = converge(service, NAMED, clock=clock)
    assert result.changed
    assert len(service.writes) == 1
    assert result.warnings == [
        "the thing was written, and the service does not show all of it yet; it usually does within minutes."
    ]
    assert result.values["thing"]["name"] == "new"
    assert sum(clock.waits) <= Thing.visible_within


def test_a_new_thing_that_never_shows_is_a_failure() -> None:
    clock = Clock()
    with pytest.raises(WaitedTooLong) as raised:
        converge(Service(lag=100), NAMED, clock=clock)
    assert "the thing was created" in raised.value.message
    assert "max_wait" in raised.value.hint
    assert sum(clock.waits) <= Thing.visible_within


def test_the_task_waits_no_longer_than_it_may() -> None:
    clock = Clock()
    with pytest.raises(WaitedTooLong):
        converge(Service(lag=100), NAMED, clock=clock, max_wait=2)
    assert clock.waits == [0.5, 1.0]


def test_deleting_looks_once_more_and_warns_of_nothing() -> None:
    clock = Clock()
    service = Service(dict(THERE), lag=1)
    result = converge(service, {"state": "absent"}, clock=clock)
    assert service.log == ["read", "delete", "read", "read"]
    assert result.values == {"thing": None}
    assert result.before == {"id": "1", "kind": "thing", "name": "new", "trust": {"mfa": True, "device": None}}


def test_a_deleted_thing_that_goes_on_showing_is_deleted() -> None:
    service = Service(dict(THERE), lag=100)
    assert converge(service, {"state": "absent"}).changed
    assert service.writes == ["delete"]


def test_options_that_cannot_work_are_refused_before_anything_is_read() -> None:
    service = Service()

    class Impossible(Thing):
        def verify(self, graph: t.Any) -> None:
            raise EntraError("no")

    with Conversation() as conversation, pytest.raises(EntraError):
        Impossible(NAMED, service).run(client(conversation), False)
    assert service.log == []


def test_warnings_of_a_resource_reach_the_result() -> None:
    thing = Thing(NAMED, Service(dict(THERE)))
    thing.warnings.append("Mind this.")
    with Conversation() as conversation:
        assert thing.run(client(conversation), False).warnings == ["Mind this."]
