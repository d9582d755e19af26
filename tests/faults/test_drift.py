# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What somebody else did to a pair is seen and set right; what nobody did is not (terraform-peer.md section 5)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from faults.driver import Story, Trouble
from faults.stories import (
    ASSIGN,
    ASSIGN_ONE,
    CHANGE_STORED,
    PARTNER_OPTIONS,
    POLICY_OPTIONS,
    POST_JOB,
    PUT_SECRETS,
    SECRETS_OPTIONS,
    START,
    STORE,
    UNASSIGN,
)
from integration.tenants import ADELE, ALEX, DIEGO, SOURCE, STRANGER, SYNC_NAME, TARGET, set_up_pair

RUNNING = Story(
    "the job runs", "sync_job", {"state": "started"}, lambda sim: {"service_principal_id": set_up_pair(sim)}
)


@pytest.fixture
def principal(trouble: Trouble) -> str:
    """A pair that is set up and started; the id of its service principal."""
    trouble.begin(RUNNING)
    (found,) = trouble.principals()
    return str(found["id"])


def store(trouble: Trouble, principal: str, **changes: Any) -> Any:
    """Store the settings of the pair."""
    return trouble.run("sync_secrets", service_principal_id=principal, **{**SECRETS_OPTIONS, **changes})


@pytest.mark.parametrize("order", ["stored", "reversed", "sorted"])
@pytest.mark.parametrize("mode", ["merge", "replace"])
def test_settings_in_another_order_are_the_same_settings(trouble: Trouble, order: str, mode: str) -> None:
    trouble.begin(STORE, secrets_order=order, secrets_mode=mode)
    trouble.survives(writes=[PUT_SECRETS], waits=(0, 0))


@pytest.mark.parametrize("mode", ["merge", "replace"])
def test_a_setting_that_the_service_adds_is_left_alone_and_not_waited_for(trouble: Trouble, mode: str) -> None:
    trouble.begin(STORE, extra_secrets=[{"key": "SystemOfRecord", "value": "Entra"}], secrets_mode=mode)
    done = trouble.run()
    assert done.changed
    assert (done.writes, done.waits) == ([PUT_SECRETS], [])
    again = trouble.run()
    assert not again.changed
    assert again.writes == []


@pytest.mark.parametrize("mode", ["merge", "replace"])
def test_a_setting_that_somebody_added_survives_a_change(trouble: Trouble, mode: str) -> None:
    trouble.begin(CHANGE_STORED, secrets_mode=mode)
    (found,) = trouble.principals()
    trouble.sim.set_secret(SOURCE.id, found["id"], "SandboxName", "somebody's")
    assert trouble.run().writes == [PUT_SECRETS]
    (found,) = trouble.principals()
    assert found["secrets"]["SandboxName"] == "somebody's"
    assert found["secrets"]["SyncAll"] == "false"


def test_a_target_that_somebody_changed_is_seen_and_set_right(trouble: Trouble, principal: str) -> None:
    wanted = trouble.sim.normalized_state()
    trouble.sim.set_secret(SOURCE.id, principal, "CompanyId", STRANGER)
    check = trouble.run("sync_secrets", check=True, service_principal_id=principal, **SECRETS_OPTIONS)
    done = store(trouble, principal)
    for each in (check, done):
        assert each.result["diff"] == {
            "before": {"target_tenant_id": STRANGER},
            "after": {"target_tenant_id": TARGET.id},
        }
    assert done.writes == [PUT_SECRETS]
    assert trouble.sim.normalized_state() == wanted
    assert not store(trouble, principal).changed


@pytest.mark.parametrize(
    "masked", [["CompanyId"], ["AuthenticationType"], ["CompanyId", "AuthenticationType", "SyncAll"]]
)
def test_masked_settings_are_told_of_and_neither_rewritten_nor_changed_to_stars(
    trouble: Trouble, principal: str, masked: list[str]
) -> None:
    before = trouble.sim.normalized_state()
    trouble.sim.update_settings(masked_secret_keys=masked)
    done = store(trouble, principal)
    assert not done.changed
    assert done.writes == []
    assert "masks" in done.result["warnings"][0]
    assert trouble.sim.normalized_state() == before


@pytest.mark.parametrize("mode", ["merge", "replace"])
def test_masked_settings_survive_the_change_of_another_one(trouble: Trouble, mode: str) -> None:
    trouble.begin(CHANGE_STORED, masked_secret_keys=["CompanyId", "AuthenticationType"], secrets_mode=mode)
    done = trouble.run()
    assert done.changed
    (found,) = trouble.principals()
    assert found["secrets"]["CompanyId"] == TARGET.id
    assert found["secrets"]["AuthenticationType"] == "SyncPolicy"
    assert trouble.sim.normalized_state() == trouble.end
    assert not trouble.run().changed


def test_a_configuration_whose_target_is_masked_is_found_by_its_name_and_not_doubled(
    trouble: Trouble, principal: str
) -> None:
    trouble.sim.update_settings(masked_secret_keys=["CompanyId"])
    done = trouble.run("sync_app", target_tenant_id=TARGET.id, display_name=SYNC_NAME)
    assert not done.failed, done.message
    assert not done.changed
    assert done.result["configuration"]["service_principal_id"] == principal
    assert len(trouble.principals()) == 1


@pytest.mark.parametrize(
    ("member", "value"), [("DeleteThresholdValue", 5), ("DeleteThresholdEnabled", False), ("Unknown", "kept")]
)
def test_notifications_that_somebody_changed_are_set_right_where_they_are_named(
    trouble: Trouble, principal: str, member: str, value: Any
) -> None:
    (found,) = trouble.principals()
    stored = json.loads(found["secrets"]["SyncNotificationSettings"])
    trouble.sim.set_secret(SOURCE.id, principal, "SyncNotificationSettings", json.dumps({**stored, member: value}))
    done = store(trouble, principal)
    assert done.changed is (member != "Unknown")
    (found,) = trouble.principals()
    after = json.loads(found["secrets"]["SyncNotificationSettings"])
    assert after == ({**stored, member: value} if member == "Unknown" else stored)


@pytest.mark.parametrize(
    ("state", "expected"),
    [("exact", [[UNASSIGN], ["Adele Vance"]]), ("present", [[], ["Adele Vance", "Diego Siciliani"]])],
)
def test_one_more_user_whom_somebody_assigned_is_removed_by_exact_and_left_by_present(
    trouble: Trouble, principal: str, state: str, expected: list[list[str]]
) -> None:
    trouble.sim.assign(SOURCE.id, principal, DIEGO)
    options: dict[str, Any] = {"service_principal_id": principal, "principals": [{"user": ADELE}], "state": state}
    check = trouble.run("app_role_assignment", check=True, **options)
    done = trouble.run("app_role_assignment", **options)
    assert [done.writes, trouble.assigned()] == expected
    assert check.changed is done.changed is (state == "exact")
    assert not trouble.run("app_role_assignment", **options).changed


def test_an_assignment_that_somebody_deleted_is_made_again(trouble: Trouble) -> None:
    trouble.begin(ASSIGN_ONE)
    trouble.run()
    trouble.sim.unassign(SOURCE.id, trouble.options["service_principal_id"], ADELE)
    trouble.survives(writes=[ASSIGN])


def test_an_assignment_to_another_role_is_replaced_by_exact(trouble: Trouble, principal: str) -> None:
    trouble.sim.assign(SOURCE.id, principal, ALEX, role_id="00000000-0000-0000-0000-00000000000a")
    principals = [{"user": ADELE}, {"user": ALEX}]
    options: dict[str, Any] = {"service_principal_id": principal, "principals": principals, "state": "exact"}
    done = trouble.run("app_role_assignment", **options)
    assert not done.failed, done.message
    assert trouble.assigned() == ["Adele Vance", "Alex Wilber"]
    assert sorted(done.writes) == [UNASSIGN, ASSIGN]
    assert not trouble.run("app_role_assignment", **options).changed


def test_a_job_that_somebody_paused_is_started_again(trouble: Trouble, principal: str) -> None:
    assert trouble.run("sync_job", service_principal_id=principal, state="paused").changed
    done = trouble.run()
    assert done.changed
    assert done.writes == [START]
    assert (
        trouble.sim.normalized_state()[SOURCE.id]["servicePrincipals"].keys()
        == trouble.end[SOURCE.id]["servicePrincipals"].keys()
    )
    ((job,),) = [each["jobs"].values() for each in trouble.principals()]
    assert job["started"]
    assert not trouble.run().changed


def test_a_job_that_somebody_deleted_is_made_and_started_again(trouble: Trouble, principal: str) -> None:
    trouble.sim.delete_job(SOURCE.id)
    done = trouble.run()
    assert done.changed
    assert done.writes == [POST_JOB, START]
    ((job,),) = [each["jobs"].values() for each in trouble.principals()]
    assert job["started"]
    assert not trouble.run().changed


def test_a_job_that_somebody_makes_meanwhile_where_a_second_is_refused_is_used(trouble: Trouble) -> None:
    trouble.begin(
        Story(
            "a job is made first", "sync_job", {}, lambda sim: {"service_principal_id": set_up_pair(sim, job="created")}
        )
    )
    principal = trouble.options["service_principal_id"]
    trouble.sim.delete_job(SOURCE.id)
    trouble.sim.update_settings(second_job="conflict")
    trouble.meanwhile(
        "POST",
        "/jobs$",
        lambda: trouble.sim.world.tenants[SOURCE.id].service_principals[principal].jobs.update(_spare(trouble)),
    )
    done = trouble.run()
    assert not done.failed, done.message
    ((dummy,),) = [each["jobs"] for each in trouble.principals()]
    assert done.writes == [POST_JOB]


def _spare(trouble: Trouble) -> dict[str, Any]:
    """A job as another client makes it."""
    spare = trouble.sim.add_configuration(
        SOURCE.id, display_name="spare", job="created", template_id="8adf8e6e-67b2-4cf2-a259-e3dc5476c621"
    )
    principal = trouble.sim.world.tenants[SOURCE.id].service_principals.pop(spare)
    return dict(principal.jobs)


@pytest.mark.parametrize(
    ("module", "side", "options"),
    [("crosstenant_partner", SOURCE, PARTNER_OPTIONS), ("identity_sync", TARGET, POLICY_OPTIONS)],
    ids=["partner", "policy"],
)
def test_a_policy_that_somebody_deleted_is_made_again(
    trouble: Trouble, principal: str, module: str, side: Any, options: dict[str, Any]
) -> None:
    assert not trouble.run(module, side=side, **options).changed
    if module == "crosstenant_partner":
        trouble.sim.delete_partner(SOURCE.id, TARGET.id)
    else:
        trouble.sim.delete_partner(TARGET.id, SOURCE.id)
        trouble.sim.set_partner(TARGET.id, SOURCE.id)
    done = trouble.run(module, side=side, **options)
    assert done.changed
    assert len(done.writes) == 1
    assert not trouble.run(module, side=side, **options).changed
