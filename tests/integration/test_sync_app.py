# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from integration.harness import Player, assert_converges, four_times, task
from integration.tenants import SOURCE, STRANGER, SYNC_NAME, TARGET, ZERO, add_configuration, secrets
from simulator import Simulator

INSTANTIATE = "POST /applicationTemplates/{id}/instantiate"
RENAME = "PATCH /applications/{id}"
CHANGE = "PATCH /servicePrincipals/{id}"
DELETE = "DELETE /applications/{id}"
PURGE = "DELETE /directory/deletedItems/{id}"


def app(sim: Simulator, **options: Any) -> dict[str, Any]:
    return {**SOURCE.access(sim), "target_tenant_id": TARGET.id, "display_name": SYNC_NAME, **options}


def configurations(sim: Simulator) -> dict[str, dict[str, Any]]:
    principals = sim.state()[SOURCE.id]["servicePrincipals"]
    return {key: each for key, each in principals.items() if each.get("applicationTemplateId")}


def test_a_configuration_is_created_once_and_then_recognised(sim: Simulator, play: Player) -> None:
    run = play(
        *four_times("create", "sync_app", app(sim)),
        *four_times("switch off", "sync_app", app(sim, account_enabled=False, service_management_reference="CI-17")),
    )
    created = assert_converges(run, "create", [INSTANTIATE])
    ((principal_id, principal),) = configurations(sim).items()
    assert created["configuration"] == {
        "service_principal_id": principal_id,
        "application_id": created["configuration"]["application_id"],
        "app_id": principal["appId"],
        "app_role_id": principal["appRoles"][0]["id"],
        "target_tenant_id": TARGET.id,
        "display_name": SYNC_NAME,
        "account_enabled": True,
        "app_role_assignment_required": True,
        "service_management_reference": None,
    }
    assert run["create: check"]["configuration"]["service_principal_id"] == ZERO
    switched = assert_converges(run, "switch off", [RENAME, CHANGE])
    assert switched.requests.bodies == [{"serviceManagementReference": "CI-17"}, {"accountEnabled": False}]
    assert switched["diff"]["after"] == {"account_enabled": False, "service_management_reference": "CI-17"}
    assert principal["accountEnabled"] is False


def test_a_configuration_is_recognised_by_its_target_and_renamed(sim: Simulator, play: Player) -> None:
    found = add_configuration(sim, display_name="made by hand")
    add_configuration(sim, display_name=SYNC_NAME, secrets=secrets(STRANGER))
    nameless = {key: value for key, value in app(sim).items() if key != "display_name"}
    run = play(
        task("nameless", "sync_app", nameless),
        *four_times("rename", "sync_app", app(sim)),
    )
    assert not run["nameless"].changed
    assert run["nameless"]["configuration"]["display_name"] == "made by hand"
    renamed = assert_converges(run, "rename", [RENAME, CHANGE])
    assert renamed["configuration"]["service_principal_id"] == found
    assert renamed["diff"] == {"before": {"display_name": "made by hand"}, "after": {"display_name": SYNC_NAME}}
    assert configurations(sim)[found]["displayName"] == SYNC_NAME
    assert len(configurations(sim)) == 2


def test_what_an_interrupted_run_left_behind_is_taken_over(sim: Simulator, play: Player) -> None:
    left = add_configuration(sim, secrets={})
    add_configuration(sim, display_name="another that is unfinished", secrets={})
    run = play(*four_times("take over", "sync_app", app(sim)))
    taken = assert_converges(run, "take over", [], changes=False)
    assert taken["configuration"]["service_principal_id"] == left


def test_two_configurations_that_match_are_refused_and_both_are_named(sim: Simulator, play: Player) -> None:
    one, other = (add_configuration(sim, display_name=name) for name in ("one", "other"))
    left, behind = (add_configuration(sim, display_name="left behind", secrets={}) for dummy in range(2))
    run = play(
        task("two of a target", "sync_app", app(sim), ignore_errors=True),
        task("to be deleted", "sync_app", app(sim, state="absent"), ignore_errors=True),
        task(
            "two unfinished",
            "sync_app",
            app(sim, target_tenant_id=STRANGER, display_name="left behind"),
            ignore_errors=True,
        ),
        fails=None,
    )
    for name, ids in {
        "two of a target": (one, other),
        "to be deleted": (one, other),
        "two unfinished": (left, behind),
    }.items():
        assert all(each in run[name].message for each in ids), name
    assert run.requests.writes == []
    assert len(configurations(sim)) == 4


def test_configurations_of_the_platform_are_left_alone(sim: Simulator, play: Player) -> None:
    platform = add_configuration(sim, display_name="MTO_Sync_Fabrikam")
    run = play(
        task("create", "sync_app", app(sim)),
        task("delete", "sync_app", app(sim, state="absent")),
        task("nothing left", "sync_app", app(sim, state="absent")),
    )
    assert run["create"].writes == [INSTANTIATE]
    # Without its target stored, the new one is nobody's yet: it can be found by its name only.
    assert run["delete"].changed
    assert not run["nothing left"].changed
    assert list(configurations(sim)) == [platform]


def test_a_deleted_configuration_can_be_purged(sim: Simulator, play: Player) -> None:
    add_configuration(sim)
    deleted = play(task("delete", "sync_app", app(sim, state="absent")))["delete"]
    assert deleted.writes == [DELETE]
    assert deleted["configuration"] is None
    assert deleted["diff"]["before"]["display_name"] == SYNC_NAME
    assert len(sim.state()[SOURCE.id]["deletedItems"]) == 2
    purged = add_configuration(sim)
    run = play(*four_times("purge", "sync_app", app(sim, state="absent", purge=True)))
    assert_converges(run, "purge", [DELETE, PURGE, PURGE])
    assert purged not in sim.state()[SOURCE.id]["deletedItems"]
    assert len(sim.state()[SOURCE.id]["deletedItems"]) == 2


def test_a_hub_keeps_one_configuration_for_each_of_its_targets(sim: Simulator, play: Player) -> None:
    others = [f"5555555{number}-aaaa-4bbb-8ccc-000000000005" for number in range(4)]
    for number, target in enumerate(others):
        add_configuration(sim, display_name=SYNC_NAME if number < 2 else f"spoke {number}", secrets=secrets(target))
    run = play(
        *four_times("one more", "sync_app", app(sim)),
        task("spoke", "sync_app", app(sim, target_tenant_id=others[3], display_name="spoke 3")),
    )
    assert_converges(run, "one more", [INSTANTIATE])
    assert not run["spoke"].changed
    assert len(run["spoke"].requests.graph) == 2, "list, one batch of settings and applications"
    assert len(configurations(sim)) == 5


def test_an_answer_that_is_lost_does_not_make_a_second_configuration(sim: Simulator, play: Player) -> None:
    sim.add_fault(method="POST", path="/instantiate$", effect="drop_after")
    run = play(task("create", "sync_app", app(sim)))
    assert run["create"].changed
    assert run["create"].writes == [INSTANTIATE]
    assert list(configurations(sim)) == [run["create"]["configuration"]["service_principal_id"]]


def test_a_new_configuration_is_waited_for_until_every_service_knows_it(sim: Simulator, play: Player) -> None:
    lag = {"reads": 1}
    kinds = ("application", "servicePrincipal", "synchronization", "templates", "job", "secrets", "assignment")
    sim.update_settings(replication=dict.fromkeys(kinds, lag), replication_sync_error=403)
    made = {**SOURCE.access(sim), "service_principal_id": "{{ made.configuration.service_principal_id }}"}
    run = play(
        task("app", "sync_app", app(sim), register="made"),
        task("job", "sync_job", made),
        task("settings", "sync_secrets", {**made, "target_tenant_id": TARGET.id, "validate": False}),
        task("users", "app_role_assignment", {**made, "principals": [{"user": "adele@contoso.example"}]}),
        task("job again", "sync_job", made),
    )
    assert run.changed == ["app", "job", "settings", "users"]
    ((dummy, principal),) = configurations(sim).items()
    assert principal["secrets"]["CompanyId"] == TARGET.id
    assert len(principal["jobs"]) == 1


def test_bad_input_is_refused_before_anything_is_written(sim: Simulator, play: Player) -> None:
    bad = {
        "own tenant": {"target_tenant_id": SOURCE.id},
        "malformed": {"target_tenant_id": "fabrikam"},
        "template": {"template_id": "Azure2Azure"},
    }
    run = play(
        *(task(name, "sync_app", app(sim, **options), ignore_errors=True) for name, options in bad.items()), fails=None
    )
    for name, options in bad.items():
        assert next(iter(options)) in run[name].message
    assert run.requests.writes == []
