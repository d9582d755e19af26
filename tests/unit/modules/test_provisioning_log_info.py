# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""provisioning_log_info: asked narrowly, tested once more, summed up with advice; no attribute values by default."""

from __future__ import annotations

import json
import typing as t
from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.entra.crosstenant.plugins.module_utils._errors import EntraError, GraphError, InputError
from ansible_collections.entra.crosstenant.plugins.module_utils._provisioning_advice import (
    ERRORS,
    SKIPPED,
    advice_on_error,
    advice_on_skip,
)
from ansible_collections.entra.crosstenant.plugins.module_utils._provisioning_log import action_of, status_of
from ansible_collections.entra.crosstenant.plugins.module_utils._resources import provisioning_log
from ansible_collections.entra.crosstenant.plugins.module_utils._resources.log_entry import entry_view
from ansible_collections.entra.crosstenant.plugins.module_utils._resources.log_question import ACTIONS, STATUSES, Users
from ansible_collections.entra.crosstenant.plugins.module_utils._resources.log_summary import skip_reason, summary_of
from ansible_collections.entra.crosstenant.plugins.modules.provisioning_log_info import TASK
from hypothesis import given
from hypothesis import strategies as st

from unit.conversation import Exchange
from unit.factories import (
    JOB,
    OTHER,
    PRINCIPAL,
    ZERO,
    Clock,
    Tree,
    collection,
    error_body,
    guid,
    reading_configurations,
    run,
    secrets,
    service_principal,
)

LOG = "/v1.0/auditLogs/provisioning"
NOW = datetime(2026, 5, 2, 12, 0, 0, 500000, tzinfo=timezone.utc)
DAY = "activityDateTime gt 2026-05-01T12:00:00Z"
CHOSEN = {"service_principal_id": PRINCIPAL}
OURS = f"{DAY} and servicePrincipal/id eq '{PRINCIPAL}'"
ADELE = guid(0x61)
SECRET_VALUE = "+49 30 901820"


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provisioning_log, "now", lambda: NOW)


def entry(
    number: int = 1, action: str = "create", status: str = "success", code: str | None = None, **more: t.Any
) -> Tree:
    error = code and {"errorCode": code, "reason": f"Because of {code}.", "errorCategory": "failure"}
    return {
        "id": guid(0x200 + number),
        "activityDateTime": "2026-05-02T10:00:00Z",
        "jobId": JOB,
        "cycleId": guid(0x50),
        "changeId": guid(0x300 + number),
        "tenantId": OTHER,
        "durationInMilliseconds": 150,
        "provisioningAction": action,
        "servicePrincipal": {"id": PRINCIPAL, "displayName": "Fabrikam"},
        "sourceIdentity": {
            "id": guid(0x60 + number),
            "displayName": f"User {number}",
            "identityType": "User",
            "details": {"UserPrincipalName": f"user{number}@contoso.example", "mobile": SECRET_VALUE},
        },
        "targetIdentity": {"id": guid(0x70 + number), "displayName": f"User {number}", "details": {}},
        "initiatedBy": {"id": "", "displayName": "Azure AD Provisioning Service", "initiatorType": "system"},
        "provisioningStatusInfo": {"status": status, "errorInformation": error},
        "provisioningSteps": [
            {
                "name": "EntryImport",
                "provisioningStepType": "Import",
                "status": "Success",
                "details": {"x": SECRET_VALUE},
            }
        ],
        "modifiedProperties": [{"displayName": "mobile", "oldValue": None, "newValue": SECRET_VALUE}],
        **more,
    }


def log(*rows: Tree, clauses: str = OURS, next_link: str | None = None, **more: t.Any) -> Exchange:
    query = {"$filter": clauses, "$top": "500", "$orderby": "activityDateTime desc"}
    return Exchange("GET", LOG, query=query, **{"reply": collection(*rows, next_link=next_link), **more})


def ids(result: t.Any) -> list[str]:
    return [each["id"] for each in result.values["entries"]]


# What is asked


def test_a_configuration_of_the_last_day_is_asked_for() -> None:
    for check_mode in (False, True):
        result = run(TASK, CHOSEN, log(entry()), check_mode=check_mode)
        assert (result.changed, result.before, result.after) == (False, {}, {})
        assert ids(result) == [guid(0x201)]


def test_without_a_selector_it_is_the_whole_tenant() -> None:
    foreign = entry(2, servicePrincipal={"id": guid(9), "displayName": "Else"})
    assert len(ids(run(TASK, {}, log(entry(), foreign, clauses=DAY)))) == 2


def test_the_configuration_is_found_by_its_target() -> None:
    found = reading_configurations((service_principal(), secrets()))
    assert ids(run(TASK, {"target_tenant_id": OTHER}, *found, log(entry())))


def test_a_configuration_that_is_only_predicted_has_no_log() -> None:
    for chosen, lookup in (
        ({"service_principal_id": ZERO}, []),
        ({"target_tenant_id": OTHER}, reading_configurations()),
    ):
        result = run(TASK, chosen, *lookup, check_mode=True)
        assert result.values["entries"] == []
        assert result.values["summary"]["total"] == 0
        with pytest.raises(EntraError):
            run(TASK, chosen, *lookup)


def test_an_empty_selector_is_not_the_whole_tenant() -> None:
    with pytest.raises(InputError):
        run(TASK, {"service_principal_id": ""})


@pytest.mark.parametrize(
    ("since", "until", "clauses"),
    [
        ("30m", None, "activityDateTime gt 2026-05-02T11:30:00Z"),
        ("24h", None, DAY),
        ("7d", "24 H", "activityDateTime gt 2026-04-25T12:00:00Z and activityDateTime lt 2026-05-01T12:00:00Z"),
        ("2w", None, "activityDateTime gt 2026-04-18T12:00:00Z"),
        ("2026-05-01T12:00:00+02:00", None, "activityDateTime gt 2026-05-01T10:00:00Z"),
        (
            "2026-05-01",
            "2026-05-02",
            "activityDateTime gt 2026-05-01T00:00:00Z and activityDateTime lt 2026-05-02T00:00:00Z",
        ),
    ],
)
def test_the_time_is_given_as_people_write_it(since: str, until: str | None, clauses: str) -> None:
    run(TASK, {"since": since, "until": until}, log(clauses=clauses))


@pytest.mark.parametrize(
    "times",
    [
        {"since": "yesterday"},
        {"since": ""},
        {"since": "999999w"},
        {"since": "24"},
        {"since": "0001-01-01T00:00:00Z"},
        {"until": "soon"},
        {"since": "1h", "until": "2h"},
        {"limit": 0},
        {"users": [" "]},
    ],
)
def test_what_is_no_time_or_number_is_refused(times: Tree) -> None:
    with pytest.raises(InputError):
        run(TASK, times)


def test_everything_that_the_service_can_filter_by_it_is_asked_to() -> None:
    params = {
        **CHOSEN,
        "job_id": JOB,
        "cycle_id": guid(0x50),
        "statuses": ["failure", "skipped"],
        "actions": ["create"],
        "users": [ADELE],
    }
    clauses = (
        f"{OURS} and jobId eq '{JOB}' and cycleId eq '{guid(0x50)}'"
        " and (provisioningStatusInfo/status eq 'failure' or provisioningStatusInfo/status eq 'skipped')"
        " and provisioningAction eq 'create'"
        f" and (sourceIdentity/id eq '{ADELE}' or targetIdentity/id eq '{ADELE}')"
    )
    rows = [entry(status="failure"), entry(status="success"), entry(2, status="failure")]
    assert ids(run(TASK, params, log(*rows, clauses=clauses))) == [guid(0x201)]


def test_quotes_are_doubled() -> None:
    run(TASK, {"job_id": "a'b"}, log(clauses=f"{DAY} and jobId eq 'a''b'"))


def test_what_the_service_refuses_is_sorted_out_here() -> None:
    params = {**CHOSEN, "statuses": ["failure", "warning"]}
    narrow = f"{OURS} and (provisioningStatusInfo/status eq 'failure' or provisioningStatusInfo/status eq 'warning')"
    refused: Tree = {"status": 400, "reply": error_body("BadRequest", "No.")}
    rows = [
        entry(1, status="failure"),
        entry(2, status="Warning"),
        entry(3, status="success"),
        entry(4, status="failure", servicePrincipal={"id": guid(9)}),
        entry(5, status="failure", servicePrincipal=[{"id": guid(9)}, {"id": PRINCIPAL.upper()}]),
        entry(6, status="failure", activityDateTime="2026-05-01T11:59:59Z"),
    ]
    wide = [log(clauses=narrow, **refused), log(**refused), log(*rows, clauses=DAY)]
    assert ids(run(TASK, params, *wide)) == [guid(0x201), guid(0x202), guid(0x205)]
    with pytest.raises(GraphError, match="No"):
        run(TASK, params, log(clauses=narrow, **refused), log(**refused), log(clauses=DAY, **refused))


def test_a_log_that_may_not_be_read_names_the_permission() -> None:
    with pytest.raises(GraphError) as raised:
        run(TASK, CHOSEN, log(status=403, reply=error_body("Authorization_RequestDenied", "No.")))
    text = raised.value.explanation()
    assert text.startswith("Could not read the provisioning log")
    assert "ProvisioningLog.Read.All" in text


# Users


def looking_up(name: str, object_id: str | None, status: int = 404) -> Exchange:
    reply = {"id": object_id} if object_id else error_body("Request_ResourceNotFound")
    query = {"$select": "id"}
    return Exchange("GET", f"/v1.0/users('{name}')", query=query, status=200 if object_id else status, reply=reply)


def test_names_become_object_ids() -> None:
    clauses = f"{DAY} and (sourceIdentity/id eq '{ADELE}' or targetIdentity/id eq '{ADELE}')"
    params = {"users": ["user1@contoso.example"]}
    result = run(TASK, params, looking_up("user1@contoso.example", ADELE), log(entry(), clauses=clauses))
    assert (ids(result), result.warnings) == ([guid(0x201)], [])


@pytest.mark.parametrize("status", [403, 404])
def test_who_cannot_be_found_is_looked_for_by_name(status: int) -> None:
    lookup = looking_up("User1@contoso.example", None, status)
    rows = [entry(1), entry(2), entry(3, sourceIdentity=None, targetIdentity=None)]
    result = run(TASK, {"users": ["User1@contoso.example"]}, lookup, log(*rows, clauses=DAY))
    assert ids(result) == [guid(0x201)]
    assert "User1@contoso.example" in result.warnings[0]


def test_many_users_are_sorted_out_here() -> None:
    params = {"users": [guid(0x60 + number) for number in range(1, 20)]}
    rows = [entry(1), entry(30), entry(31, targetIdentity={"id": guid(0x61).upper()})]
    assert ids(run(TASK, params, log(*rows, clauses=DAY))) == [guid(0x201), guid(0x200 + 31)]


# Pages


def link(number: int) -> str:
    return f"https://graph.microsoft.com{LOG}?$skiptoken={number}"


def following(number: int, *rows: Tree, last: bool = False) -> Exchange:
    reply = collection(*rows, next_link=None if last else link(number + 1))
    return Exchange("GET", LOG, query={"$skiptoken": str(number)}, reply=reply)


def test_all_pages_are_read_at_the_pace_of_the_service() -> None:
    clock = Clock()
    pages = [following(number, *([] if number == 3 else [entry(number)]), last=number == 10) for number in range(1, 11)]
    result = run(TASK, CHOSEN, log(entry(40), next_link=link(1)), *pages, clock=clock)
    assert result.values["summary"]["total"] == 10
    assert clock.waits == [10.0, 10.0]


def test_no_more_is_read_than_is_wanted() -> None:
    params = {**CHOSEN, "limit": 3}
    result = run(TASK, params, log(entry(1), entry(2), next_link=link(1)), following(1, entry(3), entry(4)))
    assert ids(result) == [guid(0x201), guid(0x202), guid(0x203)]
    assert result.values["summary"]["complete"] is False
    assert "limit" in result.warnings[0]
    result = run(TASK, params, log(entry(1), entry(2), next_link=link(1)), following(1, entry(3), last=True))
    assert (result.values["summary"]["complete"], result.warnings) == (True, [])


# Entries


def test_attribute_values_are_shown_on_request_only() -> None:
    hidden = run(TASK, CHOSEN, log(entry())).values
    assert SECRET_VALUE not in json.dumps(hidden)
    assert hidden["entries"][0]["modified_properties"] == [{"display_name": "mobile"}]
    assert "details" not in hidden["entries"][0]["source_identity"]
    shown = run(TASK, {**CHOSEN, "include_values": True}, log(entry())).values["entries"][0]
    assert shown["modified_properties"] == [{"display_name": "mobile", "old_value": None, "new_value": SECRET_VALUE}]
    assert shown["source_identity"]["details"]["mobile"] == SECRET_VALUE
    assert shown["steps"][0]["details"] == {"x": SECRET_VALUE}


def test_both_shapes_of_an_entry_read_the_same() -> None:
    one = entry(1, "stagedDelete", "skipped", "TooManyDeletes")
    other = {
        **one,
        "provisioningAction": "StagedDelete",
        "servicePrincipal": [one["servicePrincipal"]],
        "initiatedBy": {"id": "", "displayName": "Azure AD Provisioning Service", "initiatingType": "system"},
        "provisioningStatusInfo": {
            "status": "Skipped",
            "errorInformation": one["provisioningStatusInfo"]["errorInformation"],
        },
        "provisioningSteps": [{"name": "EntryImport", "type": "import", "status": "success", "details": {}}],
        "somethingNew": 7,
    }
    assert entry_view(one, False) == entry_view(other, False)
    assert entry_view(one, False)["action"] == "stagedDelete"
    assert entry_view(one, False)["initiated_by"]["type"] == "system"


NULLS: Tree = dict.fromkeys(
    (
        "activityDateTime", "jobId", "cycleId", "provisioningAction", "servicePrincipal", "sourceIdentity",
        "targetIdentity", "initiatedBy", "provisioningStatusInfo", "provisioningSteps", "modifiedProperties",
    )
)  # fmt: skip
anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=5), inner, max_size=2)),
    max_leaves=4,
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(NULLS, anything)))
def test_no_entry_is_too_strange_to_be_read(strange: Tree) -> None:
    for row in ({}, NULLS, strange, {**entry(), **strange}):
        json.dumps([entry_view(row, True), entry_view(row, False), summary_of([row, row], True)])
        assert not Users(names={"nobody"}).include(row)


# Summary


def test_the_summary_counts() -> None:
    rows = [
        entry(1),
        entry(2),
        entry(2, "create", "failure", "AzureActiveDirectoryForbidden", cycleId=guid(0x51)),
        entry(3, "create", "failure", "Microsoft Entra ID Forbidden"),
        entry(3, "update", "failure", "Unheard", cycleId=guid(0x51)),
        entry(4, "other", "skipped", "NotEffectivelyEntitled"),
        entry(5, "other", "skipped", "NotEffectivelyEntitled"),
        entry(6, "other", "skipped", "Strange"),
    ]
    summary = run(TASK, CHOSEN, log(*rows)).values["summary"]
    assert summary["total"] == 8
    assert summary["by_action_and_status"] == {
        "create": {"success": 2, "failure": 2},
        "other": {"skipped": 3},
        "update": {"failure": 1},
    }
    assert [(each["code"], each["count"]) for each in summary["errors"]] == [
        ("AzureActiveDirectoryForbidden", 1),
        ("Microsoft Entra ID Forbidden", 1),
        ("Unheard", 1),
    ]
    first, second, third = summary["errors"]
    assert first["advice"] == second["advice"]
    assert third["advice"] is None
    assert "allowInvitesFrom" in first["advice"]
    assert (first["category"], first["object_ids"]) == ("failure", [guid(0x62)])
    assert [(each["reason"], each["count"], bool(each["advice"])) for each in summary["skipped"]] == [
        ("NotEffectivelyEntitled", 2, True),
        ("Strange", 1, False),
    ]
    assert summary["cycles"] == 2
    assert summary["users_failing"] == [
        {
            "object_id": guid(0x63),
            "identity_type": "User",
            "cycles": 2,
            "error_codes": ["Microsoft Entra ID Forbidden", "Unheard"],
            "resolved": False,
        },
        {
            "object_id": guid(0x62),
            "identity_type": "User",
            "cycles": 1,
            "error_codes": ["AzureActiveDirectoryForbidden"],
            "resolved": True,
        },
    ]


SMS = "Filter external users.alternativeSecurityIds EQUALS 'None'"


@pytest.mark.parametrize(
    ("details", "code", "reason"),
    [
        ({}, "NotEffectivelyEntitled", "NotEffectivelyEntitled"),
        ({}, None, "Unknown"),
        ({"SkipReason": "RedundantExport"}, "Other", "RedundantExport"),
        ({SMS: "False"}, "EntrySynchronizationSkipped", SMS),
        ({SMS: "True", "Active": "False"}, "EntrySynchronizationSkipped", "EntrySynchronizationSkipped"),
        ({"ScopeEvaluationResult": json.dumps({SMS: "False"}), "SkipReason": "x"}, None, SMS),
        ({"ScopeEvaluationResult": {SMS: False}}, None, SMS),
        ({"ScopeEvaluationResult": "{not json"}, "Code", "Code"),
        ({"ScopeEvaluationResult": "[1]"}, "Code", "Code"),
    ],
)
def test_a_skip_is_told_by_the_filter_first(details: Tree, code: str | None, reason: str) -> None:
    row = entry(
        1, "other", "skipped", code, provisioningSteps=[{"name": "Scoping", "details": details}, {"details": None}]
    )
    assert skip_reason(row) == reason


def test_filters_have_advice_of_their_own() -> None:
    assert "SMS" in str(advice_on_skip(SMS))
    assert "filter" in str(advice_on_skip("Sales.department EQUALS 'Sales'"))
    assert advice_on_skip("Unheard") is None


@pytest.mark.parametrize("end", ERRORS)
@pytest.mark.parametrize("front", ["", "AzureActiveDirectory", "AzureDirectory", "Microsoft Entra ID "])
def test_codes_are_known_by_their_end_whatever_the_product_is_called(front: str, end: str) -> None:
    assert advice_on_error(front + end) == ERRORS[end]
    assert advice_on_error((front + end).lower()) == ERRORS[end]


@given(st.text(max_size=20))
def test_any_code_has_advice_or_none(code: str) -> None:
    assert advice_on_error(code) in (None, *ERRORS.values())
    assert {advice_on_skip(code)} - {None, *SKIPPED.values()} <= {advice_on_skip("a b"), advice_on_skip(SMS)}


@given(st.sampled_from(ACTIONS), st.sampled_from(STATUSES), st.sampled_from([str.lower, str.upper, str.title, str]))
def test_words_are_read_in_any_case_of_their_first_letter(action: str, status: str, spell: t.Any) -> None:
    row = entry(1, action[:1].upper() + action[1:], spell(status))
    assert (action_of(row), status_of(row)) == (action, status)


@given(st.sets(st.sampled_from(STATUSES)), st.sets(st.sampled_from(ACTIONS)), st.integers(0, 47))
def test_what_is_asked_is_what_is_kept(statuses: set[str], actions: set[str], hours: int) -> None:
    rows = [
        entry(number, action, status, activityDateTime=(NOW - timedelta(hours=hour)).isoformat())
        for number, (action, status, hour) in enumerate((a, s, h) for a in ACTIONS for s in STATUSES for h in (1, 30))
    ]
    params = {"since": f"{hours}h", "statuses": sorted(statuses), "actions": sorted(actions)}
    refused = error_body("BadRequest")
    window = f"activityDateTime gt {(NOW - timedelta(hours=hours)):%Y-%m-%dT%H:%M:%SZ}"
    narrow = [
        clause
        for field, words in (("provisioningStatusInfo/status", statuses), ("provisioningAction", actions))
        for clause in [" or ".join(f"{field} eq '{each}'" for each in sorted(words))]
        if clause
    ]
    asked = " and ".join([window, *(f"({each})" if " or " in each else each for each in narrow)])
    asks = [log(clauses=asked, status=400, reply=refused)] if narrow else []
    kept = ids(run(TASK, params, *asks, log(*rows, clauses=window)))
    assert kept == [
        row["id"]
        for row in rows
        if (not statuses or status_of(row) in statuses)
        and (not actions or action_of(row) in actions)
        and (hours >= 30 or (hours >= 1 and row["activityDateTime"] > (NOW - timedelta(hours=2)).isoformat()))
    ]
