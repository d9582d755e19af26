# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""provision_on_demand: one by one, at the service's pace, and a 200 is not believed."""

from __future__ import annotations

import json
import typing as t

import pytest
import requests
from ansible_collections.entra.crosstenant.plugins.module_utils._errors import (
    EntraError,
    GraphError,
    InputError,
    PartlyDone,
)
from ansible_collections.entra.crosstenant.plugins.module_utils._resources.on_demand_answer import read_answer
from ansible_collections.entra.crosstenant.plugins.modules.provision_on_demand import TASK
from hypothesis import given
from hypothesis import strategies as st

from unit.conversation import Conversation, Exchange
from unit.factories import (
    JOB,
    JOB_TEMPLATE,
    JOBS_PATH,
    OTHER,
    PRINCIPAL,
    RULE,
    ZERO,
    Clock,
    Tree,
    client,
    collection,
    error_body,
    guid,
    parameters,
    reading_configurations,
    run,
    secrets,
    service_principal,
    wrapped_error,
)

FIELDS = "id,displayName,userPrincipalName,userType,accountEnabled"
LITERAL = "Microsoft.Identity.Health.CPP.Common.DataContracts.SyncFabric.StatusInfo"
NAMES = [f"user{number}@contoso.example" for number in range(6)]
IDS = {name: guid(0x100 + number) for number, name in enumerate(NAMES)}
CHOSEN: Tree = {"service_principal_id": PRINCIPAL, "users": NAMES[:1]}


def looking_up(name: str) -> Exchange:
    return Exchange("GET", f"/v1.0/users/{name}", query={"$select": FIELDS}, reply={"id": IDS[name]})


def jobs(*found: Tree) -> Exchange:
    return Exchange("GET", JOBS_PATH, reply=collection(*found))


def rule(rule_id: str = RULE, name: str = "USER_INBOUND_USER", kind: str = "User", **more: t.Any) -> Tree:
    mapping = {"sourceObjectName": kind, "targetObjectName": kind, "name": "Provision Microsoft Entra ID Users"}
    return {"id": rule_id, "name": name, "priority": 1, "objectMappings": [mapping], **more}


def schema(*rules: Tree) -> Exchange:
    return Exchange("GET", f"{JOBS_PATH}/{JOB}/schema", reply={"id": JOB, "synchronizationRules": list(rules)})


def preparing(name: str = NAMES[0]) -> list[Exchange]:
    return [looking_up(name), jobs({"id": JOB, "templateId": JOB_TEMPLATE}), schema(rule())]


def provisioning(name: str = NAMES[0], answer: Tree | None = None, rule_id: str = RULE, **more: t.Any) -> Exchange:
    subjects = [{"objectId": IDS[name], "objectTypeName": "User"}]
    return Exchange(
        "POST",
        f"{JOBS_PATH}/{JOB}/provisionOnDemand",
        json={"parameters": [{"ruleId": rule_id, "subjects": subjects}]},
        **{"reply": answer or object_answer("Success"), **more},
    )


def entry(status: str, code: str | None = None, reason: str | None = None, **more: t.Any) -> Tree:
    return {
        "action": "Create",
        "statusInfo": {"status": status, "errorCode": code, "reason": reason},
        "provisioningSteps": [
            {
                "name": "EntryImport",
                "type": "Import",
                "status": "Success",
                "description": "Read.",
                "details": {"mail": "m"},
            }
        ],
        **more,
    }


def array_answer(status: str, code: str | None = None, reason: str | None = None, **more: t.Any) -> Tree:
    """The shape in which the status stands in the value, an array."""
    return {"key": LITERAL, "value": json.dumps([entry(status, code, reason, **more)])}


def object_answer(status: str, code: str | None = None, reason: str | None = None, **more: t.Any) -> Tree:
    """The shape in which the status stands in the key as well, beside an object."""
    details = {"details": {"errorCode": code, "errorMessage": reason}} if code else {}
    return {"key": json.dumps({"result": status, **details}), "value": json.dumps(entry(status, code, reason, **more))}


def key_answer(status: str, code: str | None = None, reason: str | None = None, **dummy: t.Any) -> Tree:
    """The shape with an empty value."""
    return {**object_answer(status, code, reason), "value": "{}"}


shapes = pytest.mark.parametrize("shape", [array_answer, object_answer, key_answer])


def partly(*exchanges: Exchange, **params: t.Any) -> PartlyDone:
    with pytest.raises(PartlyDone) as raised:
        run(TASK, {**CHOSEN, **params}, *exchanges)
    return raised.value


@shapes
@pytest.mark.parametrize("status", ["Success", "Warning", "success"])
def test_a_user_who_was_provisioned_is_a_change(shape: t.Callable[..., Tree], status: str) -> None:
    result = run(TASK, CHOSEN, *preparing(), provisioning(answer=shape(status)))
    assert result.changed
    (report,) = result.values["results"]
    assert (report["user"], report["object_id"]) == (NAMES[0], IDS[NAMES[0]])
    assert (report["status"], report["changed"]) == ("success", True)
    assert result.after == {"provisioned": NAMES[:1]}


@shapes
def test_a_user_who_is_equal_already_is_unchanged(shape: t.Callable[..., Tree]) -> None:
    answer = shape("Skipped", "RedundantExport", "The state is as it should be.")
    result = run(TASK, {**CHOSEN, "wait_for_assignment": 60}, *preparing(), provisioning(answer=answer))
    assert not result.changed
    (report,) = result.values["results"]
    assert (report["status"], report["error_code"], report["changed"]) == ("skipped", "RedundantExport", False)
    assert report["reason"] == "The state is as it should be."
    assert (result.before, result.after) == ({}, {})


@shapes
def test_a_user_who_failed_fails_the_task(shape: t.Callable[..., Tree]) -> None:
    error = partly(*preparing(), provisioning(answer=shape("Failure", "InvitationCreationFailure", "Not allowed.")))
    assert not error.changed
    assert f"{NAMES[0]}: Not allowed." in error.message
    assert error.values["results"][0]["status"] == "failure"


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"key": LITERAL, "value": "[]"},
        {"key": LITERAL, "value": "{}"},
        {"key": "text", "value": "no JSON"},
        {"key": None, "value": None},
    ],
)
def test_an_answer_that_says_nothing_is_a_failure(answer: Tree) -> None:
    error = partly(*preparing(), provisioning(reply=answer))
    assert "does not say" in error.message


REPORTED = {
    "user",
    "object_id",
    "status",
    "changed",
    "action",
    "error_code",
    "reason",
    "remedy",
    "failing_step",
    "steps",
    "modified_attributes",
}


def test_the_report_has_documented_keys_only_and_no_attribute_values() -> None:
    written = [{"displayName": "mail", "oldValue": None, "newValue": "secret@contoso.example"}, {"displayName": None}]
    answers = (array_answer("Success", modifiedProperties=written), array_answer("Skipped", "RedundantExport"))
    reports = [run(TASK, CHOSEN, *preparing(), provisioning(answer=answer)).values["results"][0] for answer in answers]
    assert [report["modified_attributes"] for report in reports] == [["mail"], []]
    assert "secret@contoso.example" not in str(reports)
    failed = partly(*preparing(), provisioning(answer=array_answer("Failure"))).values["results"]
    refused = partly(*preparing(), provisioning(status=400, reply=error_body("Other"))).values["results"]
    predicted = run(TASK, CHOSEN, looking_up(NAMES[0]), check_mode=True).values["results"]
    for report in (*reports, *failed, *refused, *predicted):
        assert set(report) == REPORTED
    for report in reports:
        assert report["steps"] == [
            {"name": "EntryImport", "type": "Import", "status": "success", "description": "Read."}
        ]


def test_users_are_taken_one_by_one_and_one_failure_stops_nobody() -> None:
    error = partly(
        looking_up_together(*NAMES[:3]),
        *preparing()[1:],
        provisioning(NAMES[0]),
        provisioning(NAMES[1], status=400, reply=error_body("Other", "No such rule.")),
        provisioning(NAMES[2], answer=array_answer("Skipped", "RedundantExport")),
        users=NAMES[:3],
    )
    assert error.changed
    assert [each["status"] for each in error.values["results"]] == ["success", "failure", "skipped"]
    assert "1 of 3" in error.message
    assert "No such rule." in error.message


@pytest.mark.parametrize("status", [401, 403])
def test_a_missing_permission_stops_at_once(status: int) -> None:
    with pytest.raises(GraphError) as raised:
        run(TASK, CHOSEN, *preparing(), provisioning(status=status, reply=error_body("UnknownError", "")))
    assert "Synchronization.ReadWrite.All" in raised.value.hint


def test_a_lost_answer_is_asked_for_again() -> None:
    lost = provisioning(error=requests.ReadTimeout("too slow"))
    assert run(TASK, CHOSEN, *preparing(), lost, provisioning()).changed


def test_the_service_is_given_time_for_its_answer() -> None:
    with Conversation(*preparing(), provisioning()) as conversation:
        TASK.operation(parameters(TASK, **CHOSEN)).run(client(conversation, timeout=30), False)
    assert conversation.timeouts[:3] == [30, 30, 30]
    assert conversation.timeouts[3] >= 60


UNKNOWN_RULE = error_body("RequestParameterInvalid", "The job does not include the rule.")


@pytest.mark.parametrize("reply", [UNKNOWN_RULE, wrapped_error("RequestParameterInvalid", "No such rule.")])
def test_a_rule_that_the_job_does_not_know_any_more_is_read_again_once(reply: Tree) -> None:
    refused = provisioning(status=400, reply=reply)
    newer = schema(rule(f"{RULE}#V2"))
    assert run(TASK, CHOSEN, *preparing(), refused, newer, provisioning(rule_id=f"{RULE}#V2")).changed
    error = partly(*preparing(), refused, schema(rule()))
    assert error.values["results"][0]["error_code"] == "RequestParameterInvalid"
    again = provisioning(rule_id=f"{RULE}#V2", status=400, reply=reply)
    assert not partly(*preparing(), refused, newer, again).changed


def test_who_is_found_equal_after_a_lost_answer_counts_as_changed() -> None:
    clock = Clock()
    lost = provisioning(status=504, reply="")
    equal = provisioning(answer=array_answer("Skipped", "RedundantExport"))
    result = run(TASK, CHOSEN, *preparing(), lost, equal, clock=clock)
    assert result.changed
    assert (result.values["results"][0]["status"], result.after) == ("skipped", {"provisioned": NAMES[:1]})
    assert clock.waits == [1.0]


def test_a_service_that_never_answers_is_a_failure_of_the_user() -> None:
    error = partly(*preparing(), *[provisioning(status=503, reply="")] * 5)
    assert error.values["results"][0]["status"] == "failure"
    assert "may or may not" in error.message


def test_throttling_is_waited_out() -> None:
    clock = Clock()
    busy = provisioning(status=429, reply=error_body("TooManyRequests"), reply_headers={"Retry-After": "7"})
    assert run(TASK, CHOSEN, *preparing(), busy, provisioning(), clock=clock).changed
    assert clock.waits == [7.0]


def looking_up_together(*names: str, known: bool = True) -> Exchange:
    """How several users are looked up."""
    items = [
        {"id": str(at), "method": "GET", "url": f"/users/{each}?$select={FIELDS}"} for at, each in enumerate(names)
    ]
    status = 200 if known else 404
    bodies = [{"id": IDS[each]} if known else error_body("Request_ResourceNotFound") for each in names]
    found = [{"id": str(at), "status": status, "body": body} for at, body in enumerate(bodies)]
    return Exchange("POST", "/v1.0/$batch", json={"requests": items}, reply={"responses": found})


def two_looked_up() -> list[Exchange]:
    return [looking_up_together(*NAMES[:2]), *preparing()[1:]]


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refusal_after_somebody_was_provisioned_does_not_hide_him(status: int) -> None:
    refused = provisioning(NAMES[1], status=status, reply=error_body("UnknownError", ""))
    error = partly(*two_looked_up(), provisioning(), refused, users=NAMES[:2])
    assert error.changed
    assert [each["status"] for each in error.values["results"]] == ["success", "failure"]


# What the answer says


def own(status: str, code: str | None = None, name: str = NAMES[0], **more: t.Any) -> Tree:
    return entry(status, code, sourceIdentity={"id": IDS[name].upper(), "type": "User"}, **more)


def values_answer(*entries: t.Any) -> Tree:
    return {"key": LITERAL, "value": json.dumps(entries)}


def reported(answer: Tree) -> Tree:
    try:
        return t.cast("Tree", run(TASK, CHOSEN, *preparing(), provisioning(answer=answer)).values["results"][0])
    except PartlyDone as error:
        return t.cast("Tree", error.values["results"][0])


def step(kind: str, status: str, **more: t.Any) -> Tree:
    return {"name": f"Entry{kind}", "type": kind, "status": status, "description": f"{kind} was {status}", **more}


MANAGER = own("Failure", "UnableToResolveReferenceAttributeValue", NAMES[1])


@pytest.mark.parametrize(
    ("entries", "status", "changed"),
    [
        ([MANAGER, own("Success")], "success", True),
        ([own("Success"), MANAGER], "success", True),
        ([MANAGER, own("Skipped", "RedundantExport")], "skipped", False),
        ([own("Skipped", "RedundantExport"), own("Success")], "success", True),
        ([own("Success"), own("Failure", "Conflict")], "failure", False),
        ([entry("Skipped", "RedundantExport"), entry("Success")], "success", True),
        ([MANAGER], "failure", False),
        ([None, "text", 1, own("Success")], "success", True),
        ([json.dumps(own("Success"))], "success", True),
    ],
)
def test_of_several_entries_the_users_own_decide(entries: list[t.Any], status: str, changed: bool) -> None:
    report = reported(values_answer(*entries))
    assert (report["status"], report["changed"]) == (status, changed)


def test_the_failing_step_is_named() -> None:
    steps = [step("Import", "Success"), step("Export", "Failure", details={"ErrorCode": "x", "mail": "m"}), None]
    answer = values_answer(own("Failure", "InvitationCreationFailureAmbiguousUser", provisioningSteps=steps))
    error = partly(*preparing(), provisioning(answer=answer))
    (report,) = error.values["results"]
    assert report["failing_step"] == "EntryExport"
    assert [each["status"] for each in report["steps"]] == ["success", "failure"]
    assert "(step EntryExport)" in error.message
    assert "same proxy address" in report["reason"]
    assert "remove that user" in report["remedy"]
    assert "remove that user" in error.hint


@pytest.mark.parametrize("shape", [array_answer, object_answer])
def test_a_user_who_was_provisioned_with_a_warning_is_warned_of(shape: t.Callable[..., Tree]) -> None:
    answer = shape("Warning", "Some", "No manager.")
    (warning,) = run(TASK, CHOSEN, *preparing(), provisioning(answer=answer)).warnings
    assert NAMES[0] in warning
    assert "No manager." in warning


def test_a_failure_in_either_place_is_a_failure() -> None:
    contradicting = {**array_answer("Success"), "key": json.dumps({"result": "Failure", "details": {"errorCode": "X"}})}
    report = reported(contradicting)
    assert (report["status"], report["changed"], report["error_code"]) == ("failure", False, "X")


def test_a_status_that_is_not_known_is_a_failure_that_names_it() -> None:
    report = reported(array_answer("Deferred", reason="Later."))
    assert report["status"] == "failure"
    assert "'deferred': Later." in report["reason"]


def test_empty_texts_say_nothing() -> None:
    report = reported(array_answer("Failure", "", ""))
    assert (report["error_code"], report["reason"]) == (None, "the service gave no reason")
    report = reported({"key": "", "value": json.dumps(entry("Skipped", "", "Because."))})
    assert (report["status"], report["error_code"], report["reason"]) == ("skipped", None, "Because.")


@pytest.mark.parametrize(
    "value",
    [
        json.dumps({"StatusInfo": {"Status": "Success"}, "ProvisioningSteps": None}),
        json.dumps(json.dumps(entry("Success"))),
        [entry("Success")],
        entry("Success"),
        json.dumps({"provisioningStatusInfo": {"status": "success", "errorInformation": None}}),
        json.dumps({"provisioningSteps": [step("Import", "Success"), step("Export", "Success")]}),
        json.dumps({"statusInfo": {"status": "Success"}, "provisioningSteps": "none", "modifiedProperties": {}}),
    ],
)
def test_the_value_may_be_written_in_many_ways(value: t.Any) -> None:
    assert reported({"key": LITERAL, "value": value})["status"] == "success"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "statusInfo",
                    "status",
                    "result",
                    "details",
                    "errorCode",
                    "provisioningSteps",
                    "sourceIdentity",
                    "modifiedProperties",
                    "errorInformation",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON, JSON)
def test_any_answer_is_read(key: t.Any, value: t.Any) -> None:
    for answer in ({"key": key, "value": value}, {"key": json.dumps(key), "value": json.dumps(value)}):
        outcome = read_answer(answer, IDS[NAMES[0]])
        assert outcome["status"] in ("success", "skipped", "failure")
        assert outcome["status"] != "failure" or outcome["reason"] is None or isinstance(outcome["reason"], str)


# Check mode


def test_check_mode_looks_users_up_and_provisions_nobody() -> None:
    result = run(TASK, CHOSEN, looking_up(NAMES[0]), check_mode=True)
    assert result.changed
    assert result.values["results"][0]["status"] == "predicted"
    assert result.after == {"provisioned": NAMES[:1]}


def test_check_mode_takes_a_configuration_that_does_not_exist_yet() -> None:
    params = {"target_tenant_id": OTHER, "users": NAMES[:1]}
    assert run(TASK, params, *reading_configurations(), looking_up(NAMES[0]), check_mode=True).changed
    assert run(TASK, {**CHOSEN, "service_principal_id": ZERO}, looking_up(NAMES[0]), check_mode=True).changed


def test_nobody_to_provision_is_no_change() -> None:
    assert not run(TASK, {**CHOSEN, "users": []}, check_mode=True).changed
    assert not run(TASK, {**CHOSEN, "users": []}, *preparing()[1:]).changed


@pytest.mark.parametrize("check_mode", [False, True])
def test_users_who_cannot_be_found_are_told_before_anybody_is_provisioned(check_mode: bool) -> None:
    missing = looking_up_together(*NAMES[:2], known=False)
    with pytest.raises(InputError) as raised:
        run(TASK, {**CHOSEN, "users": NAMES[:2]}, missing, check_mode=check_mode)
    assert all(name in raised.value.message for name in NAMES[:2])
    assert "groups cannot be provisioned on demand" in raised.value.hint


# Waiting


NOT_ASSIGNED = [
    array_answer("Skipped", "NotEffectivelyEntitled"),
    object_answer("Skipped", "NotAssigned"),
    array_answer(
        "Skipped",
        "Other",
        provisioningSteps=[{"name": "EntrySynchronizationScoping", "type": "Scoping", "status": "Skipped"}],
    ),
]


@pytest.mark.parametrize("answer", NOT_ASSIGNED)
def test_an_assignment_made_a_moment_ago_is_waited_for(answer: Tree) -> None:
    clock = Clock()
    early = provisioning(answer=answer)
    result = run(TASK, {**CHOSEN, "wait_for_assignment": 60}, *preparing(), early, early, provisioning(), clock=clock)
    assert result.changed
    assert clock.waits == [2.0, 4.0]


@pytest.mark.parametrize("answer", NOT_ASSIGNED)
def test_without_a_wait_one_who_is_not_in_scope_is_skipped_at_once(answer: Tree) -> None:
    clock = Clock()
    result = run(TASK, CHOSEN, *preparing(), provisioning(answer=answer), clock=clock)
    assert not result.changed
    assert result.values["results"][0]["status"] == "skipped"
    assert clock.waits == []


FILTERED = [
    step("Scoping", "Skipped", details={"Department EQUALS Sales": "False"}, description="Outside the scoping filter."),
    step("Scoping", "Skipped", details={"Assigned to the application": "True", "Scoping filter passed": "False"}),
    step("Skip", "Skipped", details={"Filter external users.alternativeSecurityIds EQUALS 'None'": "False"}),
]


@pytest.mark.parametrize("skip", FILTERED)
def test_nobody_waits_for_a_user_whom_a_filter_keeps_out(skip: Tree) -> None:
    clock = Clock()
    answer = array_answer("Skipped", "EntrySynchronizationSkipped", provisioningSteps=[step("Import", "Success"), skip])
    params = {**CHOSEN, "wait_for_assignment": 60}
    (report,) = run(TASK, params, *preparing(), provisioning(answer=answer), clock=clock).values["results"]
    assert report["status"] == "skipped"
    assert clock.waits == []


def test_a_user_whom_the_built_in_filter_keeps_out_is_told_why() -> None:
    passed = step("Scoping", "Success", details={"Filter external users.alternativeSecurityIds EQUALS 'None'": "True"})
    skipped = array_answer("Skipped", "EntrySynchronizationSkipped", provisioningSteps=[FILTERED[2]])
    assert "SMS" in reported(skipped)["reason"]
    assert "SMS" in reported(skipped)["remedy"]
    equal = array_answer("Skipped", "RedundantExport", provisioningSteps=[passed])
    assert "SMS" not in str(reported(equal))


def test_an_assignment_that_the_details_deny_is_waited_for() -> None:
    denied = step("Scoping", "Skipped", details={"Assigned to the application": "False", "Scoping filter": "True"})
    early = provisioning(answer=array_answer("Skipped", provisioningSteps=[denied]))
    assert run(TASK, {**CHOSEN, "wait_for_assignment": 60}, *preparing(), early, provisioning()).changed


def test_all_users_are_waited_for_together() -> None:
    clock = Clock()
    early = [provisioning(name, answer=NOT_ASSIGNED[0]) for name in NAMES[:2]]
    later = [provisioning(NAMES[0]), early[1]]
    params = {**CHOSEN, "users": NAMES[:2], "wait_for_assignment": 3}
    result = run(TASK, params, *two_looked_up(), *early, *later, clock=clock)
    assert [each["status"] for each in result.values["results"]] == ["success", "skipped"]
    assert clock.waits == [2.0]


def test_an_assignment_that_never_takes_effect_is_waited_for_no_longer_than_told() -> None:
    clock = Clock()
    early = provisioning(answer=NOT_ASSIGNED[0])
    result = run(TASK, {**CHOSEN, "wait_for_assignment": 7}, *preparing(), *[early] * 3, clock=clock)
    assert not result.changed
    assert clock.waits == [2.0, 4.0]


def test_no_more_than_five_calls_go_out_in_ten_seconds() -> None:
    clock = Clock()
    run(
        TASK,
        {**CHOSEN, "users": NAMES},
        looking_up_together(*NAMES),
        *preparing()[1:],
        *[provisioning(name) for name in NAMES],
        clock=clock,
    )
    # All of the fake clock's time is waits: the sixth call waits until the first is ten seconds ago.
    assert clock.waits == [10.0]


# Job and rule


@pytest.mark.parametrize(("count", "hint"), [(0, "sync_job"), (2, "Delete all but one")])
def test_exactly_one_job_is_needed(count: int, hint: str) -> None:
    found = [{"id": f"job{number}", "templateId": JOB_TEMPLATE} for number in range(count)]
    with pytest.raises(EntraError, match=f"has {count} provisioning jobs") as raised:
        run(TASK, CHOSEN, looking_up(NAMES[0]), jobs(*found, {"id": "x", "templateId": "scim"}))
    assert hint in raised.value.hint


def test_the_rule_for_users_is_told_by_its_mapping_and_its_name() -> None:
    rules = [rule(guid(1), "GROUPS", "Group"), rule(guid(2), "OTHER", priority=0), rule(f"{RULE}#V2")]
    run(
        TASK,
        CHOSEN,
        *preparing()[:2],
        schema(*rules),
        provisioning(rule_id=f"{RULE}#V2"),
    )


def test_a_schema_without_a_rule_for_users_is_a_failure() -> None:
    with pytest.raises(EntraError, match="no rule that maps users"):
        run(TASK, CHOSEN, *preparing()[:2], schema(rule(kind="Group")))


def test_the_configuration_is_found_by_its_target() -> None:
    found = reading_configurations((service_principal(), secrets()))
    params = {"target_tenant_id": OTHER, "users": NAMES[:1]}
    assert run(TASK, params, *found, *preparing(), provisioning()).changed
