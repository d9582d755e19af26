# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

from integration.harness import Player, assert_converges, four_times, task
from integration.tenants import SOURCE, TARGET
from simulator import Simulator

PUT, PATCH, DELETE = (
    f"{method} /policies/crossTenantAccessPolicy/partners/{{id}}/identitySynchronization"
    for method in ("PUT", "PATCH", "DELETE")
)
PATH = "/identitySynchronization$"


def policy(sim: Simulator, **options: Any) -> dict[str, Any]:
    return {**TARGET.access(sim), "partner_tenant_id": SOURCE.id, **options}


def stored(sim: Simulator) -> Any:
    return sim.state()[TARGET.id]["identitySynchronization"].get(SOURCE.id)


def test_a_policy_is_created_changed_and_deleted(sim: Simulator, play: Player) -> None:
    sim.set_partner(TARGET.id, SOURCE.id)
    run = play(
        *four_times("create", "identity_sync", policy(sim, user_sync_inbound_allowed=True, display_name="Contoso")),
        *four_times("forbid", "identity_sync", policy(sim, user_sync_inbound_allowed=False)),
        *four_times("delete", "identity_sync", policy(sim, state="absent")),
    )
    created = assert_converges(run, "create", [PUT])
    assert created["identity_sync"] == {
        "partner_tenant_id": SOURCE.id,
        "display_name": "Contoso",
        "user_sync_inbound_allowed": True,
        "group_sync_inbound_allowed": None,
    }
    assert created.requests.bodies == [{"displayName": "Contoso", "userSyncInbound": {"isSyncAllowed": True}}]
    forbidden = assert_converges(run, "forbid", [PATCH])
    assert forbidden.requests.bodies == [{"userSyncInbound": {"isSyncAllowed": False}}]
    assert forbidden["diff"] == {
        "before": {"user_sync_inbound_allowed": True},
        "after": {"user_sync_inbound_allowed": False},
    }
    assert assert_converges(run, "delete", [DELETE])["identity_sync"] is None
    assert {each.api for each in run.requests.graph} == {"v1.0"}
    assert stored(sim) is None


def test_group_synchronization_goes_through_beta_and_survives_runs_that_do_not_name_it(
    sim: Simulator, play: Player
) -> None:
    sim.set_partner(TARGET.id, SOURCE.id)
    sim.set_identity_sync(TARGET.id, SOURCE.id, userSyncInbound={"isSyncAllowed": True})
    run = play(
        *four_times("groups", "identity_sync", policy(sim, group_sync_inbound_allowed=True)),
        task("users", "identity_sync", policy(sim, user_sync_inbound_allowed=False)),
    )
    groups = assert_converges(run, "groups", [PATCH])
    assert groups["identity_sync"]["group_sync_inbound_allowed"] is True
    assert groups["identity_sync"]["user_sync_inbound_allowed"] is True
    assert {each.api for each in groups.requests.graph} == {"beta"}
    assert {each.api for each in run["users"].requests.graph} == {"v1.0"}
    assert stored(sim)["groupSyncInbound"] == {"isSyncAllowed": True}
    assert stored(sim)["userSyncInbound"] == {"isSyncAllowed": False}


def test_a_missing_partner_is_named_with_the_module_that_makes_it(sim: Simulator, play: Player) -> None:
    options = policy(sim, user_sync_inbound_allowed=True)
    run = play(
        task("check", "identity_sync", options, check_mode=True),
        task("do", "identity_sync", options, ignore_errors=True),
        task("absent", "identity_sync", {**options, "state": "absent"}),
        task("own", "identity_sync", {**options, "partner_tenant_id": TARGET.id}, ignore_errors=True),
        fails=None,
    )
    assert run["check"].changed
    assert "crosstenant_partner" in run["do"].message
    assert SOURCE.id in run["do"].message
    assert TARGET.id in run["do"].message
    assert run["do"]["error"]["status"] == 404
    assert not run["absent"].changed
    assert "partner_tenant_id" in run["own"].message


def test_a_policy_that_appears_between_look_and_put_is_updated(sim: Simulator, play: Player) -> None:
    sim.set_partner(TARGET.id, SOURCE.id)
    sim.set_identity_sync(TARGET.id, SOURCE.id, userSyncInbound={"isSyncAllowed": False})
    sim.add_fault(method="GET", path=PATH, effect="status", status=404, code="Request_ResourceNotFound")
    run = play(task("allow", "identity_sync", policy(sim, user_sync_inbound_allowed=True)))
    assert run["allow"].changed
    assert run["allow"].writes == [PUT, PATCH]
    assert [each.status for each in run["allow"].requests if each.write] == [409, 204]
    assert stored(sim)["userSyncInbound"] == {"isSyncAllowed": True}


def test_a_policy_that_disappears_between_look_and_patch_is_created(sim: Simulator, play: Player) -> None:
    sim.set_partner(TARGET.id, SOURCE.id)
    ghost = {"tenantId": SOURCE.id, "displayName": None, "userSyncInbound": {"isSyncAllowed": False}}
    sim.add_fault(method="GET", path=PATH, effect="malformed", status=200, body=json.dumps(ghost))
    run = play(task("allow", "identity_sync", policy(sim, user_sync_inbound_allowed=True)))
    assert run["allow"].changed
    assert run["allow"].writes == [PATCH, PUT]
    assert [each.status for each in run["allow"].requests if each.write] == [404, 204]
    assert stored(sim)["userSyncInbound"] == {"isSyncAllowed": True}
