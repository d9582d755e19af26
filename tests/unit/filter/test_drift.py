# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.entra.crosstenant.plugins.filter.drift import FilterModule
from hypothesis import given
from hypothesis import strategies as st

Tree = dict[str, t.Any]

drift = FilterModule().filters()["drift"]
UNCHANGED: Tree = {"changed": False, "diff": {"before": {}, "after": {}}}
SKIPPED: Tree = {"changed": False, "skipped": True, "skip_reason": "Conditional result was False"}


def step(resource: str, result: Tree, tenant: str = "fabrikam") -> Tree:
    return {"tenant": tenant, "resource": resource, "result": result}


def changed(before: Tree, after: Tree) -> Tree:
    return {"changed": True, "diff": {"before": before, "after": after}, "partner": {"more": "than the difference"}}


def test_what_changed_is_told_with_its_tenant_and_its_resource() -> None:
    result = changed({"scope": "all"}, {"scope": "assigned"})
    assert drift([step("settings", result)]) == [
        {"tenant": "fabrikam", "resource": "settings", "before": {"scope": "all"}, "after": {"scope": "assigned"}}
    ]


@pytest.mark.parametrize("result", [UNCHANGED, SKIPPED, {"skipped": True}], ids=["unchanged", "skipped", "bare"])
def test_what_is_as_it_should_be_or_was_skipped_is_no_drift(result: Tree) -> None:
    assert drift([step("settings", result)]) == []


def test_nothing_to_look_at_is_no_drift() -> None:
    assert drift([]) == []


def test_a_change_that_does_not_say_what_differed_is_not_passed_over() -> None:
    with pytest.raises(KeyError, match="diff"):
        drift([step("settings", {"changed": True})])


@given(st.lists(st.booleans()))
def test_each_change_is_told_once_and_in_the_order_of_the_tasks(changes: list[bool]) -> None:
    steps = [
        step(f"resource {at}", changed({"at": at}, {"at": at + 1}) if each else UNCHANGED, f"tenant {at}")
        for at, each in enumerate(changes)
    ]
    assert drift(iter(steps)) == [
        {"tenant": f"tenant {at}", "resource": f"resource {at}", "before": {"at": at}, "after": {"at": at + 1}}
        for at, each in enumerate(changes)
        if each
    ]
