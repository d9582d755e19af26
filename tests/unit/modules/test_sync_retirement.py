# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest
from ansible_collections.entra.crosstenant.plugins.module_utils._errors import EntraError, GraphError, InputError
from ansible_collections.entra.crosstenant.plugins.module_utils._resources.job_wait import SURE
from ansible_collections.entra.crosstenant.plugins.module_utils._resources.sync_retirement import VISIBLE_WITHIN
from ansible_collections.entra.crosstenant.plugins.modules.sync_retirement import TASK

from unit.conversation import Exchange
from unit.factories import (
    APP,
    APPLICATION,
    GRAPH,
    HOME,
    JOB,
    JOBS_PATH,
    OTHER,
    PRINCIPAL,
    PRINCIPAL_PATH,
    Clock,
    Tree,
    asks_within,
    collection,
    error_body,
    guid,
    not_found,
    reading_configurations,
    run,
    run_four_times,
    secrets,
    service_principal,
)
from unit.jobs import PAUSED, PLACEHOLDER, PORTAL_RESTART, acting, execution, job
from unit.jobs import reading as reading_jobs

LINE = f"Being retired by entra.crosstenant: target {OTHER}"
BEGUN = f"{LINE}."
SINCE = "2026-05-01T10:00:00Z"
DATE = {"Date": "Fri, 01 May 2026 10:00:00 GMT"}
BEFORE, AFTER, LATER = ("2026-05-01T09:30:00Z", "2026-05-01T10:10:00Z", "2026-05-01T10:50:00Z")
WITHDRAWN = f"{LINE}, nobody in scope since {SINCE}, last cycle before: {BEFORE}."
RAN = job("Active", "Active", lastExecution=execution(began=BEFORE))
DONE = job("Active", "Active", lastExecution=execution(began=AFTER), lastSuccessfulExecution=execution(began=AFTER))
RESTARTED = job("Active", "NotRun", lastExecution=execution(began=BEFORE))
HELD = job(
    "Active",
    "Quarantine",
    quarantine={"reason": "TooManyDeletes", "seriesBegan": AFTER},
    lastExecution=execution("Failed", AFTER),
)
BEGIN = {"target_tenant_id": OTHER}
WITHDRAW = {**BEGIN, "state": "withdrawn"}


def looking(found: Tree | None, *, everybody: bool = False, assigned: bool = False) -> Exchange:
    """How job, scope and assignments are read in one batch."""
    where = f"/servicePrincipals/{PRINCIPAL}"
    urls = [f"{where}/synchronization/jobs", f"{where}/synchronization/secrets", f"{where}/appRoleAssignedTo?$top=1"]
    bodies = [
        collection(*([found] if found else [])),
        secrets(SyncAll=str(everybody).lower()),
        collection(*([{"id": "a"}] if assigned else [])),
    ]
    return Exchange(
        "POST",
        "/v1.0/$batch",
        json={"requests": [{"id": str(index), "method": "GET", "url": url} for index, url in enumerate(urls)]},
        reply={"responses": [{"id": str(index), "status": 200, "body": body} for index, body in enumerate(bodies)]},
        reply_headers=DATE,
    )


def finding(found: Tree | None, notes: str | None = None, **scope: bool) -> list[Exchange]:
    """How the configuration is found."""
    principal = service_principal(notes=notes)
    return [*reading_configurations((principal, secrets())), looking(found, **scope)]


def noting(notes: str) -> list[Exchange]:
    return [
        Exchange("PATCH", PRINCIPAL_PATH, json={"notes": notes}, status=204),
        Exchange("GET", PRINCIPAL_PATH, query={"$select": "id,notes"}, reply={"id": PRINCIPAL, "notes": notes}),
    ]


def log(clauses: str, *rows: Tree) -> Exchange:
    query = {"$top": "500", "$orderby": "activityDateTime desc", "$filter": f"jobId eq '{JOB}'{clauses}"}
    return Exchange("GET", "/v1.0/auditLogs/provisioning", query=query, reply=collection(*rows))


def held_back(*rows: Tree) -> Exchange:
    return log(" and activityDateTime gt 2026-05-01T10:09:59Z and provisioningAction eq 'stagedDelete'", *rows)


def staged(moment: str) -> Tree:
    return {"id": "s", "jobId": JOB, "provisioningAction": "stagedDelete", "activityDateTime": moment}


# What is there


def paged(position: int, rest: Exchange, found: Tree, **scope: bool) -> list[Exchange]:
    """How the configuration is found where the first page of one of the collections is empty."""
    *before, look = finding(found, WITHDRAWN, **scope)
    body = look.reply["responses"][position]["body"]
    rows, body["value"] = body["value"], []
    body["@odata.nextLink"] = f"{GRAPH}{rest.path}?$skiptoken=x"
    first = Exchange("GET", rest.path, reply=collection(next_link=body["@odata.nextLink"]))
    return [*before, look, first, Exchange("GET", rest.path, query={"$skiptoken": "x"}, reply=collection(*rows))]


def test_a_first_page_without_jobs_does_not_mean_that_there_is_none() -> None:
    result = run(TASK, BEGIN, *paged(0, Exchange("GET", JOBS_PATH), RESTARTED))
    assert result.values["retirement"]["job_id"] == JOB
    assert result.values["retirement"]["processed"] is False


def test_a_first_page_without_assignments_does_not_mean_that_nobody_is_assigned() -> None:
    assigned = Exchange("GET", f"{PRINCIPAL_PATH}/appRoleAssignedTo")
    result = run(TASK, BEGIN, *paged(2, assigned, DONE, assigned=True), check_mode=True)
    assert result.after == {"withdrawn_since": None}
    assert result.values["retirement"]["processed"] is False


def test_a_job_that_is_listed_late_is_waited_for_while_somebody_is_in_scope() -> None:
    late = [reading_jobs(), reading_jobs(RAN)]
    result = run(TASK, BEGIN, *finding(None, BEGUN, assigned=True), *late)
    assert (result.values["retirement"]["job_id"], result.values["retirement"]["processed"]) == (JOB, False)
    never = [reading_jobs()] * asks_within(20)
    result = run(TASK, BEGIN, *finding(None, BEGUN, assigned=True), *never)
    assert result.values["retirement"]["processed"] is True
    assert "stays in the target tenant" in result.warnings[0]


def test_two_jobs_are_refused_before_anything_is_written() -> None:
    *before, look = finding(RAN, assigned=True)
    look.reply["responses"][0]["body"]["value"].append({**RAN, "id": "Azure2Azure.other"})
    with pytest.raises(EntraError, match=rf"2 provisioning jobs: {JOB}, Azure2Azure\.other"):
        run(TASK, BEGIN, *before, look)


def test_a_configuration_that_is_listed_after_its_deletion_is_not_there() -> None:
    listed, settings = reading_configurations((service_principal(notes=WITHDRAWN), secrets()))
    gone = not_found("GET", settings.path)
    result = run(TASK, BEGIN, listed, gone, not_found("GET", PRINCIPAL_PATH, query={"$select": "id"}))
    assert (result.changed, result.values["retirement"]["service_principal_id"]) == (False, None)


def test_one_whose_target_is_masked_may_need_what_the_pair_has() -> None:
    masked, storing_none = service_principal(displayName="Masked"), service_principal(guid(0x30), displayName="None")
    found = reading_configurations((masked, secrets(CompanyId="*")), (storing_none, collection()))
    result = run(TASK, BEGIN, *found)
    (used_by,) = result.values["retirement"]["used_by"]
    assert "'Masked'" in used_by
    assert "display_name" in result.warnings[0]


# Begin


def test_a_retirement_is_noted_once_and_other_notes_stay() -> None:
    runs = run_four_times(
        TASK,
        BEGIN,
        before=finding(RAN, "Ask Ann.", assigned=True),
        writing=noting(f"Ask Ann.\n{BEGUN}"),
        after=finding(RAN, f"Ask Ann.\n{BEGUN}", assigned=True),
    )
    assert runs.diff == ({"begun": False}, {"begun": True})
    retirement = runs.do.values["retirement"]
    assert (retirement["processed"], retirement["waits_for"]) == (False, "for everybody to be taken out of scope.")
    assert (retirement["service_principal_id"], retirement["job_id"]) == (PRINCIPAL, JOB)


@pytest.mark.parametrize("scope", [{"assigned": True}, {"everybody": True}], ids=str)
def test_a_withdrawal_no_longer_counts_when_somebody_is_in_scope_again(scope: dict[str, bool]) -> None:
    runs = run_four_times(
        TASK,
        BEGIN,
        before=finding(DONE, WITHDRAWN, **scope),
        writing=noting(BEGUN),
        after=finding(DONE, BEGUN, **scope),
    )
    assert runs.diff == ({"withdrawn_since": SINCE}, {"withdrawn_since": None})
    assert runs.do.values["retirement"]["processed"] is False


def test_where_there_is_no_configuration_there_is_nothing_to_do() -> None:
    result = run(TASK, BEGIN, *reading_configurations())
    assert (result.changed, result.values["retirement"]["processed"]) == (False, True)
    assert result.values["retirement"]["service_principal_id"] is None


def test_one_whose_target_the_service_has_forgotten_is_found_by_what_was_noted() -> None:
    principal = service_principal(notes=BEGUN)
    talk = [*reading_configurations((principal, secrets(None))), looking(None)]
    assert run(TASK, BEGIN, *talk).values["retirement"]["service_principal_id"] == PRINCIPAL
    other = service_principal(notes=BEGUN.replace(OTHER, guid(9)))
    result = run(TASK, BEGIN, *reading_configurations((other, secrets(None))))
    assert result.values["retirement"]["service_principal_id"] is None
    assert "shows no target" in result.warnings[0]


def test_one_that_never_got_as_far_as_a_target_is_found_by_its_name() -> None:
    principal = service_principal(name="Half made", notes=BEGUN.replace(BEGUN, ""))
    talk = [*reading_configurations((principal, secrets(None))), looking(None), *noting(BEGUN)]
    assert run(TASK, {**BEGIN, "display_name": "Half made"}, *talk).changed


def test_two_for_one_target_are_refused() -> None:
    other = service_principal(guid(0x77), "Twin")
    with pytest.raises(EntraError, match="Twin"):
        run(TASK, BEGIN, *together((service_principal(), secrets()), (other, secrets())))


def test_the_platforms_own_is_left_alone_and_told() -> None:
    platform = service_principal(guid(0x77), f"MTO_Sync_{OTHER}")
    result = run(TASK, BEGIN, *reading_configurations((platform, secrets())))
    assert result.values["retirement"]["service_principal_id"] is None
    assert result.values["retirement"]["used_by"] == [f"'MTO_Sync_{OTHER}' (service principal {guid(0x77)})"]


def together(*found: tuple[Tree, Tree]) -> list[Exchange]:
    """How two configurations are read."""
    listing = reading_configurations(*found)[0]
    urls = [f"/servicePrincipals/{principal['id']}/synchronization/secrets" for principal, dummy in found]
    return [
        listing,
        Exchange(
            "POST",
            "/v1.0/$batch",
            json={"requests": [{"id": str(index), "method": "GET", "url": url} for index, url in enumerate(urls)]},
            reply={
                "responses": [{"id": str(i), "status": 200, "body": stored} for i, (dummy, stored) in enumerate(found)]
            },
        ),
    ]


def test_what_cannot_be_read_is_not_taken_for_nothing() -> None:
    bodies: list[tuple[int, Tree]] = [(200, collection(RAN)), (200, secrets()), (401, error_body("UnknownError"))]
    replies = [{"id": str(index), "status": status, "body": body} for index, (status, body) in enumerate(bodies)]
    answer = replace(looking(RAN), reply={"responses": replies})
    with pytest.raises(GraphError):
        run(TASK, BEGIN, *reading_configurations((service_principal(), secrets())), answer)


# Whether anybody is left to remove


def test_a_job_that_never_ran_has_removed_everybody_whom_it_never_brought() -> None:
    result = run(TASK, WITHDRAW, *finding(PAUSED, BEGUN), log(""))
    assert (result.changed, result.values["retirement"]["processed"]) == (False, True)


def test_but_not_when_users_came_on_demand() -> None:
    row = {"id": "r", "jobId": JOB, "provisioningAction": "create", "provisioningStatusInfo": {"status": "success"}}
    result = run(TASK, BEGIN, *finding(PAUSED, BEGUN), log("", row))
    assert result.values["retirement"]["processed"] is False


def test_without_a_job_nobody_can_be_removed() -> None:
    result = run(TASK, WITHDRAW, *finding(None, WITHDRAWN))
    assert (result.changed, result.values["retirement"]["processed"]) == (False, True)


@pytest.mark.parametrize(("rows", "processed"), [([], True), ([staged(AFTER)], False), ([staged(LATER)], False)])
def test_no_deletion_was_held_back_in_the_cycle_that_counts_or_after_it(rows: list[Tree], processed: bool) -> None:
    result = run(TASK, WITHDRAW, *finding(DONE, WITHDRAWN), held_back(*rows))
    retirement = result.values["retirement"]
    assert (result.changed, retirement["processed"]) == (False, processed)
    assert (retirement["waits_for"] is None) is processed


# Withdraw


def test_the_job_is_restarted_once_and_the_time_is_the_services() -> None:
    runs = run_four_times(
        TASK,
        WITHDRAW,
        before=finding(RAN, BEGUN),
        writing=[acting("restart", PORTAL_RESTART), reading_jobs(RESTARTED), *noting(WITHDRAWN)],
        after=finding(RESTARTED, WITHDRAWN),
    )
    assert runs.diff == (
        {"withdrawn_since": None, "job_restarted": False},
        {"withdrawn_since": SINCE, "job_restarted": True},
    )
    assert "first cycle since then" in runs.do.values["retirement"]["waits_for"]
    assert runs.check.values["retirement"] == runs.do.values["retirement"]


def test_a_clock_that_lags_behind_the_jobs_own_times_is_not_believed() -> None:
    ahead = job("Active", "Active", lastExecution=execution(began=LATER))
    noted = f"{LINE}, nobody in scope since 2026-05-01T10:50:01Z, last cycle before: {LATER}."
    talk = [*finding(ahead, BEGUN), acting("restart", PORTAL_RESTART), reading_jobs(ahead), *noting(noted)]
    assert run(TASK, WITHDRAW, *talk).changed


def test_it_is_restarted_again_when_somebody_has_left_since() -> None:
    talk = [*finding(DONE, WITHDRAWN), held_back(), acting("restart", PORTAL_RESTART), reading_jobs(RESTARTED)]
    noted = f"{LINE}, nobody in scope since 2026-05-01T10:10:01Z, last cycle before: {AFTER}."
    result = run(TASK, {**WITHDRAW, "restart": True}, *talk, *noting(noted))
    assert (result.changed, result.values["retirement"]["processed"]) == (True, False)


def test_nobody_may_be_in_scope_and_lists_are_late() -> None:
    clock = Clock()
    talk = [*finding(RAN, BEGUN, assigned=True), looking(RAN, assigned=True), looking(RAN)]
    acts = [acting("restart", PORTAL_RESTART), reading_jobs(RESTARTED), *noting(WITHDRAWN)]
    assert run(TASK, WITHDRAW, *talk, *acts, clock=clock).changed
    assert len(clock.waits) == 1


@pytest.mark.parametrize(("scope", "words"), [({"assigned": True}, "assigned"), ({"everybody": True}, "all users")])
def test_a_job_that_would_go_on_provisioning_is_not_restarted(scope: dict[str, bool], words: str) -> None:
    looks = [looking(RAN, **scope)] * asks_within(VISIBLE_WITHIN)
    with pytest.raises(EntraError, match=words) as raised:
        run(TASK, WITHDRAW, *finding(RAN, BEGUN, **scope), *looks)
    assert "app_role_assignment" in raised.value.hint


def test_a_job_that_was_paused_since_is_started() -> None:
    paused = job(lastExecution=execution(began=BEFORE))
    runs = run_four_times(
        TASK,
        WITHDRAW,
        before=finding(paused, WITHDRAWN),
        writing=[acting("start"), reading_jobs(RAN)],
        after=finding(RAN, WITHDRAWN),
    )
    assert runs.diff == ({"job_enabled": False}, {"job_enabled": True})


def test_a_quarantine_is_not_lifted_but_told() -> None:
    result = run(TASK, WITHDRAW, *finding(HELD, WITHDRAWN))
    retirement = result.values["retirement"]
    assert (result.changed, retirement["held_back"]) == (False, True)
    assert retirement["waits_for"].startswith("for the end of a quarantine.")


# Wait


def waiting(timeout: float = 3600) -> Tree:
    return {**WITHDRAW, "wait": {"timeout": timeout}}


def test_it_waits_until_the_removals_are_processed() -> None:
    clock = Clock()
    looks = [reading_jobs(RESTARTED), reading_jobs(RESTARTED), reading_jobs(DONE), held_back()]
    result = run(TASK, waiting(), *finding(RESTARTED, WITHDRAWN), *looks, clock=clock)
    assert (result.changed, result.values["retirement"]["processed"]) == (False, True)
    assert len(clock.waits) == 2
    assert len(result.values["progress"]) == 1


@pytest.mark.parametrize("stuck", [HELD, job(lastExecution=PLACEHOLDER)], ids=["held back", "paused"])
def test_it_does_not_wait_for_what_will_not_come(stuck: Tree) -> None:
    result = run(TASK, waiting(), *finding(RESTARTED, WITHDRAWN), *[reading_jobs(stuck)] * SURE)
    assert result.values["retirement"]["processed"] is False


def test_time_that_is_up_is_no_failure() -> None:
    result = run(TASK, waiting(timeout=3), *finding(RESTARTED, WITHDRAWN), *[reading_jobs(RESTARTED)] * 3)
    assert (result.values["retirement"]["processed"], result.changed) == (False, False)


def test_check_mode_does_not_wait() -> None:
    assert not run(TASK, waiting(), *finding(RESTARTED, WITHDRAWN), check_mode=True).changed


def test_a_job_that_is_deleted_meanwhile_ends_the_wait() -> None:
    result = run(TASK, waiting(), *finding(RESTARTED, WITHDRAWN), *[reading_jobs()] * SURE)
    assert result.values["retirement"]["processed"] is True
    assert "deleted before" in result.warnings[0]


def test_a_job_that_is_not_listed_for_a_moment_is_not_deleted() -> None:
    blinks = [reading_jobs(RESTARTED), reading_jobs(), reading_jobs(RESTARTED), reading_jobs(DONE), held_back()]
    result = run(TASK, waiting(), *finding(RESTARTED, WITHDRAWN), *blinks)
    assert (result.values["retirement"]["processed"], result.warnings) == (True, [])


# Purge


def listing(kind: str, *rows: Tree) -> Exchange:
    fields = "id,appId,displayName,notes" if kind == "servicePrincipal" else "id,appId,displayName"
    path = f"/v1.0/directory/deletedItems/microsoft.graph.{kind}"
    return Exchange("GET", path, query={"$select": fields}, reply=collection(*rows))


def test_what_was_retired_is_purged_and_nothing_else() -> None:
    principals: list[Tree] = [
        {"id": PRINCIPAL, "appId": APP, "displayName": "Fabrikam", "notes": WITHDRAWN},
        {"id": guid(0x71), "appId": guid(0x72), "displayName": "Fabrikam", "notes": None},
        {"id": guid(0x73), "appId": guid(0x74), "displayName": "Elsewhere", "notes": BEGUN.replace(OTHER, guid(9))},
    ]
    applications = [
        {"id": guid(0x75), "appId": guid(0x72), "displayName": "Fabrikam"},
        {"id": APPLICATION, "appId": APP, "displayName": "Fabrikam"},
    ]
    runs = run_four_times(
        TASK,
        {**BEGIN, "state": "purged"},
        before=[listing("servicePrincipal", *principals), listing("application", *applications)],
        writing=[
            Exchange("DELETE", f"/v1.0/directory/deletedItems/{each}", status=204) for each in (APPLICATION, PRINCIPAL)
        ],
        after=[listing("servicePrincipal", *principals[1:])],
    )
    before: t.Any = runs.do.before["deleted_items"]
    assert [(each["kind"], each["object_id"]) for each in before] == [
        ("application", APPLICATION),
        ("service_principal", PRINCIPAL),
    ]


# What cannot be


@pytest.mark.parametrize("target", [HOME, "not a guid"])
def test_a_target_must_be_another_tenants_id(target: str) -> None:
    with pytest.raises(InputError):
        run(TASK, {"target_tenant_id": target})


def test_other_clouds_have_templates_of_their_own() -> None:
    with pytest.raises(InputError, match="template_id"):
        run(TASK, {**BEGIN, "cloud": "usgov"})
