# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""sync_schema: what it asks, what it writes, and what it refuses."""

from __future__ import annotations

import copy
import typing as t

import pytest
import requests
from ansible_collections.entra.crosstenant.plugins.module_utils._errors import EntraError, GraphError, InputError
from ansible_collections.entra.crosstenant.plugins.module_utils._resources.sync_schema import SyncSchema
from ansible_collections.entra.crosstenant.plugins.modules.sync_schema import TASK

from unit.conversation import Exchange
from unit.factories import (
    JOB,
    JOB_TEMPLATE,
    JOBS_PATH,
    OTHER,
    PRINCIPAL,
    RULE,
    SYNCHRONIZATION,
    ZERO,
    Clock,
    FourRuns,
    Tree,
    asks_within,
    collection,
    error_body,
    not_found,
    reading_age,
    reading_configurations,
    run,
    run_four_times,
    secrets,
    service_principal,
    wrapped_error,
)
from unit.schemas import (
    DEPARTMENT,
    DIRECTORIES,
    EXTERNAL,
    FUNCTIONS,
    MAPPINGS,
    MATCHING,
    OPERATORS,
    SHOWN,
    SOFT_DELETED,
    USER_TYPE,
    attribute,
    clause,
    constant,
    function,
    groups,
    mapping,
    rule,
    schema,
    scope,
    users,
    with_mappings,
    with_users,
)

CHOSEN = {"service_principal_id": PRINCIPAL}
SCHEMA = f"{JOBS_PATH}/{JOB}/schema"
TEMPLATE = f"{SYNCHRONIZATION}/templates/{JOB_TEMPLATE}/schema"
CONTEXT = {"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#x"}
FINDING = Exchange(
    "GET", JOBS_PATH, reply=collection({"id": "x", "templateId": "scim"}, {"id": JOB, "templateId": JOB_TEMPLATE})
)
LISTING = Exchange("GET", f"{SCHEMA}/directories", reply=collection(*DIRECTORIES))
OPERATORS_ASKED = Exchange("GET", f"{SCHEMA}/filterOperators", reply=collection(*OPERATORS))
FUNCTIONS_ASKED = Exchange("GET", f"{SCHEMA}/functions", reply=collection(*FUNCTIONS))
DENIED: Tree = {"status": 401, "reply": error_body("UnknownError", "")}


def shown(document: Tree, **more: t.Any) -> Exchange:
    return Exchange("GET", SCHEMA, reply={**CONTEXT, **document}, **more)


def reading(document: Tree) -> list[Exchange]:
    return [FINDING, shown(document)]


def writing(document: Tree, **more: t.Any) -> Exchange:
    return Exchange("PUT", SCHEMA, json=document, **{"status": 204, **more})


def parsing(text: str, **answer: t.Any) -> Exchange:
    return Exchange("POST", f"{SCHEMA}/parseExpression", json={"expression": text}, reply=answer)


def changing(
    options: Tree, before: Tree, after: Tree, asking: t.Sequence[Exchange] = (), saved: Tree | None = None
) -> FourRuns:
    """Change a schema: the body is all of it, and nothing is left to do when the service shows it."""
    saved = saved or {**after, "version": "v2"}
    return run_four_times(
        TASK,
        {**CHOSEN, **options},
        before=[*reading(before), *asking],
        writing=[writing(after), shown(saved)],
        after=reading(saved),
    )


def refused(options: Tree, *exchanges: Exchange, kind: type[EntraError] = InputError) -> str:
    """What a task that writes nothing says, in check mode and without it."""
    texts = []
    for check_mode in (True, False):
        with pytest.raises(kind) as raised:
            run(TASK, {**CHOSEN, **options}, *exchanges, check_mode=check_mode)
        texts.append(raised.value.explanation())
    assert texts[0] == texts[1]
    return texts[0]


# What every task does


def test_a_task_without_wishes_reads_and_tells() -> None:
    result = run(TASK, CHOSEN, *reading(schema()))
    assert not result.changed
    assert result.values["resynchronization"] is False
    assert result.warnings == []
    view = result.values["schema"]
    assert view.pop("raw") == schema()
    assert view.pop("attribute_mappings")[1] == {
        "target": "alternativeSecurityIds",
        "kind": "expression",
        "source": None,
        "constant": None,
        "expression": "AltSecIdFromNetId([netId])",
        "apply": "always",
        "default_value": None,
        "matching": True,
    }
    assert view == {
        "service_principal_id": PRINCIPAL,
        "job_id": JOB,
        "version": "v1",
        "user_type": "member",
        "user_type_apply": "on_creation",
        "show_in_address_list": True,
        "scoping_filters": [],
        "target_object_actions": {"create": True, "update": True, "delete": True},
        "group_mapping_enabled": False,
    }


def test_the_configuration_is_found_by_its_target_and_four_questions_suffice() -> None:
    found = reading_configurations((service_principal(), secrets()))
    options = {"target_tenant_id": OTHER, "user_type": "member", "show_in_address_list": True, "scoping_filters": []}
    assert not run(TASK, options, *found, *reading(schema())).changed


def test_several_intents_are_one_write_and_the_rest_survives() -> None:
    other = rule(users(name="another"), id="other", name="OTHER", priority=0)
    before = schema(other, rule())
    after = schema(
        other,
        rule(
            users(
                *(SOFT_DELETED, MATCHING, DEPARTMENT, mapping("showInAddressList", mine("false"))),
                mapping("userType", mine("Guest")),
                flowTypes="Add,Update",
            ),
            groups(enabled=True),
        ),
    )
    options = {
        "user_type": "guest",
        "user_type_apply": "always",
        "show_in_address_list": False,
        "target_object_actions": {"delete": False},
        "group_mapping_enabled": True,
    }
    runs = changing(options, before, after)
    assert runs.diff == (
        {
            "user_type": "member",
            "user_type_apply": "on_creation",
            "show_in_address_list": True,
            "target_object_actions": {"delete": True},
            "group_mapping_enabled": False,
        },
        {
            "user_type": "guest",
            "user_type_apply": "always",
            "show_in_address_list": False,
            "target_object_actions": {"delete": False},
            "group_mapping_enabled": True,
        },
    )
    check, done = runs.check.values, runs.do.values
    assert check["resynchronization"] is done["resynchronization"] is True
    assert runs.again.values["resynchronization"] is False
    assert "full resynchronization" in runs.do.warnings[0]
    assert runs.check.warnings == runs.do.warnings
    assert (check["schema"]["version"], done["schema"]["version"]) == ("v1", "v2")
    assert {**check["schema"], "version": "v2", "raw": done["schema"]["raw"]} == done["schema"]


def mine(value: str) -> Tree:
    """A constant as the module writes it."""
    return constant(value)


def test_a_change_is_seen_to_before_the_task_ends() -> None:
    before, after = schema(), with_users(flowTypes="Add,Delete")
    clock = Clock()
    run(
        TASK,
        {**CHOSEN, "target_object_actions": {"update": False}},
        *reading(before),
        writing(after),
        shown(before),
        shown(before),
        shown({**after, "version": "v2"}),
        clock=clock,
    )
    assert len(clock.waits) == 2


def test_a_change_that_never_shows_is_a_warning() -> None:
    before, after = schema(), with_users(flowTypes="Add,Update")
    looks = [shown(before)] * asks_within(SyncSchema.visible_within)
    result = run(TASK, {**CHOSEN, "target_object_actions": {"delete": False}}, *reading(before), writing(after), *looks)
    assert result.changed
    assert any("does not show all of it yet" in warning for warning in result.warnings)


def test_a_lost_answer_is_asked_for_again_because_the_same_write_does_no_harm() -> None:
    after = with_users(flowTypes="Add,Update")
    lost = writing(after, error=requests.ReadTimeout("too slow"))
    options = {**CHOSEN, "target_object_actions": {"delete": False}}
    assert run(TASK, options, *reading(schema()), lost, writing(after), shown(after)).changed


def test_the_service_may_put_it_in_another_order_and_fill_in_more() -> None:
    before = with_mappings(SOFT_DELETED, MATCHING, DEPARTMENT)
    new = mapping("city", attribute("city"))
    after = with_mappings(SOFT_DELETED, MATCHING, new, DEPARTMENT)
    saved = with_mappings(DEPARTMENT, {**new, "filledIn": 1}, MATCHING, SOFT_DELETED, version="v2")
    options = {"attribute_mappings": [{"target": "city", "source": "city"}]}
    changing(options, before, after, [LISTING], saved)


def test_directories_that_the_service_shows_unasked_are_sent_back() -> None:
    before = schema(directories=list(DIRECTORIES))
    after = {**with_users(flowTypes="Add,Update"), "directories": list(DIRECTORIES)}
    changing({"target_object_actions": {"delete": False}}, before, after)


@pytest.mark.parametrize("code", ["schemaInvalid", "SchemaInvalid"])
def test_a_schema_that_the_service_finds_invalid_is_a_failure_with_its_reason(code: str) -> None:
    answer = writing(with_users(flowTypes="Add"), status=400, reply=wrapped_error(code, "It does not like it."))
    with pytest.raises(GraphError) as raised:
        run(TASK, {**CHOSEN, "target_object_actions": {"update": False, "delete": False}}, *reading(schema()), answer)
    text = raised.value.explanation()
    assert text.startswith("Could not update the synchronization schema")
    assert "It does not like it." in text
    assert "Nothing was saved" in text


# The version


def test_a_schema_that_somebody_has_changed_is_not_overwritten() -> None:
    options = {"user_type": "guest", "expected_schema_version": "v0"}
    text = refused(options, *reading(schema()), kind=EntraError)
    assert "'v1'" in text
    assert "'v0'" in text


def test_a_schema_without_a_version_is_not_the_expected_one() -> None:
    unversioned = schema()
    del unversioned["version"]
    options = {"user_type": "guest", "expected_schema_version": "v0"}
    assert "no version" in refused(options, *reading(unversioned), kind=EntraError)


def test_the_expected_version_does_not_matter_where_nothing_differs() -> None:
    options = {**CHOSEN, "user_type": "member", "expected_schema_version": "v0"}
    assert not run(TASK, options, *reading(schema())).changed


def test_the_expected_version_lets_a_change_through() -> None:
    after = with_users(flowTypes="Update,Delete")
    saved = {**after, "version": "v2"}
    runs = run_four_times(
        TASK,
        {**CHOSEN, "target_object_actions": {"create": False}, "expected_schema_version": "v1"},
        before=reading(schema()),
        writing=[shown(schema()), writing(after), shown(saved)],
        after=reading(saved),
    )
    assert runs.do.values["schema"]["version"] == "v2"


def test_a_schema_that_somebody_changes_while_the_task_asks_is_not_overwritten() -> None:
    options = {**CHOSEN, "user_type": "guest", "expected_schema_version": "v1"}
    with pytest.raises(EntraError, match="'v2'"):
        run(TASK, options, *reading(schema()), shown(schema(version="v2")))


# Mappings


def test_mappings_are_changed_added_and_removed_by_their_targets() -> None:
    city = mapping("city", attribute("city"), undocumented=1, defaultValue="Oslo")
    before = with_mappings(SOFT_DELETED, MATCHING, city, DEPARTMENT, USER_TYPE)
    after = with_mappings(
        SOFT_DELETED,
        MATCHING,
        {**city, "source": attribute("extensionAttribute1"), "flowType": "ObjectAddOnly"},
        mapping("displayName", attribute("displayName"), defaultValue="Nobody"),
        {**USER_TYPE, "source": constant("x"), "flowType": "ObjectAddOnly"},
    )
    options = {
        "attribute_mappings": [
            {"target": "city", "source": "extensionAttribute1", "apply": "on_creation"},
            {"target": "department", "state": "absent"},
            {"target": "displayName", "source": "displayName", "default_value": "Nobody"},
            {"target": "userType", "constant": "x"},
        ]
    }
    runs = changing(options, before, after, [LISTING])
    assert runs.diff == (
        {
            "user_type": "member",
            "attribute_mappings": {
                "city": {"source": "city", "apply": "always"},
                "department": {"source": "department", "apply": "always"},
            },
        },
        {
            "user_type": "x",
            "attribute_mappings": {
                "city": {"source": "extensionAttribute1", "apply": "on_creation"},
                "displayName": {"source": "displayName", "apply": "always", "default_value": "Nobody"},
            },
        },
    )


def test_a_mapping_that_is_not_named_is_left_alone() -> None:
    assert not run(TASK, {**CHOSEN, "attribute_mappings": []}, *reading(schema())).changed


def test_a_default_value_is_cleared_by_an_empty_one() -> None:
    before = with_mappings(MATCHING, {**DEPARTMENT, "defaultValue": "a"})
    options = {"attribute_mappings": [{"target": "department", "source": "department", "default_value": ""}]}
    changing(options, before, with_mappings(MATCHING, DEPARTMENT), [LISTING])


@pytest.mark.parametrize("there", ["true", "True", "TRUE"])
def test_truth_has_one_meaning_in_any_case(there: str) -> None:
    before = with_mappings(MATCHING, {**SHOWN, "source": constant(there)})
    for options in (
        {"show_in_address_list": True},
        {"attribute_mappings": [{"target": SHOWN["targetAttributeName"], "constant": "True"}]},
    ):
        assert not run(TASK, {**CHOSEN, **options}, *reading(before)).changed


def test_a_constant_that_the_service_stores_in_one_way_only_is_read() -> None:
    for stored in ({"name": None, "expression": '"Guest"'}, {"name": "Guest", "expression": None}, {"name": '"Guest"'}):
        before = with_mappings(MATCHING, {**USER_TYPE, "source": {**constant("Guest"), **stored}})
        assert not run(TASK, {**CHOSEN, "user_type": "guest"}, *reading(before)).changed


def test_of_two_mappings_of_a_target_one_is_left() -> None:
    before = with_mappings(MATCHING, DEPARTMENT, mapping("department", constant("a")))
    options = {"attribute_mappings": [{"target": "department", "source": "department"}]}
    runs = changing(options, before, with_mappings(MATCHING, DEPARTMENT))
    assert runs.diff[0] == {"attribute_mappings": {"department (2)": {"constant": "a", "apply": "always"}}}


def test_a_user_type_that_is_missing_is_mapped_at_creation() -> None:
    after = with_mappings(MATCHING, {**USER_TYPE, "source": constant("Guest")})
    runs = changing({"user_type": "guest"}, with_mappings(MATCHING), after)
    assert runs.diff == (
        {"user_type": None, "user_type_apply": None},
        {"user_type": "guest", "user_type_apply": "on_creation"},
    )


def test_a_user_type_that_is_computed_is_shown_as_a_mapping() -> None:
    computed = function("Join", 'Join("a")', separator=constant("a"))
    before = with_mappings(MATCHING, {**USER_TYPE, "source": computed})
    runs = changing({"user_type": "member"}, before, with_mappings(MATCHING, USER_TYPE))
    assert runs.diff == (
        {"attribute_mappings": {"userType": {"expression": 'Join("a")'}}},
        {"attribute_mappings": {"userType": {"constant": "Member"}}},
    )


@pytest.mark.parametrize(
    ("entry", "part"),
    [
        ({"target": "otherMails", "source": "mail"}, "otherMails"),
        ({"target": "proxyaddresses", "source": "mail"}, "proxyaddresses"),
        ({"target": "city", "source": "userType"}, "userType"),
        ({"target": "city", "expression": 'Join("[city]", [samAccountName])'}, "samAccountName"),
        ({"target": "IsSoftDeleted", "state": "absent"}, "IsSoftDeleted"),
        ({"target": "city", "source": " "}, "empty"),
        ({"target": "city", "source": ""}, "empty"),
        ({"target": "city", "expression": " "}, "empty"),
        ({"target": " ", "source": "city"}, "empty"),
    ],
)
def test_what_never_works_is_refused_before_anything_is_asked(entry: Tree, part: str) -> None:
    assert part in refused({"attribute_mappings": [entry]})


def test_a_target_is_named_once() -> None:
    twice = [{"target": "city", "source": "city"}, {"target": "City", "constant": "a"}]
    assert "named twice" in refused({"attribute_mappings": twice})
    assert "named twice" in refused(
        {"user_type": "guest", "attribute_mappings": [{"target": "userType", "constant": "a"}]}
    )


@pytest.mark.parametrize(
    "entry",
    [
        {"target": "alternativeSecurityIds", "source": "department"},
        {"target": "alternativeSecurityIds", "state": "absent"},
        {"target": "alternativeSecurityIds", "expression": "AltSecIdFromNetId([netId])", "apply": "on_creation"},
    ],
)
def test_matching_attributes_are_not_changed(entry: Tree) -> None:
    assert "matching attributes" in refused({"attribute_mappings": [entry]}, *reading(schema()))


def test_a_matching_attribute_may_be_named_as_it_is() -> None:
    entry = {"target": "alternativeSecurityIds", "expression": "AltSecIdFromNetId( [netId] )", "apply": "always"}
    assert not run(TASK, {**CHOSEN, "attribute_mappings": [entry]}, *reading(schema())).changed


@pytest.mark.parametrize(
    ("entry", "part"),
    [
        ({"target": "Department", "source": "city"}, "is spelled department"),
        ({"target": "city", "source": "City"}, "It is spelled city"),
        ({"target": "hobby", "source": "city"}, "users of the target tenant have no attribute hobby"),
        ({"target": "city", "source": "hobby"}, "users of the source tenant have no attribute hobby"),
        ({"target": "city", "expression": 'Join("[a]", [hobby])'}, "no attribute hobby"),
    ],
)
def test_attributes_that_do_not_exist_are_refused(entry: Tree, part: str) -> None:
    asking = [] if "is spelled department" in part else [LISTING]
    assert part in refused({"attribute_mappings": [entry]}, *reading(schema()), *asking)


def test_a_list_of_hardly_more_than_is_used_tells_spellings_only() -> None:
    used = ("IsSoftDeleted", "alternativeSecurityIds", "department", "city", "netId", "showInAddressList", "userType")
    rows = [{"name": name, "type": "String"} for name in used]
    excerpt = [{**each, "objects": [{"name": "User", "attributes": rows}]} for each in DIRECTORIES]
    listing = Exchange("GET", f"{SCHEMA}/directories", reply=collection(*excerpt))
    after = with_mappings(SOFT_DELETED, MATCHING, DEPARTMENT, mapping("hobby", attribute("hobby")), SHOWN, USER_TYPE)
    changing({"attribute_mappings": [{"target": "hobby", "source": "hobby"}]}, schema(), after, [listing])
    wrong = {"attribute_mappings": [{"target": "city", "source": "City"}]}
    assert "It is spelled city" in refused(wrong, *reading(schema()), listing)
    hobbies = {"name": "a", "clauses": [{"attribute": "hobby", "operator": "EQUALS", "values": ["x"]}]}
    filtered = scope({"name": "a", "clauses": [clause("hobby", "Equals", "x")]})
    changing(filtering(hobbies), schema(), with_users(scope=filtered), [OPERATORS_ASKED, listing])


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 404, "reply": error_body("UnknownError", '{"Message":"No HTTP resource was found."}')},
        {"status": 405, "reply": error_body("Request_BadRequest")},
        {"reply": collection()},
        # Less than the schema itself uses is not all there is.
        {"reply": collection({"name": "Microsoft Entra ID", "objects": [{"name": "User", "attributes": []}]})},
    ],
)
def test_where_attributes_are_not_listed_the_service_judges_them(answer: Tree) -> None:
    unlisted = Exchange("GET", f"{SCHEMA}/directories", **answer)
    after = with_mappings(SOFT_DELETED, MATCHING, DEPARTMENT, mapping("hobby", attribute("hobby")), SHOWN, USER_TYPE)
    changing({"attribute_mappings": [{"target": "hobby", "source": "hobby"}]}, schema(), after, [unlisted])


def test_when_without_what_is_refused_where_nothing_is_mapped() -> None:
    assert "Give user_type" in refused({"user_type_apply": "always"}, *reading(with_mappings(MATCHING)))


# Expressions

JOINED = 'Join("", [displayName], " (Contoso)")'
TREE = function(
    "Join", JOINED, separator=constant(""), source1=attribute("displayName"), source2=constant(" (Contoso)")
)


def expressing(text: str) -> Tree:
    return {"attribute_mappings": [{"target": "displayName", "expression": text}]}


def test_an_expression_is_stored_as_the_tree_that_the_service_makes_of_it() -> None:
    before = with_mappings(MATCHING, mapping("displayName", attribute("displayName")))
    after = with_mappings(MATCHING, mapping("displayName", TREE))
    asking = [LISTING, FUNCTIONS_ASKED, parsing(JOINED, parsingSucceeded=True, parsedExpression=TREE)]
    runs = changing(expressing(JOINED), before, after, asking)
    assert runs.diff[1] == {"attribute_mappings": {"displayName": {"expression": JOINED}}}


def test_white_space_outside_of_quotes_is_no_difference() -> None:
    there = with_mappings(MATCHING, mapping("displayName", TREE))
    assert not run(TASK, {**CHOSEN, **expressing('Join( "",[displayName],\n" (Contoso)" )')}, *reading(there)).changed


def test_white_space_inside_of_quotes_is_one() -> None:
    there = with_mappings(MATCHING, mapping("displayName", TREE))
    text = 'Join("", [displayName], "(Contoso)")'
    parsed = {**TREE, "expression": text, "parameters": []}
    asking = [LISTING, FUNCTIONS_ASKED, parsing(text, parsingSucceeded=True, parsedExpression=parsed)]
    assert run(TASK, {**CHOSEN, **expressing(text)}, *reading(there), *asking, check_mode=True).changed


def test_a_text_that_the_service_words_otherwise_is_compared_as_a_tree() -> None:
    there = with_mappings(MATCHING, mapping("displayName", {**TREE, "expression": "Join(worded otherwise)"}))
    asking = [LISTING, FUNCTIONS_ASKED, parsing(JOINED, parsingSucceeded=True, parsedExpression=TREE)]
    assert not run(TASK, {**CHOSEN, **expressing(JOINED)}, *reading(there), *asking).changed


def test_a_tree_without_a_text_is_read() -> None:
    there = with_mappings(MATCHING, mapping("displayName", {**TREE, "expression": None}))
    assert not run(TASK, {**CHOSEN, **expressing(JOINED)}, *reading(there)).changed


def test_a_tree_that_comes_without_its_text_gets_it() -> None:
    before = with_mappings(MATCHING, mapping("displayName", attribute("displayName")))
    asking = [LISTING, FUNCTIONS_ASKED, parsing(JOINED, parsedExpression={**TREE, "expression": None})]
    changing(expressing(JOINED), before, with_mappings(MATCHING, mapping("displayName", TREE)), asking)


def test_an_expression_that_the_service_cannot_read_is_refused_with_its_reason() -> None:
    answer = parsing(
        JOINED, parsingSucceeded=False, parsedExpression=None, error={"code": "a", "message": "It is odd."}
    )
    assert "It is odd." in refused(expressing(JOINED), *reading(schema()), LISTING, FUNCTIONS_ASKED, answer)


def test_a_function_that_the_service_does_not_know_is_refused() -> None:
    text = refused(expressing('join("", [displayName])'), *reading(schema()), LISTING, FUNCTIONS_ASKED)
    assert "no function join" in text
    assert "It is spelled Join" in text


def test_a_service_without_a_list_of_functions_judges_by_reading() -> None:
    missing = [not_found("GET", f"{SCHEMA}/functions"), not_found("GET", f"{SCHEMA}/functions()")]
    before = with_mappings(MATCHING, mapping("displayName", attribute("displayName")))
    asking = [LISTING, *missing, parsing(JOINED, parsedExpression=TREE)]
    changing(expressing(JOINED), before, with_mappings(MATCHING, mapping("displayName", TREE)), asking)


def test_a_reader_predicts_an_expression_unread_and_is_warned() -> None:
    denied = Exchange("GET", f"{SCHEMA}/functions", **DENIED)
    two = {
        "attribute_mappings": [
            *expressing(JOINED)["attribute_mappings"],
            {"target": "city", "expression": "ToUpper([city])"},
        ]
    }
    result = run(TASK, {**CHOSEN, **two}, *reading(schema()), LISTING, denied, check_mode=True)
    assert result.after["attribute_mappings"]["displayName"] == {"expression": JOINED, "apply": "always"}
    assert "not checked" in result.warnings[0]
    assert len(result.warnings) == 2
    with pytest.raises(GraphError, match="permission") as raised:
        run(TASK, {**CHOSEN, **two}, *reading(schema()), LISTING, denied)
    assert "Synchronization.ReadWrite.All" in raised.value.explanation()


# Filters

ENGINEERS: Tree = {
    "name": "Engineers",
    "clauses": [
        {"attribute": "department", "operator": "EQUALS", "values": ["Engineering"]},
        {"attribute": "city", "operator": "is_not_null"},
    ],
}
WRITTEN: Tree = {
    "name": "Engineers",
    "clauses": [clause("department", "Equals", "Engineering"), clause("city", "IS NOT NULL")],
}
ASKING_FILTERS = [OPERATORS_ASKED, LISTING]


def filtering(*wanted: Tree) -> Tree:
    return {"scoping_filters": list(wanted)}


def test_a_filter_is_written_in_the_service_s_spelling_and_nothing_beside_it_changes() -> None:
    runs = changing(filtering(ENGINEERS), schema(), with_users(scope=scope(WRITTEN)), ASKING_FILTERS)
    words = [
        {"attribute": "department", "operator": "Equals", "values": ["Engineering"]},
        {"attribute": "city", "operator": "IS NOT NULL", "values": []},
    ]
    assert runs.diff == ({"scoping_filters": []}, {"scoping_filters": [{"name": "Engineers", "clauses": words}]})
    assert any("deleted in the target tenant, unless" in warning for warning in runs.do.warnings)


def test_order_spelling_and_an_empty_operand_are_no_difference() -> None:
    clauses = [
        clause("city", "is not null", targetOperand={"values": []}),
        clause("department", "EQUALS", "b", "Engineering"),
    ]
    other = {"name": "Others", "clauses": [clause("city", "Equals", "a")]}
    there = with_users(scope=scope({"name": "Engineers", "clauses": clauses}, other))
    wanted = copy.deepcopy(ENGINEERS)
    wanted["clauses"][0]["values"].append("b")
    others = {"name": "Others", "clauses": [{"attribute": "city", "operator": "equals", "values": ["a"]}]}
    assert not run(TASK, {**CHOSEN, **filtering(others, wanted)}, *reading(there)).changed


def test_the_list_is_complete_and_what_stays_of_a_group_stays_as_it_is() -> None:
    kept = clause("department", "EQUALS", "Engineering", undocumented=1)
    group = {"name": "Engineers", "clauses": [kept, clause("city", "Equals", "a")], "undocumented": 2}
    before = with_users(scope=scope({"name": "Others", "clauses": [clause("city", "Equals", "b")]}, group))
    after = with_users(scope=scope({**group, "clauses": [kept, clause("city", "IS NOT NULL")]}))
    changing(filtering(ENGINEERS), before, after, ASKING_FILTERS)


def test_an_empty_list_clears_without_a_question() -> None:
    runs = changing(filtering(), with_users(scope=scope(WRITTEN)), with_users(scope=scope()))
    assert runs.diff[1] == {"scoping_filters": []}
    assert len(runs.do.warnings) == 1


def test_a_schema_without_a_filter_gets_one() -> None:
    changing(filtering(ENGINEERS), with_users(scope=None), with_users(scope={"groups": [WRITTEN]}), ASKING_FILTERS)
    assert not run(TASK, {**CHOSEN, **filtering()}, *reading(with_users(scope=None))).changed


BUILT_IN = EXTERNAL["clauses"]
MERGED = {**WRITTEN, "clauses": [*WRITTEN["clauses"], *BUILT_IN]}


@pytest.mark.parametrize("name", ["Filter external users", "renamed", None])
def test_a_built_in_filter_among_the_groups_becomes_a_part_of_each(name: str | None) -> None:
    there = {**EXTERNAL, "name": name}
    before = with_users(scope=scope(there, built_in_first=False))
    after = with_users(scope=scope(MERGED, built_in_first=False))
    runs = changing(filtering(ENGINEERS), before, after, ASKING_FILTERS)
    shown_groups = runs.do.values["schema"]["scoping_filters"]
    assert [each["attribute"] for each in shown_groups[0]["clauses"]] == ["department", "city"]
    assert not run(TASK, {**CHOSEN, **filtering()}, *reading(before)).changed


def test_it_stands_alone_again_when_the_user_s_groups_are_cleared() -> None:
    before = with_users(scope=scope(MERGED, built_in_first=False))
    changing(filtering(), before, with_users(scope=scope(EXTERNAL, built_in_first=False)))


def test_a_group_that_somebody_put_beside_it_is_closed() -> None:
    before = with_users(scope=scope(EXTERNAL, WRITTEN, built_in_first=False))
    after = with_users(scope=scope(MERGED, built_in_first=False))
    runs = changing(filtering(ENGINEERS), before, after, ASKING_FILTERS)
    assert list(runs.diff[1]) == ["schema"]
    assert any("alternativeSecurityIds" in str(value) for value in runs.diff[1]["schema"].values())


@pytest.mark.parametrize(
    ("group", "part"),
    [
        ({"name": " ", "clauses": [{"attribute": "city", "operator": "a"}]}, "no name"),
        ({"name": "a", "clauses": []}, "no clauses"),
        ({"name": "a", "clauses": [{"attribute": " ", "operator": "a"}]}, "no attribute"),
        *(
            ({"name": "a", "clauses": [{"attribute": name, "operator": "EQUALS", "values": ["a"]}]}, name)
            for name in ("userType", "manager", "members", "IsMemberOf", "proxyAddresses", "alternativeSecurityIds")
        ),
    ],
)
def test_what_no_filter_can_look_at_is_refused_before_anything_is_asked(group: Tree, part: str) -> None:
    assert part in refused(filtering(group))


def test_two_groups_of_one_name_are_refused() -> None:
    assert "two groups" in refused(filtering(ENGINEERS, ENGINEERS))


@pytest.mark.parametrize(
    ("wrong", "part"),
    [
        ({"operator": "LIKE", "values": ["a"]}, "The service knows"),
        ({"operator": "IS NOT NULL", "values": ["a"]}, "takes no values"),
        ({"operator": "EQUALS"}, "needs values"),
        ({"operator": "EQUALS", "values": []}, "needs values"),
        ({"attribute": "level", "operator": "GREATER THAN", "values": ["1", "x"]}, "whole numbers"),
    ],
)
def test_operators_are_checked_against_the_service_s_list(wrong: Tree, part: str) -> None:
    group = {"name": "a", "clauses": [{"attribute": "city", **wrong}]}
    assert part in refused(filtering(group), *reading(schema()), OPERATORS_ASKED)


@pytest.mark.parametrize(
    ("wrong", "part"),
    [
        ({"attribute": "City", "operator": "EQUALS", "values": ["a"]}, "It is spelled city"),
        ({"attribute": "phones", "operator": "EQUALS", "values": ["a"]}, "several values"),
        ({"attribute": "born", "operator": "EQUALS", "values": ["a"]}, "DateTime"),
        ({"attribute": "city", "operator": "IS TRUE"}, "It takes Boolean"),
        ({"attribute": "city", "operator": "GREATER_THAN", "values": ["1"]}, "It takes Integer"),
    ],
)
def test_attributes_are_checked_against_the_directory(wrong: Tree, part: str) -> None:
    assert part in refused(filtering({"name": "a", "clauses": [wrong]}), *reading(schema()), *ASKING_FILTERS)


@pytest.mark.parametrize("types", [["string", "boolean"], "String, Boolean"], ids=["in small letters", "in one text"])
def test_types_are_compared_however_the_service_writes_them(types: t.Any) -> None:
    listed = [{**each, "supportedAttributeTypes": types} for each in OPERATORS]
    asking = [Exchange("GET", f"{SCHEMA}/filterOperators", reply=collection(*listed)), LISTING]
    changing(filtering(ENGINEERS), schema(), with_users(scope=scope(WRITTEN)), asking)
    numbers = {"name": "a", "clauses": [{"attribute": "level", "operator": "EQUALS", "values": ["1"]}]}
    assert "which is a Integer" in refused(filtering(numbers), *reading(schema()), *asking)


def test_operators_are_asked_for_in_both_documented_ways() -> None:
    asking = [
        not_found("GET", f"{SCHEMA}/filterOperators"),
        Exchange("GET", f"{SCHEMA}/filterOperators()", reply=collection(*OPERATORS)),
        LISTING,
    ]
    changing(filtering(ENGINEERS), schema(), with_users(scope=scope(WRITTEN)), asking)


def test_a_service_without_a_list_of_operators_gets_the_documented_ones() -> None:
    missing = [not_found("GET", f"{SCHEMA}/{form}") for form in ("filterOperators", "filterOperators()")]
    documented = copy.deepcopy(WRITTEN)
    documented["clauses"][0]["operatorName"] = "EQUALS"
    changing(filtering(ENGINEERS), schema(), with_users(scope=scope(documented)), [*missing, LISTING])


def test_a_reader_predicts_filters_with_the_documented_operators_and_is_warned() -> None:
    denied = Exchange("GET", f"{SCHEMA}/filterOperators", **DENIED)
    result = run(TASK, {**CHOSEN, **filtering(ENGINEERS)}, *reading(schema()), denied, LISTING, check_mode=True)
    assert result.changed
    assert "not checked" in result.warnings[0]
    with pytest.raises(GraphError, match="permission"):
        run(TASK, {**CHOSEN, **filtering(ENGINEERS)}, *reading(schema()), denied)


# Actions and groups


@pytest.mark.parametrize("there", ["Add,Update,Delete", "Delete, Add,Update", "add,update,delete"])
def test_actions_are_compared_as_a_set(there: str) -> None:
    options = {**CHOSEN, "target_object_actions": {"create": True, "update": True, "delete": True}}
    assert not run(TASK, options, *reading(with_users(flowTypes=there))).changed
    assert not run(TASK, {**CHOSEN, "target_object_actions": {}}, *reading(with_users(flowTypes=there))).changed


def test_all_actions_may_be_taken_away_and_given_back() -> None:
    none = dict.fromkeys(("create", "update", "delete"), False)
    changing({"target_object_actions": none}, schema(), with_users(flowTypes="None"))
    every = dict.fromkeys(none, True)
    changing({"target_object_actions": every}, with_users(flowTypes="None"), schema())
    changing(
        {"target_object_actions": {"create": False}}, with_users(flowTypes="Add,Later"), with_users(flowTypes="Later")
    )


def test_small_letters_are_no_difference_and_no_obstacle() -> None:
    entries = [{**each, "flowType": each["flowType"][:1].lower() + each["flowType"][1:]} for each in MAPPINGS]
    before = schema(rule(users(*entries, flowTypes="add,update,delete"), groups()))
    as_it_is = {"user_type_apply": "on_creation", "target_object_actions": {"delete": True}}
    assert not run(TASK, {**CHOSEN, **as_it_is}, *reading(before)).changed
    after = schema(rule(users(*entries, flowTypes="Add,Update"), groups()))
    changing({"target_object_actions": {"delete": False}}, before, after)


def test_groups_that_the_schema_does_not_map_are_refused() -> None:
    without = schema(rule(users()))
    assert "does not map groups" in refused({"group_mapping_enabled": True}, *reading(without))
    assert not run(TASK, {**CHOSEN, "group_mapping_enabled": False}, *reading(without)).changed
    assert run(TASK, CHOSEN, *reading(without)).values["schema"]["group_mapping_enabled"] is None


def test_a_schema_that_maps_no_users_can_be_looked_at_only() -> None:
    without = schema(rule(groups()))
    assert not run(TASK, CHOSEN, *reading(without)).changed
    for options in ({"user_type": "guest"}, filtering(), {"target_object_actions": {"delete": False}}):
        assert "does not map users" in refused(options, *reading(without))
    after = schema(rule(groups(enabled=True)))
    changing({"group_mapping_enabled": True}, without, after)


# Raw


def raw(document: Tree) -> Tree:
    return {"schema": document}


def test_a_backup_changes_nothing() -> None:
    backup = run(TASK, CHOSEN, *reading(schema())).values["schema"]["raw"]
    assert not run(TASK, {**CHOSEN, **raw(backup)}, *reading(schema(version="v9"))).changed


def test_raw_rules_replace_the_job_s_under_its_own_version_and_ids() -> None:
    wanted = schema(rule(users(name="renamed", metadata=[]), groups(), id="another job's"), version="v9", id="x")
    after = schema(rule(users(name="renamed", metadata=[]), groups()))
    runs = changing(raw(wanted), schema(), after)
    top = "synchronizationRules/USER_INBOUND_USER/objectMappings/User to User"
    assert runs.diff == (
        {
            "schema": {
                f"{top}/metadata/EscrowBehavior/key": "EscrowBehavior",
                f"{top}/metadata/EscrowBehavior/value": "Default",
                f"{top}/name": "Provision Microsoft Entra ID Users",
            }
        },
        {"schema": {f"{top}/name": "renamed"}},
    )


def test_a_raw_schema_names_the_mappings_that_differ() -> None:
    entries = [*MAPPINGS[:2], {**DEPARTMENT, "source": attribute("city"), "flowBehavior": "FlowAlways"}, SHOWN]
    runs = changing(raw(with_mappings(*entries)), schema(), with_mappings(*entries))
    top = "synchronizationRules/USER_INBOUND_USER/objectMappings/User to User/attributeMappings"
    assert runs.diff == (
        {
            "user_type": "member",
            "user_type_apply": "on_creation",
            "attribute_mappings": {"department": {"source": "department"}},
        },
        {
            "user_type": None,
            "user_type_apply": None,
            "attribute_mappings": {"department": {"source": "city"}},
            "schema": {f"{top}/department/flowBehavior": "FlowAlways"},
        },
    )


def test_null_absent_and_ordinary_values_of_a_raw_schema_are_the_same() -> None:
    bare = {
        "targetAttributeName": "department",
        "source": {"type": "Attribute", "name": "department", "expression": "[department]"},
    }
    wanted = with_mappings(*MAPPINGS[:2], {**bare, "undocumented": {"a": [1, 2.5, None]}}, SHOWN, USER_TYPE)
    assert not run(TASK, {**CHOSEN, **raw(wanted)}, *reading(schema())).changed


def test_raw_directories_are_read_compared_and_written_only_if_given() -> None:
    old, new = [DIRECTORIES[0]], [{**DIRECTORIES[0], "version": "7"}, DIRECTORIES[1]]
    expanded = {"query": {"$expand": "directories"}}
    options = {**CHOSEN, **raw({"directories": new})}
    before, after = schema(directories=old), schema(directories=new)
    runs = run_four_times(
        TASK,
        options,
        before=[FINDING, shown(before, **expanded)],
        writing=[writing(after), shown(after, **expanded)],
        after=[FINDING, shown(after, **expanded)],
    )
    assert all(path.startswith("directories/Microsoft Entra ID (target tenant)/") for path in runs.diff[1]["schema"])


@pytest.mark.parametrize(
    ("document", "part"),
    [
        ({}, "no synchronizationRules"),
        ({"synchronizationRules": []}, "empty"),
        ({"synchronizationRules": {}}, "empty"),
        ({"synchronizationRules": "a"}, "no list"),
        ({"synchronizationRules": [1]}, "no list of dictionaries"),
        (schema(rule({**users(), "scope": "a"})), "no dictionary"),
        (with_mappings({**DEPARTMENT, "matchingPriority": "1"}), "no whole number"),
        (with_mappings({**DEPARTMENT, "source": {"parameters": [{"key": "a", "value": 1}]}}), "no dictionary"),
    ],
)
def test_what_is_no_schema_is_refused_before_anything_is_asked(document: Tree, part: str) -> None:
    assert part in refused(raw(document))


@pytest.mark.parametrize(
    ("entries", "part"),
    [
        ((SOFT_DELETED, DEPARTMENT, SHOWN, USER_TYPE), "matching attributes"),
        ((*MAPPINGS[:2], {**DEPARTMENT, "matchingPriority": 2}), "matching attributes"),
        ((SOFT_DELETED, {**MATCHING, "source": attribute("netId")}), "matching attributes"),
        ((MATCHING, DEPARTMENT), "IsSoftDeleted"),
        ((*MAPPINGS, mapping("otherMails", attribute("department"))), "otherMails"),
    ],
)
def test_a_raw_schema_may_not_do_what_a_mapping_may_not(entries: tuple[Tree, ...], part: str) -> None:
    assert part in refused(raw(with_mappings(*entries)), *reading(schema()))


def test_what_is_there_already_is_not_the_raw_schema_s_fault() -> None:
    there = (*MAPPINGS, mapping("otherMails", attribute("department")))
    changing(
        raw(with_mappings(*there[1:-1], mapping("a", constant("b")), SOFT_DELETED, there[-1])),
        with_mappings(*there),
        with_mappings(*there[1:-1], mapping("a", constant("b")), SOFT_DELETED, there[-1]),
    )


# Back to the default

EDITED = schema(
    rule(
        users(*MAPPINGS[:3], scope=scope(WRITTEN), name="old name"),
        groups(enabled=True),
        sourceDirectoryName="Azure Active Directory",
    )
)
RESET = schema(rule(users(name="old name"), groups(), sourceDirectoryName="Azure Active Directory"), version="v2")
TEMPLATE_SHOWN = Exchange("GET", TEMPLATE, reply={**CONTEXT, **schema(rule(id="template"), id=JOB_TEMPLATE)})
DEFAULT = {"state": "default"}


def test_the_default_is_the_template_s_and_the_service_puts_it_back() -> None:
    runs = run_four_times(
        TASK,
        {**CHOSEN, **DEFAULT},
        before=[*reading(EDITED), TEMPLATE_SHOWN],
        writing=[Exchange("DELETE", SCHEMA, status=204), shown(EDITED), shown(RESET), shown(RESET)],
        after=[*reading(RESET), TEMPLATE_SHOWN],
    )
    assert set(runs.diff[1]) == {
        "user_type",
        "user_type_apply",
        "show_in_address_list",
        "scoping_filters",
        "group_mapping_enabled",
    }


@pytest.mark.parametrize("status", [400, 404, 405, 501])
def test_where_the_service_resets_nothing_the_template_s_mappings_are_written(status: int) -> None:
    denied = Exchange("DELETE", SCHEMA, status=status, reply=error_body("UnknownError"))
    run(
        TASK,
        {**CHOSEN, **DEFAULT},
        *reading(EDITED),
        TEMPLATE_SHOWN,
        denied,
        writing({**RESET, "version": "v1"}),
        shown(RESET),
    )


def test_what_the_template_does_not_speak_of_or_somebody_removed_is_reset_as_well() -> None:
    silent = users()
    del silent["scope"]
    template = Exchange("GET", TEMPLATE, reply=schema(rule(silent, groups(), id="template"), id=JOB_TEMPLATE))
    before = schema(rule(users(scope=scope(WRITTEN))))
    after = schema(rule(users(scope=None), groups()))
    denied = Exchange("DELETE", SCHEMA, status=405, reply=error_body("Request_BadRequest"))
    runs = run_four_times(
        TASK,
        {**CHOSEN, **DEFAULT},
        before=[*reading(before), template],
        writing=[denied, writing(after), shown(after)],
        after=[*reading(after), template],
    )
    assert runs.diff[1]["scoping_filters"] == []


def test_where_a_reset_has_no_effect_the_template_s_mappings_are_written() -> None:
    run(
        TASK,
        {**CHOSEN, **DEFAULT},
        *reading(EDITED),
        TEMPLATE_SHOWN,
        Exchange("DELETE", SCHEMA, status=204),
        *[shown(EDITED)] * asks_within(SyncSchema.visible_within),
        writing({**RESET, "version": "v1"}),
        shown(RESET),
    )


def test_a_reset_may_leave_no_schema_for_a_moment() -> None:
    deleted = Exchange("DELETE", SCHEMA, status=204)
    gone = not_found("GET", SCHEMA)
    assert run(
        TASK, {**CHOSEN, **DEFAULT}, *reading(EDITED), TEMPLATE_SHOWN, deleted, gone, shown(RESET), shown(RESET)
    ).changed


def test_a_refused_reset_is_a_failure() -> None:
    with pytest.raises(GraphError):
        run(TASK, {**CHOSEN, **DEFAULT}, *reading(EDITED), TEMPLATE_SHOWN, Exchange("DELETE", SCHEMA, **DENIED))


def test_a_template_without_rules_is_no_default() -> None:
    empty = Exchange("GET", TEMPLATE, reply={"id": JOB_TEMPLATE, "synchronizationRules": []})
    assert "no rules" in refused(DEFAULT, *reading(EDITED), empty, kind=EntraError)


def test_the_default_takes_no_wishes() -> None:
    assert "user_type" in refused({**DEFAULT, "user_type": "guest"})


# Which schema


def test_a_job_that_does_not_exist_yet_is_predicted_from_what_is_asked_for() -> None:
    options = {
        **expressing(JOINED),
        **filtering(ENGINEERS),
        "user_type": "guest",
        "show_in_address_list": False,
        "target_object_actions": {"delete": False},
        "group_mapping_enabled": True,
    }
    expected = {
        "user_type": "guest",
        "user_type_apply": "on_creation",
        "show_in_address_list": False,
        "attribute_mappings": {"displayName": {"expression": JOINED, "apply": "always"}},
        "target_object_actions": {"delete": False},
        "group_mapping_enabled": True,
    }
    for chosen, exchanges in (
        (CHOSEN, [Exchange("GET", JOBS_PATH, reply=collection())]),
        ({"service_principal_id": ZERO}, []),
        ({"target_tenant_id": OTHER}, reading_configurations()),
    ):
        result = run(TASK, {**chosen, **options}, *exchanges, check_mode=True)
        assert result.changed
        assert {name: value for name, value in result.after.items() if name != "scoping_filters"} == expected
        assert result.after["scoping_filters"][0]["name"] == "Engineers"
        assert result.values["schema"]["job_id"] == ZERO
    for more in ({}, DEFAULT, {"attribute_mappings": [{"target": "city", "state": "absent"}]}):
        assert not run(TASK, {"service_principal_id": ZERO, **more}, check_mode=True).changed
    only_when = run(TASK, {"service_principal_id": ZERO, "user_type_apply": "always"}, check_mode=True)
    assert only_when.values["schema"]["user_type_apply"] == "always"
    whole = run(TASK, {"service_principal_id": ZERO, **raw(schema())}, check_mode=True)
    assert whole.values["schema"]["user_type"] == "member"


def test_a_job_that_does_not_exist_is_a_failure_of_a_real_run() -> None:
    with pytest.raises(EntraError, match="0 provisioning jobs") as raised:
        run(TASK, CHOSEN, Exchange("GET", JOBS_PATH, reply=collection()))
    assert "sync_job" in raised.value.explanation()
    with pytest.raises(EntraError, match="no configuration"):
        run(TASK, {"target_tenant_id": OTHER}, *reading_configurations())
    with pytest.raises(InputError, match="placeholder"):
        run(TASK, {"service_principal_id": ZERO})


def test_two_jobs_are_refused_and_both_are_named() -> None:
    jobs = [{"id": name, "templateId": JOB_TEMPLATE} for name in (JOB, "second")]
    text = refused({}, Exchange("GET", JOBS_PATH, reply=collection(*jobs)), kind=EntraError)
    assert JOB in text
    assert "second" in text


def test_a_new_job_may_have_no_schema_for_a_moment() -> None:
    clock = Clock()
    run(TASK, CHOSEN, FINDING, not_found("GET", SCHEMA), shown(schema()), clock=clock)
    assert len(clock.waits) == 1


def test_a_job_that_never_has_a_schema_is_a_failure() -> None:
    with pytest.raises(EntraError, match="no schema"):
        run(TASK, CHOSEN, FINDING, *[not_found("GET", SCHEMA)] * asks_within(SyncSchema.visible_within))


def test_a_young_configuration_is_waited_for() -> None:
    early = Exchange("GET", JOBS_PATH, status=403, reply=error_body("UnknownError"))
    run(TASK, CHOSEN, early, *reading_age(20), *reading(schema()))


def test_the_job_is_told_by_its_id_as_it_is() -> None:
    odd = "Azure2Azure:a/b #1"
    finding = Exchange("GET", JOBS_PATH, reply=collection({"id": odd, "templateId": JOB_TEMPLATE}))
    showing = Exchange("GET", f"{JOBS_PATH}/Azure2Azure%3Aa%2Fb%20%231/schema", reply=schema())
    assert run(TASK, CHOSEN, finding, showing).values["schema"]["job_id"] == odd


def test_objects_may_be_named_in_any_case() -> None:
    lower = {"sourceObjectName": "user", "targetObjectName": "USER"}
    before = schema(rule(users(**lower), groups(sourceObjectName="group")))
    after = schema(rule(users(**lower, flowTypes="Add,Update"), groups(sourceObjectName="group", enabled=True)))
    runs = changing({"target_object_actions": {"delete": False}, "group_mapping_enabled": True}, before, after)
    assert set(runs.diff[1]) == {"target_object_actions", "group_mapping_enabled"}


def test_the_rule_is_chosen_by_what_it_maps() -> None:
    odd = rule(groups(), name="USER_INBOUND_USER", id="a")
    named = rule(users(), name="Anything", id=RULE, priority=5)
    assert run(TASK, CHOSEN, *reading(schema(odd, named))).values["schema"]["user_type"] == "member"
