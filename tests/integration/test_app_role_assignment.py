# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from integration.harness import Player, four_times, task
from integration.tenants import ADELE, ALEX, CHRISTIE, DIEGO, GRADY, GUEST, SOURCE, TARGET, ZERO, add_configuration
from simulator import Simulator

ASSIGN = "POST /servicePrincipals/{id}/appRoleAssignedTo"
FEW = ["Application.Read.All", "Synchronization.Read.All", "AppRoleAssignment.ReadWrite.All"]
ISAIAH, LEE = "isaiah@contoso.example", "lee@contoso.example"
REMOVE = "DELETE /servicePrincipals/{id}/appRoleAssignedTo/{id}"


def users(*names: str) -> list[dict[str, str]]:
    return [{"user": name} for name in names]


def assignments(sim: Simulator, principals: list[dict[str, str]], **options: Any) -> dict[str, Any]:
    return {**SOURCE.access(sim), "target_tenant_id": TARGET.id, "principals": principals, **options}


def assigned(sim: Simulator, principal: str) -> set[str]:
    rows = sim.state()[SOURCE.id]["appRoleAssignments"].values()
    return {row["principalDisplayName"] for row in rows if row["resourceId"] == principal}


def test_users_and_groups_are_assigned_and_removed(sim: Simulator, play: Player) -> None:
    principal = add_configuration(sim, assignments=[CHRISTIE])
    group = next(key for key, each in sim.state()[SOURCE.id]["groups"].items() if each["displayName"] == "Sales")
    mixed = [*users(ADELE), {"group": "Engineering"}, {"object_id": group, "name": "the sales people"}]
    run = play(
        *four_times("assign", "app_role_assignment", assignments(sim, mixed)),
        *four_times("remove", "app_role_assignment", assignments(sim, mixed[:2], state="absent")),
    )
    added = assert_converges_counting(run, "assign", [ASSIGN] * 3)
    assert added["assignments"] == {"added": 3, "removed": 0, "unchanged": 0, "total": 4, "failed": []}
    assert [each["name"] for each in added["principals"]] == [ADELE, "Engineering", "the sales people"]
    assert [each["name"] for each in added["diff"]["after"]["assignments"]] == [
        ADELE,
        "Engineering",
        "the sales people",
    ]
    assert run["assign: again"]["assignments"] == {"added": 0, "removed": 0, "unchanged": 3, "total": 4, "failed": []}
    assert len(added.requests.graph) <= 8
    removed = assert_converges_counting(run, "remove", [REMOVE] * 2)
    assert removed["assignments"]["removed"] == 2
    assert assigned(sim, principal) == {"Christie Cline", "Sales"}


def assert_converges_counting(run: Any, name: str, writes: list[str]) -> Any:
    """As assert_converges, for results that count what the run did."""
    check, do, again, check_again = (run[f"{name}: {step}"] for step in ("check", "do", "again", "check again"))
    assert (check.changed, do.changed, again.changed, check_again.changed) == (True, True, False, False)
    assert (check["diff"], check["assignments"], check["principals"]) == (
        do["diff"],
        do["assignments"],
        do["principals"],
    )
    assert do.writes == writes
    assert check.writes == again.writes == check_again.writes == []
    assert again["diff"] == check_again["diff"] == {"before": {}, "after": {}}
    assert again["assignments"] == check_again["assignments"]
    return do


def test_exact_removes_everybody_else_within_the_limit(sim: Simulator, play: Player) -> None:
    principal = add_configuration(sim, assignments=[ADELE, ALEX, CHRISTIE, "Sales"])
    exact = assignments(sim, users(ADELE, DIEGO), state="exact")
    run = play(
        task("too many", "app_role_assignment", {**exact, "max_removals": 2}, ignore_errors=True),
        task(
            "too many: check", "app_role_assignment", {**exact, "max_removals": 2}, check_mode=True, ignore_errors=True
        ),
        *four_times("exact", "app_role_assignment", {**exact, "max_removals": 3}),
        *four_times("nobody", "app_role_assignment", assignments(sim, [], state="exact")),
        fails=None,
    )
    for name in ("too many", "too many: check"):
        assert "max_removals" in run[name].message
        assert "3 assignments" in run[name].message
        assert run[name].writes == []
    done = assert_converges_counting(run, "exact", [ASSIGN, *[REMOVE] * 3])
    # Christie is a member of Sales, too, and counts once.
    counted = {"added": 1, "removed": 3, "unchanged": 1, "total": 2, "failed": [], "affected_users": 3}
    assert done["assignments"] == counted
    assert {each["name"] for each in done["diff"]["before"]["assignments"]} == {
        "Alex Wilber",
        "Christie Cline",
        "Sales",
    }
    assert_converges_counting(run, "nobody", [REMOVE] * 2)
    assert assigned(sim, principal) == set()


def test_a_group_counts_as_its_direct_members_in_a_check_as_well(sim: Simulator, play: Player) -> None:
    principal = add_configuration(sim, assignments=["All Staff", "Engineering", DIEGO])
    sim.update_settings(page_size={"default": 2})
    exact = assignments(sim, users(DIEGO), state="exact")
    small = {**SOURCE.access(sim), "access_token": sim.issue_token(SOURCE.id, SOURCE.client("automation"), roles=FEW)}
    blind = {**small, "target_tenant_id": TARGET.id, "principals": [], "state": "exact", "max_removals": 99}
    run = play(
        *[
            task(f"{name}{': check' * check}", "app_role_assignment", options, check_mode=check, ignore_errors=True)
            for name, options in {"too many": {**exact, "max_removals": 5}, "blind": blind}.items()
            for check in (True, False)
        ],
        *four_times("exact", "app_role_assignment", {**exact, "max_removals": 6}),
        fails=None,
    )
    for name in ("too many", "too many: check"):
        # Of All Staff Diego stays by name, and the group inside is not in scope.
        assert "6 users would lose their scope with 2 assignments" in run[name].message
        assert "All Staff with 2" in run[name].message
        assert "Engineering with 4" in run[name].message
    for name in ("blind", "blind: check"):
        assert "GroupMember.Read.All" in run[name].message
        assert "count the members" in run[name].message
    assert [each for name in ("too many", "blind") for each in (*run[name].writes, *run[f"{name}: check"].writes)] == []
    done = assert_converges_counting(run, "exact", [REMOVE] * 2)
    assert done["assignments"]["affected_users"] == 6
    assert assigned(sim, principal) == {"Diego Siciliani"}


def test_whoever_is_assigned_in_vain_is_warned_of_in_a_check_as_well(sim: Simulator, play: Player) -> None:
    add_configuration(sim)
    sim.add_group(SOURCE.id, "Mail list", id=sim.new_guid(), security_enabled=False, group_types=["Unified"])
    named = [{"user": GUEST}, {"user": ISAIAH}, {"user": LEE}, {"group": "All Staff"}, {"group": "Mail list"}]
    sim.add_permission(SOURCE.id, SOURCE.client("automation"), "UserAuthenticationMethod.Read.All")
    options = assignments(sim, named, check_sign_in_methods=True)
    run = play(*four_times("assign", "app_role_assignment", options))
    done = assert_converges_counting(run, "assign", [ASSIGN] * 5)
    text = "\n".join(done["warnings"])
    for part in (
        f"never synchronized: {GUEST}.",
        f"Disabled users are assigned: {ISAIAH}.",
        f"sign in by SMS are assigned but never synchronized: {LEE}.",
        "not in scope: All Staff contains Engineering.",
        "these are not: Mail list.",
    ):
        assert part in text
    assert len(done["warnings"]) == 5
    assert run["assign: check"]["warnings"] == done["warnings"]
    again = [each for each in done["warnings"] if "All Staff" not in each]
    assert run["assign: again"]["warnings"] == run["assign: check again"]["warnings"] == again


def test_fifty_users_go_in_batches_over_several_pages(sim: Simulator, play: Player) -> None:
    ids = sim.add_users(SOURCE.id, 50)
    principal = add_configuration(sim)
    sim.update_settings(page_size={"appRoleAssignments": 20})
    everyone = [{"object_id": each} for each in ids]
    options = {**SOURCE.access(sim), "service_principal_id": principal, "principals": everyone}
    run = play(*four_times("assign", "app_role_assignment", options))
    done = assert_converges_counting(run, "assign", [ASSIGN] * 50)
    assert len(done.requests.graph) == 5, "roles, list, three batches"
    assert run["assign: again"]["assignments"]["unchanged"] == 50
    assert len(assigned(sim, principal)) == 50


def test_a_page_at_a_time_is_read_to_the_end(sim: Simulator, play: Player) -> None:
    sim.add_users(SOURCE.id, 1100)
    principal = add_configuration(sim, assignments=[f"user{number}@contoso.example" for number in range(1100)])
    last = assignments(sim, users("user1099@contoso.example", "user0@contoso.example"))
    look = play(task("look", "app_role_assignment", last))["look"]
    assert not look.changed
    assert look["assignments"]["total"] == 1100
    assert [each.line for each in look.requests.graph].count("GET /servicePrincipals/{id}/appRoleAssignedTo") == 2
    assert len(assigned(sim, principal)) == 1100


def test_names_that_cannot_be_found_fail_together_before_anything_is_written(sim: Simulator, play: Player) -> None:
    add_configuration(sim)
    for dummy in range(2):
        sim.add_group(SOURCE.id, "Twins", id=sim.new_guid())
    unknown = [*users(ADELE, "nobody@contoso.example"), {"group": "Nobodies"}, {"group": "Twins"}]
    bad = {
        "unknown": unknown,
        "two ways": [{"user": ADELE, "group": "Sales"}],
        "no way": [{"name": "Adele"}],
        "malformed": [{"object_id": "adele"}],
    }
    tasks = [
        task(
            f"{name}{': check' * check}",
            "app_role_assignment",
            assignments(sim, principals),
            check_mode=check,
            ignore_errors=True,
        )
        for name, principals in bad.items()
        for check in (False, True)
    ]
    run = play(*tasks, fails=None)
    for name in bad:
        assert "principals" in run[name].message
        assert run[name].message == run[f"{name}: check"].message
    for name in ("nobody@contoso.example", "Nobodies", "2 groups are named 'Twins'"):
        assert name in run["unknown"].message
    assert ADELE not in run["unknown"].message
    assert run.requests.writes == []


def test_guests_are_warned_of(sim: Simulator, play: Player) -> None:
    add_configuration(sim)
    run = play(task("guest", "app_role_assignment", assignments(sim, users(GUEST, ADELE))))
    assert run["guest"]["assignments"]["added"] == 2
    assert GUEST in str(run["guest"]["warnings"])


def test_roles_may_be_named_and_wrong_ones_are_refused(sim: Simulator, play: Player) -> None:
    principal = add_configuration(sim)
    role = sim.state()[SOURCE.id]["servicePrincipals"][principal]["appRoles"][0]["id"]
    everyone = users(ADELE, GRADY)
    run = play(
        task("by name", "app_role_assignment", assignments(sim, everyone, app_role="msiam_access")),
        task("by id", "app_role_assignment", assignments(sim, everyone, app_role=role)),
        task("unknown", "app_role_assignment", assignments(sim, everyone, app_role="Owner"), ignore_errors=True),
        task("default access", "app_role_assignment", assignments(sim, everyone, app_role=ZERO), ignore_errors=True),
        fails=None,
    )
    assert run["by name"]["assignments"]["added"] == 2
    assert run["by id"]["assignments"]["unchanged"] == 2
    assert "app_role" in run["unknown"].message
    assert "msiam_access" in run["unknown"].message
    partly = run["default access"]
    assert not partly.changed
    assert len(partly["assignments"]["failed"]) == 2
    assert {each["name"] for each in partly["assignments"]["failed"]} == {ADELE, GRADY}
    assert partly["assignments"]["total"] == 2


def test_what_somebody_else_assigned_meanwhile_is_no_failure(sim: Simulator, play: Player) -> None:
    principal = add_configuration(sim)
    sim.add_fault(method="POST", path="/appRoleAssignedTo$", effect="error_after", status=503, batch=True)
    sim.add_fault(
        method="POST", path="/appRoleAssignedTo$", effect="status", status=429, retry_after=0, batch=True, nth=2
    )
    everyone = assignments(sim, users(ADELE, ALEX, CHRISTIE))
    run = play(task("assign", "app_role_assignment", everyone), task("again", "app_role_assignment", everyone))
    assert run["assign"].changed
    assert run["assign"]["assignments"]["failed"] == []
    assert not run["again"].changed
    assert assigned(sim, principal) == {"Adele Vance", "Alex Wilber", "Christie Cline"}
