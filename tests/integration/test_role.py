# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from integration.harness import Player, unidentified
from integration.leaks import leaks
from integration.pair import (
    APP,
    ASSIGNMENTS,
    IDENTITY_SYNC,
    JOB,
    JOB_STATE,
    ON_DEMAND,
    PARTNER_PATH,
    ROLE,
    SCHEMA,
    SETTINGS,
    SOURCE_PARTNER,
    SYNCHRONIZATION,
    TARGET_PARTNER,
    VALIDATE,
    pair,
    report,
)
from integration.tenants import ADELE, ALEX, CHRISTIE, DIEGO, SOURCE, SYNC_NAME, TARGET, ZERO, set_up_pair
from simulator import Simulator

EVERYTHING = [TARGET_PARTNER, IDENTITY_SYNC, SOURCE_PARTNER, APP, JOB, SETTINGS, ASSIGNMENTS, JOB_STATE]
# What a converged pair with one user takes: every object is looked at once.
CONVERGED = [
    "GET /users/adele@contoso.example",
    f"GET {PARTNER_PATH}",
    f"GET {PARTNER_PATH}/identitySynchronization",
    f"GET {PARTNER_PATH}",
    "GET /servicePrincipals",
    "POST /$batch",
    f"GET {SYNCHRONIZATION}/jobs",
    f"GET {SYNCHRONIZATION}/secrets",
    VALIDATE,
    "GET /servicePrincipals/{id}/appRoleAssignedTo",
]


def test_two_empty_tenants_are_checked_set_up_and_then_left_alone(sim: Simulator, play: Player) -> None:
    variables = pair(sim, test_users=[ADELE])
    check = play(ROLE, vars=variables, check=True)
    assert check.requests.writes == []
    assert check.changed == [*EVERYTHING[:-1], ON_DEMAND, JOB_STATE]
    predicted = report(check)
    assert predicted["configuration"]["service_principal_id"] == ZERO

    do = play(ROLE, vars=variables)
    assert do.changed == check.changed
    done = report(do)
    assert done["changed"] is True
    assert [(each["tenant"], each["resource"]) for each in done["drift"]] == [
        (TARGET.id, "partner"),
        (TARGET.id, "identity_sync"),
        (SOURCE.id, "partner"),
        (SOURCE.id, "configuration"),
        (SOURCE.id, "job"),
        (SOURCE.id, "settings"),
        (SOURCE.id, "assignments"),
        (SOURCE.id, "provisioned_users"),
        (SOURCE.id, "job_state"),
    ]
    assert unidentified(predicted["drift"][:4]) == unidentified(done["drift"][:4])
    assert_is_set_up(sim, done["configuration"]["service_principal_id"])

    again = play(ROLE, vars=variables)
    assert again.changed == []
    assert [each.line for each in again.requests.graph] == CONVERGED
    assert again.requests.writes == [VALIDATE]
    assert len(again.requests.graph) == 10
    found = report(again)
    assert found.keys() == {"changed", "target", "source", "configuration", "job", "drift"}
    assert (found["changed"], found["drift"]) == (False, [])
    assert found["target"].keys() == {"tenant_id", "partner", "identity_sync"}
    assert found["source"].keys() == {"tenant_id", "partner", "settings", "schema", "assignments"}
    assert found["source"]["schema"] == {}
    assert found["configuration"] == done["configuration"]
    assert (found["job"]["enabled"], found["job"]["last_run"]) == (True, "not_run")

    check_again = play(ROLE, vars=variables, check=True)
    assert (check_again.changed, check_again.requests.writes) == ([], [])


def assert_is_set_up(sim: Simulator, principal: str) -> None:
    """The tenants are as the how-to leaves them."""
    state = sim.state()
    assert state[TARGET.id]["partners"][SOURCE.id]["automaticUserConsentSettings"]["inboundAllowed"] is True
    assert state[TARGET.id]["identitySynchronization"][SOURCE.id]["userSyncInbound"] == {"isSyncAllowed": True}
    assert state[SOURCE.id]["partners"][TARGET.id]["automaticUserConsentSettings"]["outboundAllowed"] is True
    configuration = state[SOURCE.id]["servicePrincipals"][principal]
    assert configuration["displayName"] == SYNC_NAME
    assert configuration["secrets"]["CompanyId"] == TARGET.id
    assert configuration["secrets"]["SyncAll"] == "false"
    assert json.loads(configuration["secrets"]["SyncNotificationSettings"])["DeleteThresholdEnabled"] is True
    (job,) = configuration["jobs"].values()
    assert job["started"]
    assert job["startCalls"] == 1
    rows = [row for row in state[SOURCE.id]["appRoleAssignments"].values() if row["resourceId"] == principal]
    assert [row["principalDisplayName"] for row in rows] == ["Adele Vance"]


def _consent(sim: Simulator, tenant: str, partner: str, **members: bool) -> None:
    sim.set_partner(
        tenant, partner, automaticUserConsentSettings={"inboundAllowed": None, "outboundAllowed": None, **members}
    )


DRIFTS: dict[str, Callable[[Simulator, str], Any]] = {
    TARGET_PARTNER: lambda sim, sp: _consent(sim, TARGET.id, SOURCE.id, inboundAllowed=False),
    IDENTITY_SYNC: lambda sim, sp: sim.set_identity_sync(
        TARGET.id, SOURCE.id, userSyncInbound={"isSyncAllowed": False}
    ),
    SOURCE_PARTNER: lambda sim, sp: _consent(sim, SOURCE.id, TARGET.id, outboundAllowed=False),
    APP: lambda sim, sp: sim.set_service_principal(SOURCE.id, sp, displayName="renamed by somebody"),
    SETTINGS: lambda sim, sp: sim.set_secret(SOURCE.id, sp, "SyncAll", "true"),
    ASSIGNMENTS: lambda sim, sp: sim.unassign(SOURCE.id, sp, ADELE),
    JOB_STATE: lambda sim, sp: sim.delete_job(SOURCE.id),
}
REPAIRS = {
    TARGET_PARTNER: [f"PATCH {PARTNER_PATH}"],
    IDENTITY_SYNC: [f"PATCH {PARTNER_PATH}/identitySynchronization"],
    SOURCE_PARTNER: [f"PATCH {PARTNER_PATH}"],
    APP: ["PATCH /applications/{id}", "PATCH /servicePrincipals/{id}"],
    SETTINGS: [f"PUT {SYNCHRONIZATION}/secrets"],
    ASSIGNMENTS: ["POST /servicePrincipals/{id}/appRoleAssignedTo"],
    JOB_STATE: [f"POST {SYNCHRONIZATION}/jobs", f"POST {SYNCHRONIZATION}/jobs/{{id}}/start"],
}


@pytest.mark.in_process_only
@pytest.mark.parametrize("drifted", DRIFTS)
def test_what_drifted_is_repaired_and_nothing_else_is_touched(sim: Simulator, play: Player, drifted: str) -> None:
    principal = set_up_pair(sim)
    wanted = sim.normalized_state()
    DRIFTS[drifted](sim, principal)
    run = play(ROLE, vars=pair(sim))
    assert run.changed == ([JOB, JOB_STATE] if drifted == JOB_STATE else [drifted])
    assert [each for each in run.requests.writes if each != VALIDATE] == REPAIRS[drifted]
    assert sim.normalized_state() == wanted


def test_a_check_sees_all_that_drifted_and_a_run_repairs_it(sim: Simulator, play: Player) -> None:
    principal = set_up_pair(sim)
    wanted = sim.normalized_state()
    for drift in DRIFTS.values():
        drift(sim, principal)
    drifted = sim.normalized_state()
    run = play(ROLE, vars=pair(sim), check=True)
    assert run.changed == EVERYTHING
    assert run.requests.writes == []
    assert sim.normalized_state() == drifted
    drift_of = {(each["tenant"], each["resource"]): each for each in report(run)["drift"]}
    partner = drift_of[TARGET.id, "partner"]
    assert partner["before"] == {"automatic_user_consent": {"inbound_allowed": False}}
    assert partner["after"] == {"automatic_user_consent": {"inbound_allowed": True}}
    assert drift_of[SOURCE.id, "settings"]["before"] == {"scope": "all"}
    assert drift_of[SOURCE.id, "configuration"]["before"] == {"display_name": "renamed by somebody"}
    repaired = play(ROLE, vars=pair(sim))
    assert repaired.changed == run.changed
    # The job's start is predicted of a job that is not there yet; all else is foretold to the letter.
    assert unidentified(report(repaired)["drift"][:-1]) == unidentified(report(run)["drift"][:-1])
    assert sim.normalized_state() == wanted


def test_every_wish_is_carried_out_once_and_what_nobody_named_survives(sim: Simulator, play: Player) -> None:
    principal = set_up_pair(sim, display_name="old name", assignments=[ADELE, ALEX, CHRISTIE])
    trust = {"isMfaAccepted": True, "isCompliantDeviceAccepted": False, "isHybridAzureADJoinedDeviceAccepted": None}
    rule = {"accessType": "allowed", "targets": [{"target": "AllUsers", "targetType": "user"}]}
    inbound = {"usersAndGroups": rule, "applications": None}
    for here, there in ((TARGET.id, SOURCE.id), (SOURCE.id, TARGET.id)):
        sim.set_partner(here, there, inboundTrust=trust, b2bCollaborationInbound=inbound)
    sim.set_identity_sync(TARGET.id, SOURCE.id, displayName="ours")
    variables = pair(
        sim,
        display_name=None,
        principals=[{"user": ALEX}, {"user": DIEGO}],
        principals_state="exact",
        scope="assigned",
        notifications={"enabled": True, "recipients": ["team@contoso.example"]},
        deletion_protection={"enabled": True, "threshold": 20},
        group_sync=True,
        job_state="paused",
        source_partner={"automatic_user_consent": {"outbound_allowed": False}},
        target_partner={"b2b_direct_connect_inbound": {}, "inbound_trust": {"compliant_device_accepted": True}},
    )
    # A wish that is null is none.
    variables.pop("cross_tenant_sync_display_name")
    done = report(play(ROLE, vars=variables))
    assert done["configuration"]["display_name"] == f"Cross-tenant sync to {TARGET.id}"
    assert done["configuration"]["service_principal_id"] == principal
    assert done["source"]["assignments"] == {"added": 1, "removed": 2, "unchanged": 1, "total": 2, "failed": []}
    assert done["source"]["settings"]["scope"] == "assigned"
    assert done["source"]["schema"]["group_mapping_enabled"] is True
    assert done["source"]["settings"]["notifications"] == {"enabled": True, "recipients": ["team@contoso.example"]}
    assert done["source"]["settings"]["deletion_protection"] == {"enabled": True, "threshold": 20}
    assert done["source"]["partner"]["automatic_user_consent"]["outbound_allowed"] is True
    assert done["target"]["partner"]["inbound_trust"]["compliant_device_accepted"] is True
    assert done["target"]["identity_sync"]["group_sync_inbound_allowed"] is True
    assert done["job"]["enabled"] is False
    state = sim.state()
    ours, theirs = state[SOURCE.id]["partners"][TARGET.id], state[TARGET.id]["partners"][SOURCE.id]
    assert ours["inboundTrust"] == trust
    assert theirs["inboundTrust"] == {**trust, "isCompliantDeviceAccepted": True}
    assert ours["b2bCollaborationInbound"] == theirs["b2bCollaborationInbound"] == inbound
    policy = state[TARGET.id]["identitySynchronization"][SOURCE.id]
    assert (policy["displayName"], policy["groupSyncInbound"]) == ("ours", {"isSyncAllowed": True})
    again = play(ROLE, vars=variables)
    assert again.changed == []
    assert again.requests.writes == [VALIDATE]


def test_read_only_credentials_suffice_to_check_a_pair_and_are_not_shown(sim: Simulator, play: Player) -> None:
    set_up_pair(sim)
    variables = pair(sim, source=SOURCE.access(sim, "audit"), target=TARGET.access(sim, "audit"))
    run = play(ROLE, vars=variables, check=True, verbosity=4)
    assert (run.changed, run.requests.writes) == ([], [])
    assert leaks(str(run)) == []


MAPPINGS = {
    "user_type": "guest",
    "user_type_apply": "always",
    "attribute_mappings": [{"target": "department", "constant": "Contoso"}],
    "scoping_filters": [
        {"name": "Germans", "clauses": [{"attribute": "country", "operator": "equals", "values": ["Germany"]}]}
    ],
    "target_object_actions": {"delete": False},
}


def test_mappings_and_filters_are_a_part_of_the_pair(sim: Simulator, play: Player) -> None:
    variables = pair(sim, schema=MAPPINGS, principals=[{"user": ADELE}, {"user": DIEGO}])
    check = play(ROLE, vars=variables, check=True)
    assert check.requests.writes == []
    do = play(ROLE, vars=variables)
    assert do.changed == check.changed == [*EVERYTHING[:-2], SCHEMA, *EVERYTHING[-2:]]
    assert report(do)["source"]["schema"]["user_type"] == "guest"
    after = {each["resource"]: each["after"] for each in report(do)["drift"]}
    assert after["schema"]["target_object_actions"] == {"delete": False}
    sim.cycle(SOURCE.id)
    arrived = {user["displayName"]: user for user in sim.state()[TARGET.id]["users"].values()}
    assert arrived["Adele Vance"]["userType"] == "Guest"
    assert arrived["Adele Vance"]["department"] == "Contoso"
    assert "Diego Siciliani" not in arrived
    again = play(ROLE, vars=variables)
    assert (again.changed, again.requests.writes) == ([], [VALIDATE])
    check_again = play(ROLE, vars=variables, check=True)
    assert (check_again.changed, check_again.requests.writes) == ([], [])


def test_the_role_waits_for_what_it_is_told_to(sim: Simulator, play: Player) -> None:
    set_up_pair(sim)
    sim.cycle(SOURCE.id)
    run = play(ROLE, vars=pair(sim, wait={"until": "steady_state", "timeout": 20}))
    assert run.changed == []
    assert report(run)["job"]["last_run"] == "succeeded"
    # Nothing has changed, so there is no cycle to wait for.
    run = play(ROLE, vars=pair(sim, wait={"until": "cycle_finished", "timeout": 20}))
    assert (run.changed, report(run)["job"]["last_run"]) == ([], "succeeded")
    sim.quarantine(SOURCE.id, "EncounteredQuarantineException")
    failed = play(ROLE, vars=pair(sim, wait={"until": "steady_state", "timeout": 20}), fails=True)
    assert failed.failure.task == JOB_STATE
    assert "quarantine" in failed.failure.message
    wish = pair(sim, wait={"until": "cycle_finished", "timeout": 20}, principals=[{"user": ADELE}, {"user": ALEX}])
    failed = play(ROLE, vars=wish, fails=True)
    assert failed.failure.task == JOB_STATE


def test_a_new_pair_is_warned_of_licences_and_an_old_one_is_not_asked(sim: Simulator, play: Player) -> None:
    asked = "GET /organization"
    new = play(ROLE, vars=pair(sim), check=True)
    assert asked in [each.line for each in new.requests.graph]
    set_up_pair(sim)
    old = play(ROLE, vars=pair(sim), check=True)
    assert asked not in [each.line for each in old.requests.graph]


# Zero is a limit, too; surveys deliver texts.
@pytest.mark.parametrize("limit", [1, 0, "0"])
def test_more_removals_than_allowed_remove_nobody(sim: Simulator, play: Player, limit: Any) -> None:
    principal = set_up_pair(sim, assignments=[ADELE, ALEX, CHRISTIE])
    variables = pair(sim, principals_state="exact", max_removals=limit)
    run = play(ROLE, vars=variables, fails=True)
    assert "max_removals" in run.failure.message
    rows = sim.state()[SOURCE.id]["appRoleAssignments"].values()
    assert len([row for row in rows if row["resourceId"] == principal]) == 3


@pytest.mark.in_process_only
def test_what_is_not_given_comes_from_the_environment(sim: Simulator, play: Player) -> None:
    set_up_pair(sim)
    environment = {
        f"ENTRA_{side}_{name.upper()}": str(value)
        for side, tenant in (("SOURCE", SOURCE), ("TARGET", TARGET))
        for name, value in tenant.access(sim).items()
    }
    misleading = {"ENTRA_TARGET_CLIENT_SECRET": "not the right one at all", "ENTRA_SOURCE_PROXY": ""}
    everything: dict[str, Any] = pair(sim, source={}, target={"client_secret": TARGET.secret()})
    run = play(ROLE, vars=everything, check=True, env={**environment, **misleading})
    assert run.changed == []
    assert report(run)["target"]["tenant_id"] == TARGET.id
