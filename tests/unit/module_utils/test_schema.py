# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever a schema holds: what is not named survives byte for byte, what is named is there, and once is enough."""

from __future__ import annotations

import copy
import json
import typing as t

import pytest
from ansible_collections.entra.crosstenant.plugins.module_utils import _schema_whole as whole
from ansible_collections.entra.crosstenant.plugins.module_utils._jobs import object_mapping
from ansible_collections.entra.crosstenant.plugins.module_utils._resources.sync_schema import SyncSchema
from ansible_collections.entra.crosstenant.plugins.module_utils._schema_expressions import (
    functions_in,
    same_text,
    text_of,
    value_of,
)
from ansible_collections.entra.crosstenant.plugins.module_utils._schema_filters import operator_key
from ansible_collections.entra.crosstenant.plugins.module_utils._schema_view import differences, flat, words
from ansible_collections.entra.crosstenant.plugins.modules.sync_schema import TASK
from hypothesis import given, settings
from hypothesis import strategies as st

from unit.factories import PRINCIPAL, parameters
from unit.schemas import (
    EXTERNAL,
    OPERATORS,
    attribute,
    clause,
    constant,
    function,
    groups,
    mapping,
    rule,
    schema,
    users,
)

Tree = dict[str, t.Any]

moderate = settings(deadline=None, max_examples=30)

# What is made up

texts = st.text(st.sampled_from('aZ "\\[](),\n\u00fc'), max_size=6)
junk = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)
unknown = st.dictionaries(texts.map(lambda text: f"x-{text}"), junk, max_size=2)
TARGETS = ("accountEnabled", "city", "department", "userType", "showInAddressList", "zip")
ATTRIBUTES = ("city", "department", "extensionAttribute1")
EXPRESSIONS = ("ToUpper([city])", 'Join("a  b", [city])', '"x"')

sources = st.one_of(
    st.none(),
    st.sampled_from(ATTRIBUTES).map(attribute),
    texts.map(constant),
    st.sampled_from(EXPRESSIONS).map(lambda text: function(text.split("(")[0], text, a=attribute("city"))),
).flatmap(lambda source: unknown.map(lambda more: None if source is None else {**source, **more}))


@st.composite
def entries(draw: st.DrawFn) -> Tree:
    """An attribute mapping, perhaps with less in it than usual, and with more."""
    made = mapping(draw(st.sampled_from(TARGETS)), {})
    made["source"] = draw(sources)
    made["flowType"] = draw(st.sampled_from(["Always", "ObjectAddOnly", "ValueAddOnly", None]))
    made["defaultValue"] = draw(st.none() | texts)
    for name in draw(st.sets(st.sampled_from(["flowType", "defaultValue", "matchingPriority", "flowBehavior"]))):
        del made[name]
    return {**made, **draw(unknown)}


clauses = st.builds(
    lambda name, operator, values, more: {**clause(name, operator, *values), **more},
    st.sampled_from((*ATTRIBUTES, "alternativeSecurityIds")),
    st.sampled_from(["EQUALS", "Equals", "not equals", "IS NULL"]),
    st.lists(texts, max_size=2),
    unknown,
)
filter_groups = st.builds(
    lambda name, found, more: {"name": name, "clauses": found, **more},
    st.sampled_from(["A", "B", "Filter external users"]),
    st.lists(clauses, max_size=3),
    unknown,
)
scopes = st.none() | st.builds(
    lambda mine, more: {"categoryFilterGroups": None, "inputFilterGroups": [EXTERNAL], "groups": mine, **more},
    st.none() | st.lists(filter_groups, max_size=3) | st.just([EXTERNAL]),
    unknown,
)


@st.composite
def schemas(draw: st.DrawFn) -> Tree:
    """A schema with rules of its own and parts that nobody knows."""
    for_users = {
        **users(*draw(st.lists(entries(), min_size=1, max_size=5))),
        "scope": draw(scopes),
        "flowTypes": draw(st.sampled_from(["Add,Update,Delete", "None", "Add, Delete", "Update,Later"])),
        **draw(unknown),
    }
    for_groups = {**groups(enabled=draw(st.booleans())), **draw(unknown)}
    other = rule(users(), name="OTHER", id="other", priority=9, **draw(unknown))
    mine = rule(*draw(st.permutations([for_users, for_groups])), **draw(unknown))
    return {**schema(*draw(st.permutations([mine, other]))), **draw(unknown)}


wished_mappings = st.lists(
    st.one_of(
        st.fixed_dictionaries({"target": st.sampled_from(TARGETS), "state": st.just("absent")}),
        st.builds(
            lambda target, how, rest: {"target": target, **how, **rest},
            st.sampled_from(TARGETS),
            st.one_of(
                st.sampled_from(ATTRIBUTES).map(lambda name: {"source": name}),
                texts.map(lambda text: {"constant": text}),
                st.sampled_from(EXPRESSIONS).map(lambda text: {"expression": text}),
            ),
            st.fixed_dictionaries(
                {}, optional={"apply": st.sampled_from(["always", "on_creation"]), "default_value": texts}
            ),
        ),
    ),
    max_size=3,
    unique_by=lambda each: each["target"],
).filter(lambda made: not {"userType", "showInAddressList"} & {each["target"] for each in made})
wished_groups = st.lists(
    st.builds(
        lambda name, found: {"name": name, "clauses": found},
        st.sampled_from(["A", "B", "C"]),
        st.lists(
            st.one_of(
                st.builds(
                    lambda name, operator, values: {"attribute": name, "operator": operator, "values": values},
                    st.sampled_from(ATTRIBUTES),
                    st.sampled_from(["equals", "NOT_EQUALS"]),
                    st.lists(texts, min_size=1, max_size=2),
                ),
                st.sampled_from(ATTRIBUTES).map(lambda name: {"attribute": name, "operator": "Is Not Null"}),
            ),
            min_size=1,
            max_size=2,
        ),
    ),
    max_size=2,
    unique_by=lambda each: each["name"],
)
wishes = st.fixed_dictionaries(
    {},
    optional={
        "user_type": st.sampled_from(["member", "guest"]),
        "show_in_address_list": st.booleans(),
        "attribute_mappings": wished_mappings,
        "scoping_filters": wished_groups,
        "target_object_actions": st.dictionaries(st.sampled_from(["create", "update", "delete"]), st.booleans()),
        "group_mapping_enabled": st.booleans(),
    },
)


class Service:
    """A service that knows the operators, lists nothing else, and reads any expression."""

    def pages(self, path: str) -> list[Tree]:
        """A list."""
        return list(OPERATORS) if "filterOperators" in path else []

    def post(self, path: str, body: Tree, repeatable: bool) -> Tree:
        """The tree of an expression."""
        assert path.endswith("/parseExpression")
        return {"parsedExpression": function("Parsed", body["expression"], text=constant(body["expression"]))}


def edited(document: Tree, options: Tree) -> Tree:
    """The schema as a task would write it."""
    resource = SyncSchema(parameters(TASK, service_principal_id=PRINCIPAL, **copy.deepcopy(options)))
    resource.job = "/jobs/a"
    resource.current = document
    resource._prepare(t.cast("t.Any", Service()), document)
    return {**document, "synchronizationRules": resource.edit(document["synchronizationRules"])}


def mapping_of(document: Tree, kind: str) -> Tree:
    found = object_mapping(document["synchronizationRules"], kind)
    assert found is not None
    return found[1]


def without_named(document: Tree, options: Tree) -> str:
    """The schema as text, without what the options name."""
    left = copy.deepcopy(document)
    named = {each["target"] for each in options.get("attribute_mappings") or []}
    named |= {"userType"} if "user_type" in options else set()
    named |= {"showInAddressList"} if "show_in_address_list" in options else set()
    mine, others = mapping_of(left, "User"), mapping_of(left, "Group")
    mine["attributeMappings"] = [each for each in mine["attributeMappings"] if each["targetAttributeName"] not in named]
    if "scoping_filters" in options:
        mine["scope"] = {name: value for name, value in (mine["scope"] or {}).items() if name != "groups"}
    if options.get("target_object_actions"):
        mine["flowTypes"] = sorted(
            set(mine["flowTypes"].replace(" ", "").split(",")) - {"Add", "Update", "Delete", "None"}
        )
    if "group_mapping_enabled" in options:
        del others["enabled"]
    return json.dumps(left)


@moderate
@given(document=schemas(), options=wishes)
def test_what_is_not_named_survives_byte_for_byte(document: Tree, options: Tree) -> None:
    before = json.dumps(document)
    after = edited(document, options)
    assert json.dumps(document) == before
    assert without_named(after, options) == without_named(document, options)


@moderate
@given(document=schemas(), options=wishes)
def test_once_is_enough(document: Tree, options: Tree) -> None:
    after = edited(document, options)
    assert json.dumps(edited(after, options)) == json.dumps(after)
    assert edited(document, {}) == document


@moderate
@given(document=schemas(), options=wishes)
def test_what_is_named_is_there(document: Tree, options: Tree) -> None:
    view = words(edited(document, options)["synchronizationRules"])
    for name in ("user_type", "show_in_address_list", "group_mapping_enabled"):
        assert view[name] == options.get(name, view[name])
    for name, wanted in (options.get("target_object_actions") or {}).items():
        assert view["target_object_actions"][name] is wanted
    for wish in options.get("attribute_mappings") or []:
        found = view["attribute_mappings"].get(wish["target"])
        if wish.get("state") == "absent":
            assert found is None
            continue
        if "expression" in wish:
            assert same_text(said(found), wish["expression"])
        else:
            (kind,) = {"source", "constant"} & set(wish)
            assert found[kind] == wish[kind]
        assert found["apply"] == wish.get("apply", found["apply"])
        assert found.get("default_value", "") == wish.get("default_value", found.get("default_value", ""))
    if "scoping_filters" in options:
        assert sorted(map(meaning, view["scoping_filters"])) == sorted(map(meaning, options["scoping_filters"]))


def said(words_of_mapping: Tree) -> str:
    """The expression that a mapping is."""
    if "source" in words_of_mapping:
        return f"[{words_of_mapping['source']}]"
    return str(words_of_mapping.get("expression", text_of(constant(words_of_mapping.get("constant", "")))))


def meaning(group: Tree) -> tuple[t.Any, ...]:
    found = [
        (each["attribute"], operator_key(each["operator"]), sorted(each.get("values") or []))
        for each in group["clauses"]
    ]
    return group["name"], sorted(found)


@moderate
@given(document=schemas(), options=wishes)
def test_what_a_named_mapping_holds_besides_survives(document: Tree, options: Tree) -> None:
    before, after = first_of_each(document), first_of_each(edited(document, options))
    removed = {each["target"] for each in options.get("attribute_mappings") or [] if each.get("state") == "absent"}
    assert after.keys() >= before.keys() - removed
    for target in before.keys() & after.keys():
        rest = {name for name in before[target] if name not in ("source", "flowType", "defaultValue")}
        assert {name: after[target][name] for name in rest} == {name: before[target][name] for name in rest}


def first_of_each(document: Tree) -> dict[str, Tree]:
    """The first mapping of each target."""
    found: dict[str, Tree] = {}
    for entry in mapping_of(document, "User")["attributeMappings"]:
        found.setdefault(entry["targetAttributeName"], entry)
    return found


@moderate
@given(document=schemas(), options=wishes)
def test_external_users_stay_outside(document: Tree, options: Tree) -> None:
    """Where the built-in filter stands among the groups, every group the user names carries it."""
    scope = mapping_of(document, "User")["scope"] or {}
    there = [each for group in scope.get("groups") or [] for each in group["clauses"]]
    if "scoping_filters" not in options or not any(
        each["sourceOperandName"] == "alternativeSecurityIds" for each in there
    ):
        return
    after = (mapping_of(edited(document, options), "User")["scope"] or {})["groups"]
    assert after
    for group in after:
        assert any(each["sourceOperandName"] == "alternativeSecurityIds" for each in group["clauses"])


@moderate
@given(document=schemas(), other=schemas(), options=wishes)
def test_there_is_a_difference_to_show_exactly_when_there_is_one(document: Tree, other: Tree, options: Tree) -> None:
    for after in (edited(document, options), other):
        one, two = ({"synchronizationRules": each["synchronizationRules"]} for each in (document, after))
        before, now = differences(one, two)
        assert (before == now) == (flat(one) == flat(two))
        assert (before == now) == (before == {} == now)
        json.dumps([before, now])


@moderate
@given(document=schemas(), other=schemas())
def test_a_whole_schema_replaces_and_resets_once(document: Tree, other: Tree) -> None:
    rules, given_rules = document["synchronizationRules"], other["synchronizationRules"]
    for edit in (whole.replaced, whole.restored):
        after = edit(rules, given_rules)
        assert edit(after, given_rules) is after
        assert {each["id"] for each in after} == {each["id"] for each in rules}
    assert flat(whole.replaced(rules, given_rules)) == flat(given_rules)
    assert whole.replaced(rules, copy.deepcopy(rules)) is rules
    assert whole.restored(rules, copy.deepcopy(rules)) is rules


def test_rules_of_another_job_get_this_job_s_ids() -> None:
    current = [rule(id="a", name="A"), rule(id="b", name="B")]
    theirs = [rule(id="y", name="B", priority=7), rule(id="x", name="A")]
    assert [each["id"] for each in whole.replaced(current, theirs)] == ["b", "a"]
    assert whole.replaced([rule(id="a", name="A")], [rule(id="x", name="X")])[0]["id"] == "a"
    assert whole.replaced(current, [*theirs, rule(id="new", name="New")])[2]["id"] == "new"


@pytest.mark.parametrize("text", ['a"b', "a\\b", '"', "", "[x]", 'a""b', "\\"])
def test_a_constant_is_read_from_its_expression_as_it_was_written(text: str) -> None:
    from_text = {"type": "Constant", "name": None, "expression": text_of({"type": "Constant", "name": text})}
    assert value_of(from_text) == text


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("[mail]", []),
        ('"Join(x)"', []),
        ("[Join(x)]", []),
        ('IIF(IsNullOrEmpty([mail]), Join ("(", [a], "b"), "c(")', ["IIF", "IsNullOrEmpty", "Join"]),
        (r'Replace([a], "\"(", "b(")', ["Replace"]),
    ],
)
def test_functions_are_found_where_they_are_called(text: str, called: list[str]) -> None:
    assert functions_in(text) == called


@given(st.text(), st.text())
def test_texts_that_differ_in_more_than_white_space_differ(one: str, other: str) -> None:
    assert same_text(one, one)
    if "".join(one.split()) != "".join(other.split()):
        assert not same_text(one, other)
