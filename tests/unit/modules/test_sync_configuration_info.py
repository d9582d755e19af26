# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""sync_configuration_info: configurations found by meaning, each whole, in few requests."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.entra.crosstenant.plugins.module_utils._errors import GraphError, InputError
from ansible_collections.entra.crosstenant.plugins.modules.sync_configuration_info import TASK

from unit.conversation import Exchange
from unit.factories import (
    APP,
    APPLICATION,
    GRAPH,
    JOB,
    JOB_TEMPLATE,
    JOBS_PATH,
    OTHER,
    PRINCIPAL,
    PRINCIPAL_FIELDS,
    PRINCIPAL_PATH,
    PRINCIPALS_PATH,
    ROLE,
    SECRETS_PATH,
    SYNC_TEMPLATE,
    ZERO,
    Clock,
    Tree,
    collection,
    error_body,
    guid,
    not_found,
    reading_age,
    run,
    secrets,
    service_principal,
)

SECOND, THIRD = guid(0x20), guid(0x30)
ELSEWHERE = guid(0x40)
ASSIGNED = f"{PRINCIPAL_PATH}/appRoleAssignedTo"
DENIED: Tree = {"status": 403, "body": error_body("Authorization_RequestDenied", "Insufficient privileges.")}
NOTIFICATIONS = json.dumps({"Enabled": True, "Recipients": "a@b.example", "DeleteThresholdEnabled": True})
APPLICATION_FIELDS = "id,displayName,serviceManagementReference,createdDateTime"


def listing(*principals: Tree, template: str = SYNC_TEMPLATE) -> Exchange:
    query = {"$filter": f"applicationTemplateId eq '{template}'", "$select": PRINCIPAL_FIELDS}
    return Exchange("GET", PRINCIPALS_PATH, query=query, reply=collection(*principals))


def batch(*items: tuple[str, Tree]) -> Exchange:
    """A batch of reads, each with its answer, which come back in another order."""
    requests = [{"id": str(index), "method": "GET", "url": url} for index, (url, dummy) in enumerate(items)]
    responses = [
        {"id": str(index), **(answer if "body" in answer else {"status": 200, "body": answer})}
        for index, (dummy, answer) in enumerate(items)
    ]
    return Exchange("POST", "/v1.0/$batch", json={"requests": requests}, reply={"responses": responses[::-1]})


def job(job_id: str = JOB, quarantine: Tree | None = None, **more: t.Any) -> Tree:
    status = {"code": "Quarantine" if quarantine else "Active", "quarantine": quarantine}
    return {"id": job_id, "templateId": JOB_TEMPLATE, "schedule": {"state": "Active"}, "status": status, **more}


def assignment(kind: str) -> Tree:
    return {"principalId": guid(0x50), "principalType": kind, "appRoleId": ROLE}


def application(**more: t.Any) -> Tree:
    return {"id": APPLICATION, "displayName": "Fabrikam", "serviceManagementReference": "CMDB-7", **more}


def reads(
    principal: str = PRINCIPAL,
    app: Tree | None = None,
    jobs: Tree | None = None,
    assigned: Tree | None = None,
    counting: bool = True,
) -> list[tuple[str, Tree]]:
    """What is asked of a configuration, beside its settings, and what is answered."""
    base = f"/servicePrincipals/{principal}"
    items = [
        (f"/applications(appId='{APP}')?$select={APPLICATION_FIELDS}", app or application()),
        (f"{base}/synchronization/jobs", jobs or collection(job())),
    ]
    if counting:
        items.append((f"{base}/appRoleAssignedTo?$top=999", assigned or collection(assignment("User"))))
    return items


def settings(principal: str = PRINCIPAL, stored: Tree | None = None) -> Exchange:
    path = SECRETS_PATH.replace(PRINCIPAL, principal)
    return Exchange("GET", path, reply=stored or secrets(SyncAll="false", SyncNotificationSettings=NOTIFICATIONS))


def configurations(params: Tree, *exchanges: Exchange, check_mode: bool = False) -> list[Tree]:
    result = run(TASK, params, *exchanges, check_mode=check_mode)
    assert not result.changed
    return t.cast("list[Tree]", result.values["configurations"])


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_configuration_is_shown_whole_in_three_requests(check_mode: bool) -> None:
    kinds = ["User", "group", "User", "ServicePrincipal"]
    assigned = collection(*(assignment(kind) for kind in kinds))
    (one,) = configurations(
        {}, listing(service_principal()), settings(), batch(*reads(assigned=assigned)), check_mode=check_mode
    )
    whole = {name: one.pop(name) for name in ("job", "jobs", "settings")}
    assert one == {
        "service_principal_id": PRINCIPAL,
        "application_id": APPLICATION,
        "app_id": APP,
        "app_role_id": ROLE,
        "target_tenant_id": OTHER,
        "display_name": "Fabrikam",
        "account_enabled": True,
        "app_role_assignment_required": True,
        "service_management_reference": "CMDB-7",
        "managed_by_platform": False,
        "quarantine": None,
        "assignments": {"total": 4, "users": 2, "groups": 1},
    }
    assert whole["job"]["id"] == JOB
    assert whole["job"]["service_principal_id"] == PRINCIPAL
    assert whole["job"]["enabled"] is True
    assert whole["jobs"] == [whole["job"]]
    assert whole["settings"] == {
        "service_principal_id": PRINCIPAL,
        "target_tenant_id": OTHER,
        "authentication_type": "SyncPolicy",
        "scope": "assigned",
        "notifications": {"enabled": True, "recipients": ["a@b.example"]},
        "deletion_protection": {"enabled": True, "threshold": None},
    }


def test_many_are_read_in_batches_and_the_platforms_are_left_out() -> None:
    found = [
        service_principal(),
        service_principal(SECOND, name="Second"),
        service_principal(THIRD, name="MTO_Sync_Contoso"),
    ]
    stored = batch(
        (f"/servicePrincipals/{PRINCIPAL}/synchronization/secrets", secrets()),
        (f"/servicePrincipals/{SECOND}/synchronization/secrets", secrets(None)),
    )
    rest = batch(*reads(), *reads(SECOND, jobs=collection(), assigned=collection()))
    one, two = configurations({}, listing(*found), stored, rest)
    assert one["target_tenant_id"] == OTHER
    assert (two["target_tenant_id"], two["job"], two["jobs"], two["quarantine"]) == (None, None, [], None)
    assert two["assignments"] == {"total": 0, "users": 0, "groups": 0}


def test_the_platforms_are_listed_on_request_and_marked() -> None:
    theirs = service_principal(name="MTO_Sync_Contoso")
    (one,) = configurations({"include_platform": True}, listing(theirs), settings(), batch(*reads()))
    assert one["managed_by_platform"] is True


def test_no_configurations_are_no_more_requests() -> None:
    assert configurations({}, listing()) == []


def test_only_those_for_one_target_are_read_further() -> None:
    found = [service_principal(), service_principal(SECOND)]
    stored = batch(
        (f"/servicePrincipals/{PRINCIPAL}/synchronization/secrets", secrets(ELSEWHERE)),
        (f"/servicePrincipals/{SECOND}/synchronization/secrets", secrets(OTHER.upper())),
    )
    params = {"target_tenant_id": OTHER, "assignment_counts": False}
    (one,) = configurations(params, listing(*found), stored, batch(*reads(SECOND, counting=False)))
    assert (one["service_principal_id"], one["target_tenant_id"]) == (SECOND, OTHER)
    assert one["assignments"] is None


def test_two_for_one_target_are_both_listed() -> None:
    found = [service_principal(), service_principal(SECOND)]
    stored = batch(*((f"/servicePrincipals/{each}/synchronization/secrets", secrets()) for each in (PRINCIPAL, SECOND)))
    rest = batch(*reads(), *reads(SECOND))
    assert len(configurations({"target_tenant_id": OTHER}, listing(*found), stored, rest)) == 2


def test_one_that_is_named_is_read_alone() -> None:
    found = Exchange("GET", PRINCIPAL_PATH, reply=service_principal(name="MTO_Sync_Contoso"))
    params = {"service_principal_id": PRINCIPAL.upper()}
    (one,) = configurations(params, found, settings(), batch(*reads()))
    assert one["managed_by_platform"] is True


def test_one_that_is_named_may_be_made_from_the_template_of_another_cloud() -> None:
    found = Exchange("GET", PRINCIPAL_PATH, reply=service_principal(applicationTemplateId=guid(0x60)))
    params = {"service_principal_id": PRINCIPAL, "cloud": "usgov"}
    assert len(configurations(params, found, settings(), batch(*reads()))) == 1


def test_what_is_no_configuration_is_not_listed() -> None:
    assert configurations({"service_principal_id": PRINCIPAL}, not_found("GET", PRINCIPAL_PATH)) == []
    other = Exchange("GET", PRINCIPAL_PATH, reply=service_principal(applicationTemplateId=guid(0x60)))
    params = {"service_principal_id": PRINCIPAL, "template_id": SYNC_TEMPLATE}
    assert configurations(params, other) == []


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_configuration_that_is_only_predicted_is_not_listed(check_mode: bool) -> None:
    assert configurations({"service_principal_id": ZERO}, check_mode=check_mode) == []


def test_another_template_is_looked_for_on_request_and_has_to_be_named_in_other_clouds() -> None:
    assert configurations({"template_id": guid(0x60), "cloud": "china"}, listing(template=guid(0x60))) == []
    with pytest.raises(InputError, match="template_id"):
        run(TASK, {"cloud": "china"})


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("service_principal_id", ""),
        ("service_principal_id", "Fabrikam"),
        ("target_tenant_id", ""),
        ("target_tenant_id", "fabrikam.example"),
        ("template_id", "Fabrikam"),
    ],
)
def test_what_is_no_id_is_refused(option: str, value: str) -> None:
    with pytest.raises(InputError, match=option):
        run(TASK, {option: value})


def test_a_quarantine_is_shown() -> None:
    why = {"reason": "TooManyDeletes", "currentBegan": "2026-01-01T00:00:00Z", "seriesCount": 1}
    (one,) = configurations(
        {}, listing(service_principal()), settings(), batch(*reads(jobs=collection(job(quarantine=why))))
    )
    assert one["quarantine"]["reason"] == "TooManyDeletes"


def test_jobs_of_other_templates_do_not_count_and_two_of_ours_are_a_warning() -> None:
    twins = collection(job(), job("Azure2Azure.2"), job("other", templateId="Other"))
    result = run(TASK, {}, listing(service_principal()), settings(), batch(*reads(jobs=twins)))
    (one,) = result.values["configurations"]
    assert one["job"] is None
    assert [each["id"] for each in one["jobs"]] == [JOB, "Azure2Azure.2"]
    assert "Azure2Azure.2" in result.warnings[0]
    assert PRINCIPAL in result.warnings[0]


def test_assignments_of_several_pages_are_all_counted() -> None:
    first = collection(assignment("User"), next_link=f"{GRAPH}{ASSIGNED}?$skiptoken=2")
    pages = [
        Exchange("GET", ASSIGNED, query={"$top": "999"}, reply=first),
        Exchange("GET", ASSIGNED, query={"$skiptoken": "2"}, reply=collection(assignment("Group"))),
    ]
    (one,) = configurations({}, listing(service_principal()), settings(), batch(*reads(assigned=first)), *pages)
    assert one["assignments"] == {"total": 2, "users": 1, "groups": 1}


def test_an_application_that_is_gone_leaves_null() -> None:
    gone = {"status": 404, "body": error_body("Request_ResourceNotFound", "It is not there.")}
    (one,) = configurations({}, listing(service_principal()), settings(), batch(*reads(app=gone)))
    assert (one["application_id"], one["service_management_reference"]) == (None, None)


def test_what_is_masked_is_null() -> None:
    stored = secrets("*", SyncAll="*", SyncNotificationSettings="*")
    (one,) = configurations({}, listing(service_principal()), settings(stored=stored), batch(*reads()))
    assert (one["target_tenant_id"], one["settings"]["target_tenant_id"], one["settings"]["scope"]) == (None,) * 3
    assert one["settings"]["notifications"] == {"enabled": None, "recipients": None}


def test_a_young_configuration_is_waited_for() -> None:
    young = {"status": 404, "body": error_body("UnknownError", "")}
    jobs = Exchange("GET", JOBS_PATH, reply=collection(job()))
    again = Exchange("GET", JOBS_PATH, status=404, reply=error_body("UnknownError", ""))
    clock = Clock()
    result = run(
        TASK,
        {"assignment_counts": False},
        listing(service_principal()),
        settings(),
        batch(*reads(jobs=young, counting=False)),
        again,
        *reading_age(10),
        jobs,
        clock=clock,
    )
    assert result.values["configurations"][0]["job"]["id"] == JOB
    assert clock.waits == [0.5]


@pytest.mark.parametrize(
    ("part", "permission"),
    [
        ("app", "Application.Read.All"),
        ("assigned", "Application.Read.All"),
        ("jobs", "Synchronization.Read.All"),
    ],
)
def test_a_part_that_cannot_be_read_is_a_failure_that_names_the_permission(part: str, permission: str) -> None:
    refused: Tree = {part: DENIED}
    with pytest.raises(GraphError) as raised:
        run(TASK, {}, listing(service_principal()), settings(), batch(*reads(**refused)))
    assert permission in raised.value.explanation()
    assert PRINCIPAL in raised.value.explanation()


def test_a_job_that_the_service_refuses_without_a_reason_is_a_missing_permission() -> None:
    silent: Tree = {"status": 401, "body": error_body("UnknownError", "")}
    with pytest.raises(GraphError) as raised:
        run(TASK, {}, listing(service_principal()), settings(), batch(*reads(jobs=silent)))
    assert "Synchronization.Read.All" in raised.value.explanation()


def test_settings_that_cannot_be_read_are_a_failure() -> None:
    refused = Exchange("GET", SECRETS_PATH, status=401, reply=error_body("UnknownError", ""))
    with pytest.raises(GraphError) as raised:
        run(TASK, {}, listing(service_principal()), refused, refused)
    assert "Synchronization.Read.All" in raised.value.explanation()
