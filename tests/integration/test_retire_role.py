# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from integration.harness import COLLECTION, Player, inventory
from integration.leaks import leaks
from integration.retirement import (
    ALLOWED,
    BEGUN,
    CYCLE,
    JOB,
    NO_APP,
    NO_JOB,
    PARTNER,
    PAUSED,
    POLICY,
    PURGED,
    RETIRE,
    SCOPED,
    SEVERED,
    SOURCE_CLOSED,
    TARGET_CLOSED,
    UNASSIGNED,
    WITHDRAWN,
    is_gone,
    retired,
    retirement,
    users_from_source,
)
from integration.tenants import ADELE, ALEX, DIEGO, NOTIFICATIONS, SOURCE, TARGET, secrets, set_up_pair
from simulator import Simulator

NOTES = "PATCH /servicePrincipals/{id}"
TRUST = {"isMfaAccepted": True, "isCompliantDeviceAccepted": None, "isHybridAzureADJoinedDeviceAccepted": None}


def synchronized(sim: Simulator, **entry: Any) -> str:
    """A pair whose users have crossed over; returns the service principal's id."""
    principal = set_up_pair(sim, **{"assignments": [ADELE, ALEX], **entry})
    sim.advance(CYCLE)
    return principal


def test_a_pair_is_retired_over_several_runs(sim: Simulator, play: Player) -> None:
    principal = synchronized(sim)
    sim.set_service_principal(SOURCE.id, principal, notes="Ask the identity team.")
    assert len(users_from_source(sim)) == 2
    variables = retirement(sim)

    check = play(RETIRE, vars=variables, check=True)
    assert (check.requests.writes, check.changed) == ([], [BEGUN, UNASSIGNED, WITHDRAWN])
    do = play(RETIRE, vars=variables)
    assert do.changed == check.changed
    assert [each for each in do.requests.writes if "appRoleAssignedTo" not in each] == [
        NOTES,
        f"POST {JOB}/restart",
        NOTES,
    ]
    waiting = retired(do)
    assert {key: waiting[key] for key in ("changed", "done", "phase")} == {
        "changed": True,
        "done": False,
        "phase": "wait_for_cycle",
    }
    assert waiting["waits_for"].startswith("for a cycle to succeed that began after everybody was taken out of scope")
    assert [each["resource"] for each in waiting["drift"]] == ["retirement", "assignments", "withdrawal"]
    assert waiting["drift"][2]["after"]["job_restarted"] is True
    assert "waits for a cycle" in do["Report | Say what the retirement waits for"]["msg"]
    notes = sim.state()[SOURCE.id]["servicePrincipals"][principal]["notes"]
    assert notes.startswith("Ask the identity team.\nBeing retired by entra.crosstenant:")

    again = play(RETIRE, vars=variables)
    assert (again.changed, again.requests.writes) == ([], [])
    assert (retired(again)["done"], retired(again)["configuration"]["begun"]) == (False, True)

    sim.advance(CYCLE)
    assert users_from_source(sim) == set()
    check = play(RETIRE, vars=variables, check=True)
    assert (check.requests.writes, check.changed, retired(check)["done"]) == ([], SEVERED, True)
    do = play(RETIRE, vars=variables)
    assert do.changed == SEVERED
    assert do.requests.writes == [
        f"POST {JOB}/pause",
        f"DELETE {JOB}",
        "DELETE /applications/{id}",
        f"DELETE {PARTNER}",
        f"DELETE {POLICY}",
        f"DELETE {PARTNER}",
    ]
    assert is_gone(sim)
    assert (retired(do)["phase"], retired(do)["waits_for"], retired(do)["configuration"]) == ("done", None, None)

    for check_mode in (False, True):
        again = play(RETIRE, vars=variables, check=check_mode)
        assert (again.changed, again.requests.writes) == ([], [])
        assert (retired(again)["done"], retired(again)["changed"], retired(again)["drift"]) == (True, False, [])
        assert [each.line for each in again.requests.graph] == ["GET /servicePrincipals", *[f"GET {PARTNER}"] * 2]


@pytest.mark.in_process_only
def test_a_run_that_waits_goes_all_the_way(sim: Simulator, play: Player) -> None:
    synchronized(sim)
    stop = threading.Event()

    def let_time_pass() -> None:
        while not stop.wait(0.01):
            if any(each["path"].endswith("/restart") for each in sim.requests(write=True)):
                sim.advance(CYCLE)
                return

    passing = threading.Thread(target=let_time_pass)
    passing.start()
    try:
        run = play(RETIRE, vars=retirement(sim, wait={"timeout": 60}))
    finally:
        stop.set()
        passing.join()
    assert run.changed == [BEGUN, UNASSIGNED, WITHDRAWN, *SEVERED]
    assert (users_from_source(sim), is_gone(sim), retired(run)["done"]) == (set(), True, True)


def test_a_wait_that_is_too_short_is_no_failure(sim: Simulator, play: Player) -> None:
    synchronized(sim)
    run = play(RETIRE, vars=retirement(sim, wait={"timeout": 0}))
    assert run.changed == [BEGUN, UNASSIGNED, WITHDRAWN]
    assert retired(run)["done"] is False


@pytest.mark.in_process_only
def test_held_back_deletions_wait_for_somebody_to_allow_them(sim: Simulator, play: Player) -> None:
    limit = json.dumps({**NOTIFICATIONS, "DeleteThresholdValue": 2})
    synchronized(sim, secrets=secrets(SyncNotificationSettings=limit))
    variables = retirement(sim)
    play(RETIRE, vars=variables)
    sim.advance(CYCLE)
    held = play(RETIRE, vars=variables)
    assert (held.changed, held.requests.writes) == ([], [])
    assert len(users_from_source(sim)) == 2
    assert retired(held)["held_back"] is True
    assert "TooManyDeletes" in retired(held)["waits_for"]
    assert "retire_sync_allow_deletes=true" in held["Report | Say what the retirement waits for"]["msg"]

    too_many = play(RETIRE, vars={**variables, **retirement(sim, allow_deletes=True, max_deletes=1)}, fails=True)
    assert (too_many.changed, too_many.requests.writes) == ([], [])
    assert "max_deletes=1" in too_many.failure.message

    allowing = retirement(sim, allow_deletes=True, max_deletes=2)
    check = play(RETIRE, vars=allowing, check=True)
    assert (check.changed, check.requests.writes) == ([ALLOWED], [])
    allowed = play(RETIRE, vars=allowing)
    assert allowed.changed == [ALLOWED]
    assert {each["display_name"] for each in retired(allowed)["staged_deletions"]} == {"Adele Vance", "Alex Wilber"}
    # The quarantine is lifted, and nobody is gone yet.
    assert (retired(allowed)["done"], len(users_from_source(sim))) == (False, 2)
    assert play(RETIRE, vars=allowing).changed == []
    sim.advance(CYCLE)
    assert users_from_source(sim) == set()
    assert play(RETIRE, vars=allowing).changed == SEVERED
    assert is_gone(sim)


@pytest.mark.in_process_only
def test_a_run_that_dies_after_any_write_is_simply_run_again(sim: Simulator, play: Player) -> None:
    """Each run is stopped right after its first write, and the next goes on from there."""
    synchronized(sim, secrets=secrets(SyncAll="true"))
    assert len(users_from_source(sim)) > 2
    variables = retirement(sim)
    writes: list[str] = []
    for _attempt in range(20):
        sim.clear_faults()
        # A restart of which nobody knows is done once more, so it dies only once.
        acting = "/pause$" if any(each.endswith("/restart") for each in writes) else "/(restart|pause)$"
        for method, path in (("POST", acting), ("PATCH", ""), ("PUT", ""), ("DELETE", "")):
            sim.add_fault(method=method, path=path, effect="error_after", status=400, code="Stopped", kind="graph")
        run = play(RETIRE, vars=variables, fails=None)
        writes += run.requests.writes
        if not run.failed and retired(run)["done"]:
            break
        if not run.failed:
            sim.advance(CYCLE)
    assert is_gone(sim)
    # The service leaves who was disabled before (domain.md section 6.4).
    assert users_from_source(sim) == {"Isaiah Langer"}
    # The restart is done once more when it is not known whether it was done.
    assert [each for each in dict.fromkeys(writes) if "appRoleAssignedTo" not in each] == [
        NOTES,
        "PUT /servicePrincipals/{id}/synchronization/secrets",
        f"POST {JOB}/restart",
        f"POST {JOB}/pause",
        f"DELETE {JOB}",
        "DELETE /applications/{id}",
        f"DELETE {PARTNER}",
        f"DELETE {POLICY}",
    ]
    sim.clear_faults()
    assert play(RETIRE, vars=variables).changed == []


@pytest.mark.in_process_only
def test_the_opposite_direction_and_shared_trust_survive(sim: Simulator, play: Player) -> None:
    synchronized(sim)
    both = {"inboundAllowed": True, "outboundAllowed": True}
    for here, there in ((SOURCE.id, TARGET.id), (TARGET.id, SOURCE.id)):
        sim.set_partner(here, there, automaticUserConsentSettings=both)
    sim.set_identity_sync(SOURCE.id, TARGET.id, userSyncInbound={"isSyncAllowed": True})
    back = {
        "display_name": "Fabrikam to Contoso",
        "secrets": secrets(SOURCE.id),
        "job": "started",
        "assignments": ["megan@fabrikam.example"],
    }
    sim.add_configuration(TARGET.id, back)
    variables = retirement(sim, partner="remove")
    play(RETIRE, vars=variables)
    sim.advance(CYCLE)
    done = retired(play(RETIRE, vars=variables))
    assert done["done"] is True
    assert done["source"]["kept_for"] == [
        "automatic_user_consent.inbound_allowed, for the opposite direction",
        "the identity synchronization policy, for the opposite direction",
    ]
    assert done["target"]["kept_for"] == ["automatic_user_consent.outbound_allowed, for the opposite direction"]
    state = sim.state()
    ours, theirs = state[SOURCE.id]["partners"][TARGET.id], state[TARGET.id]["partners"][SOURCE.id]
    assert ours["automaticUserConsentSettings"] == {"inboundAllowed": True, "outboundAllowed": False}
    assert theirs["automaticUserConsentSettings"] == {"inboundAllowed": False, "outboundAllowed": True}
    assert set(state[SOURCE.id]["identitySynchronization"]) == {TARGET.id}
    assert state[TARGET.id]["identitySynchronization"] == {}
    assert play(RETIRE, vars=variables).changed == []

    # Now the other way; what is shared besides stays, and the platform's own configuration keeps all of it.
    sim.set_partner(SOURCE.id, TARGET.id, inboundTrust=TRUST)
    platform = sim.add_configuration(TARGET.id, {**back, "display_name": f"MTO_Sync_{SOURCE.id}"})
    opposite = retirement(sim, source=TARGET.access(sim), target=SOURCE.access(sim), users="keep")
    kept = play(RETIRE, vars=opposite)
    assert kept.changed == [BEGUN, PAUSED, NO_JOB, NO_APP]
    assert retired(kept)["source"]["kept_for"] == [f"'MTO_Sync_{SOURCE.id}' (service principal {platform})"]
    sim.set_service_principal(TARGET.id, platform, displayName="one more")
    last = play(RETIRE, vars=opposite)
    assert last.changed == [BEGUN, PAUSED, NO_JOB, NO_APP, SOURCE_CLOSED, TARGET_CLOSED]
    assert retired(last)["target"]["kept_for"] == ["inboundTrust"]
    state = sim.state()
    assert SOURCE.id not in state[TARGET.id]["partners"]
    assert state[SOURCE.id]["partners"][TARGET.id]["inboundTrust"] == TRUST
    assert state[SOURCE.id]["identitySynchronization"] == {}


@pytest.mark.in_process_only
def test_users_may_be_kept_and_the_application_purged_at_once_or_later(sim: Simulator, play: Player) -> None:
    synchronized(sim)
    check = play(RETIRE, vars=retirement(sim, users="keep"), check=True)
    run = play(RETIRE, vars=retirement(sim, users="keep"))
    assert check.changed == run.changed == [BEGUN, *SEVERED]
    assert len(users_from_source(sim)) == 2
    deleted = [each for each in sim.state()[SOURCE.id]["deletedItems"].values() if each["kind"] != "user"]
    assert {each["kind"] for each in deleted} == {"application", "servicePrincipal"}
    purging = retirement(sim, users="keep", purge=True)
    check = play(RETIRE, vars=purging, check=True)
    assert (check.changed, check.requests.writes) == ([PURGED], [])
    assert play(RETIRE, vars=purging).changed == [PURGED]
    assert sim.state()[SOURCE.id]["deletedItems"] == {}
    assert play(RETIRE, vars=purging).changed == []

    synchronized(sim)
    assert play(RETIRE, vars=purging).changed == [BEGUN, *SEVERED]
    assert sim.state()[SOURCE.id]["deletedItems"] == {}


@pytest.mark.in_process_only
def test_who_comes_back_into_scope_is_removed_as_well(sim: Simulator, play: Player) -> None:
    principal = synchronized(sim)
    variables = retirement(sim)
    play(RETIRE, vars=variables)
    sim.assign(SOURCE.id, principal, DIEGO)
    sim.advance(CYCLE)
    assert users_from_source(sim) == {"Diego Siciliani"}
    check = play(RETIRE, vars=variables, check=True)
    again = play(RETIRE, vars=variables)
    assert check.changed == again.changed == [BEGUN, UNASSIGNED, WITHDRAWN]
    sim.advance(CYCLE)
    assert users_from_source(sim) == set()
    assert play(RETIRE, vars=variables).changed == SEVERED


@pytest.mark.in_process_only
@pytest.mark.parametrize("job", ["absent", "created"])
def test_where_nobody_was_provisioned_nothing_is_waited_for(sim: Simulator, play: Player, job: str) -> None:
    set_up_pair(sim, job=job)
    run = play(RETIRE, vars=retirement(sim))
    assert run.changed == [BEGUN, *([NO_JOB] if job == "created" else []), NO_APP, SOURCE_CLOSED, TARGET_CLOSED]
    assert is_gone(sim)


@pytest.mark.in_process_only
def test_too_many_removals_are_refused_before_anybody_loses_an_assignment(sim: Simulator, play: Player) -> None:
    synchronized(sim, secrets=secrets(SyncAll="true"))
    run = play(RETIRE, vars=retirement(sim, max_removals=1), fails=True)
    assert run.changed == [BEGUN]
    assert "max_removals allows 1" in run.failure.message
    assert SCOPED not in [each.task for each in run.outcomes]


@pytest.mark.in_process_only
def test_the_playbook_takes_pairs_of_an_inventory_and_the_environment(sim: Simulator, play: Player) -> None:
    set_up_pair(sim, job="created")
    environment = {
        f"ENTRA_{side}_{name.upper()}": str(value)
        for side, tenant in (("SOURCE", SOURCE), ("TARGET", TARGET))
        for name, value in tenant.access(sim).items()
    }
    hosts = inventory({"contoso_to_fabrikam": {}}, group="crosstenant_pairs")
    assert retired(play.book(f"{COLLECTION}.retire", hosts, env=environment))["done"] is True
    assert is_gone(sim)


@pytest.mark.in_process_only
def test_read_only_credentials_suffice_for_a_check_and_what_is_missing_is_named(sim: Simulator, play: Player) -> None:
    synchronized(sim)
    reading = retirement(sim, source=SOURCE.access(sim, "audit"), target=TARGET.access(sim, "audit"))
    run = play(RETIRE, vars=reading, check=True, verbosity=4)
    assert run.changed == [BEGUN, UNASSIGNED, WITHDRAWN]
    assert leaks(str(run)) == []
    refused = play(RETIRE, vars=reading, fails=True)
    assert (refused.changed, refused.requests.writes) == ([], [])
    assert "Policy.ReadWrite.CrossTenantAccess" in refused.failure.message
    same = play(RETIRE, vars=retirement(sim, target=SOURCE.access(sim)), fails=True)
    assert SOURCE.id in same.failure.message
