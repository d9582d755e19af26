# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Properties: what is not named is left alone, and nobody sends a null that was not asked for."""

from __future__ import annotations

import copy
import typing as t

import pytest
from ansible_collections.entra.crosstenant.plugins.module_utils._properties import (
    Change,
    Property,
    applied,
    as_options,
    body_of,
    changes_as_options,
    compare,
    desired_values,
    put_at,
    value_at,
)
from hypothesis import given
from hypothesis import strategies as st

Tree = dict[str, t.Any]

NAME = Property("name", "displayName")
MFA = Property("trust.mfa", "inboundTrust.isMfaAccepted")
DEVICE = Property("trust.device", "inboundTrust.isCompliantDeviceAccepted")
ALLOWED = Property("consent.allowed", "consentSettings.allowed", cleared=False)
SCOPE = Property(
    "scope",
    "syncAll",
    lambda scope: "true" if scope == "all" else "false",
    lambda text: "all" if text == "true" else "assigned",
    lambda one, other: str(one).lower() == str(other).lower(),
)
ROWS = (NAME, MFA, DEVICE, ALLOWED, SCOPE)

maybe = st.none() | st.booleans()
names = st.none() | st.text(max_size=3)
options = st.fixed_dictionaries(
    {
        "name": names,
        "trust": st.none() | st.fixed_dictionaries({"mfa": maybe, "device": maybe}),
        "consent": st.none() | st.fixed_dictionaries({"allowed": maybe}),
        "scope": st.sampled_from([None, "all", "assigned"]),
    }
)
objects = st.fixed_dictionaries(
    {},
    optional={
        "displayName": names,
        "inboundTrust": st.none() | st.fixed_dictionaries({"isMfaAccepted": maybe, "isCompliantDeviceAccepted": maybe}),
        "consentSettings": st.none() | st.fixed_dictionaries({"allowed": maybe}),
        "syncAll": st.sampled_from([None, "true", "false", "TRUE"]),
        "unknown": st.integers(),
    },
)


def named(params: Tree) -> dict[str, t.Any]:
    return {row.option: value for row, value in desired_values(ROWS, params).items()}


def body_for(params: Tree, current: Tree) -> Tree:
    return body_of(ROWS, current, compare(desired_values(ROWS, params), current))


@pytest.mark.parametrize(
    "params",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"name": None, "trust": None}, id="null"),
        pytest.param({"trust": {"mfa": True, "device": None}, "name": None}, id="a member"),
    ],
)
def test_what_is_not_named_is_not_desired(params: Tree) -> None:
    assert named(params) == ({"trust.mfa": True} if params.get("trust") else {})


@pytest.mark.parametrize("trust", [{}, {"mfa": None, "device": None}])
def test_an_empty_dictionary_clears_each_member(trust: Tree) -> None:
    assert named({"trust": trust}) == {"trust.mfa": None, "trust.device": None}


def test_an_empty_dictionary_clears_to_what_the_row_calls_nothing() -> None:
    assert named({"consent": {}}) == {"consent.allowed": False}


def test_false_and_empty_are_values() -> None:
    assert named({"name": "", "trust": {"mfa": False}}) == {"name": "", "trust.mfa": False}


def test_values_are_desired_in_graphs_form() -> None:
    assert named({"scope": "all"}) == {"scope": "true"}


def test_only_what_differs_is_a_change() -> None:
    changes = compare({NAME: "new", MFA: True, DEVICE: None}, {"displayName": "old", "inboundTrust": None})
    assert changes == [Change(NAME, "old", "new"), Change(MFA, None, True)]


def test_two_forms_of_one_value_are_no_change() -> None:
    assert compare({SCOPE: "true"}, {"syncAll": "TRUE"}) == []


def test_the_rows_comparison_is_not_asked_about_nothing() -> None:
    assert compare({SCOPE: None}, {}) == []
    assert compare({SCOPE: None}, {"syncAll": "true"}) == [Change(SCOPE, "true", None)]
    assert compare({SCOPE: "true"}, {}) == [Change(SCOPE, None, "true")]


def test_a_nested_block_goes_whole_with_the_current_values_of_unnamed_members() -> None:
    current = {"inboundTrust": {"isMfaAccepted": False, "isCompliantDeviceAccepted": True}}
    assert body_for({"trust": {"mfa": True}}, current) == {
        "inboundTrust": {"isMfaAccepted": True, "isCompliantDeviceAccepted": True}
    }


def test_a_nested_block_that_was_nothing_goes_with_the_named_member_only() -> None:
    assert body_for({"trust": {"device": True}}, {"inboundTrust": None}) == {
        "inboundTrust": {"isCompliantDeviceAccepted": True}
    }


def test_a_cleared_block_goes_as_null() -> None:
    current = {"inboundTrust": {"isMfaAccepted": True, "isCompliantDeviceAccepted": None}}
    assert body_for({"trust": {}}, current) == {"inboundTrust": None}


def test_a_block_that_is_clear_already_is_not_sent() -> None:
    assert body_for({"trust": {}}, {"inboundTrust": None}) == {}


def test_the_change_of_one_property_names_no_other() -> None:
    current = {"displayName": "old", "inboundTrust": None, "consentSettings": {"allowed": None}, "undeclared": {}}
    assert body_for({"name": "new"}, current) == {"displayName": "new"}


def test_applying_changes_leaves_the_original_alone() -> None:
    current: Tree = {"inboundTrust": {"isMfaAccepted": False}}
    after = applied(current, [Change(MFA, False, True)])
    assert current == {"inboundTrust": {"isMfaAccepted": False}}
    assert after == {"inboundTrust": {"isMfaAccepted": True}}


def test_an_object_reads_in_the_words_of_the_options() -> None:
    assert as_options(ROWS, {"displayName": "x", "syncAll": "true", "unknown": 1}) == {
        "name": "x",
        "trust": {"mfa": None, "device": None},
        "consent": {"allowed": None},
        "scope": "all",
    }


def test_a_diff_reads_in_the_words_of_the_options() -> None:
    changes = [Change(SCOPE, "false", "true"), Change(MFA, None, True)]
    assert changes_as_options(changes) == (
        {"scope": "assigned", "trust": {"mfa": None}},
        {"scope": "all", "trust": {"mfa": True}},
    )


@pytest.mark.parametrize(
    ("tree", "value"), [({"a": {"b": 1}}, 1), ({"a": {}}, None), ({"a": None}, None), ({"a": [1]}, None), ({}, None)]
)
def test_a_path_that_leads_nowhere_finds_nothing(tree: Tree, value: t.Any) -> None:
    assert value_at(tree, "a.b") == value


@pytest.mark.parametrize("tree", [{}, {"a": None}, {"a": "text"}, {"a": {"b": 0}}])
def test_putting_a_value_makes_its_way(tree: Tree) -> None:
    put_at(tree, "a.b", 1)
    assert tree == {"a": {"b": 1}}


@given(params=options, current=objects)
def test_what_was_applied_is_no_change_any_more(params: Tree, current: Tree) -> None:
    desired = desired_values(ROWS, params)
    assert compare(desired, applied(current, compare(desired, current))) == []


@given(params=options, current=objects)
def test_comparing_changes_neither_side(params: Tree, current: Tree) -> None:
    kept = copy.deepcopy((params, current))
    changes = compare(desired_values(ROWS, params), current)
    body_of(ROWS, current, changes)
    applied(current, changes)
    assert (params, current) == kept


@given(params=options, current=objects)
def test_a_body_holds_only_blocks_that_were_named_and_differ(params: Tree, current: Tree) -> None:
    changes = compare(desired_values(ROWS, params), current)
    body = body_of(ROWS, current, changes)
    assert set(body) == {change.row.path.split(".")[0] for change in changes}
    # Null only where the user cleared the block, or cleared what it holds.
    for name, value in body.items():
        if value is None:
            assert all(change.after is None for change in changes if change.row.path.startswith(name))


@given(params=options, current=objects)
def test_a_service_that_merges_and_one_that_replaces_come_to_the_same(params: Tree, current: Tree) -> None:
    changes = compare(desired_values(ROWS, params), current)
    body = body_of(ROWS, current, changes)
    wanted = as_options(ROWS, applied(current, changes))
    replacing = {**current, **body}
    merging = copy.deepcopy(current)
    for name, value in body.items():
        old = merging.get(name)
        merging[name] = {**old, **value} if isinstance(old, dict) and isinstance(value, dict) else value
    assert as_options(ROWS, replacing) == wanted
    assert as_options(ROWS, merging) == wanted
