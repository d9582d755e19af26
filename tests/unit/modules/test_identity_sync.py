# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""identity_sync: PUT creates, PATCH updates, and beta only for groups."""

from __future__ import annotations

import typing as t

import pytest
import requests
from ansible_collections.entra.crosstenant.plugins.module_utils._errors import GraphError, InputError
from ansible_collections.entra.crosstenant.plugins.modules.identity_sync import TASK

from unit.conversation import Exchange
from unit.factories import HOME, OTHER, Clock, Tree, error_body, not_found, run, run_four_times

PARTNER = f"/policies/crossTenantAccessPolicy/partners/{OTHER}"
PATH = f"{PARTNER}/identitySynchronization"
USERS = {"partner_tenant_id": OTHER, "user_sync_inbound_allowed": True}
GROUPS = {"partner_tenant_id": OTHER, "group_sync_inbound_allowed": True}
CONFLICT: Tree = {
    "status": 409,
    "reply": error_body(
        "Request_MultipleObjectsWithSameKeyValue",
        "A conflicting object is present.",
        details=[{"code": "ConflictingObjects", "message": "A conflicting object", "target": "x"}],
    ),
}


def policy(users: bool | None = True, name: str | None = None, **more: t.Any) -> Tree:
    return {"tenantId": OTHER, "displayName": name, "userSyncInbound": {"isSyncAllowed": users}, **more}


def reading(found: Tree | None, api: str = "v1.0") -> Exchange:
    return not_found("GET", f"/{api}{PATH}") if found is None else Exchange("GET", f"/{api}{PATH}", reply=found)


def putting(body: Tree, api: str = "v1.0", **more: t.Any) -> Exchange:
    return Exchange("PUT", f"/{api}{PATH}", json=body, **{"status": 204, **more})


def patching(body: Tree, api: str = "v1.0") -> Exchange:
    return Exchange("PATCH", f"/{api}{PATH}", json=body, status=204)


ALLOWED = {"userSyncInbound": {"isSyncAllowed": True}}


def test_a_policy_is_created_by_put() -> None:
    runs = run_four_times(
        TASK,
        {**USERS, "display_name": "Contoso"},
        before=[reading(None)],
        writing=[putting({"displayName": "Contoso", **ALLOWED}), reading(policy(name="Contoso"))],
        after=[reading(policy(name="Contoso"))],
    )
    assert runs.diff == (
        {"display_name": None, "user_sync_inbound_allowed": None},
        {"partner_tenant_id": OTHER, "display_name": "Contoso", "user_sync_inbound_allowed": True},
    )
    assert runs.check.values == runs.do.values == runs.again.values
    assert runs.do.values["identity_sync"] == {
        "partner_tenant_id": OTHER,
        "display_name": "Contoso",
        "user_sync_inbound_allowed": True,
        "group_sync_inbound_allowed": None,
    }


def test_a_policy_is_updated_by_patch_with_what_differs() -> None:
    existing, after = policy(users=False, name="Contoso"), policy(name="Contoso")
    runs = run_four_times(
        TASK,
        {**USERS, "display_name": "Contoso"},
        before=[reading(existing)],
        writing=[patching(ALLOWED), reading(after)],
        after=[reading(after)],
    )
    assert runs.diff == ({"user_sync_inbound_allowed": False}, {"user_sync_inbound_allowed": True})
    assert runs.check.values == runs.do.values


def test_only_groups_take_the_beta_version() -> None:
    existing = policy(groupSyncInbound={"isSyncAllowed": False})
    after = policy(groupSyncInbound={"isSyncAllowed": True})
    runs = run_four_times(
        TASK,
        GROUPS,
        before=[reading(existing, "beta")],
        writing=[patching({"groupSyncInbound": {"isSyncAllowed": True}}, "beta"), reading(after, "beta")],
        after=[reading(after, "beta")],
    )
    assert runs.diff == ({"group_sync_inbound_allowed": False}, {"group_sync_inbound_allowed": True})


def test_groups_that_are_named_are_created_by_the_beta_version() -> None:
    after = policy(groupSyncInbound={"isSyncAllowed": False})
    run_four_times(
        TASK,
        {**USERS, "group_sync_inbound_allowed": False},
        before=[reading(None, "beta")],
        writing=[putting({**ALLOWED, "groupSyncInbound": {"isSyncAllowed": False}}, "beta"), reading(after, "beta")],
        after=[reading(after, "beta")],
    )


def test_groups_that_are_not_named_are_not_looked_at() -> None:
    assert run(TASK, USERS, reading(policy())).values["identity_sync"]["group_sync_inbound_allowed"] is None


def test_a_policy_that_was_made_meanwhile_is_updated() -> None:
    theirs = policy(users=False)
    run(
        TASK,
        USERS,
        reading(None),
        putting(ALLOWED, **CONFLICT),
        reading(theirs),
        reading(theirs),
        patching(ALLOWED),
        reading(policy()),
    )


def test_a_policy_that_was_made_meanwhile_as_wanted_is_left_alone() -> None:
    run(TASK, USERS, reading(None), putting(ALLOWED, **CONFLICT), reading(policy()), reading(policy()))


def test_a_lost_answer_is_asked_for_again_and_the_conflict_is_our_own() -> None:
    lost = putting(ALLOWED, error=requests.ConnectionError("reset"))
    result = run(TASK, USERS, reading(None), lost, putting(ALLOWED, **CONFLICT), reading(policy()), reading(policy()))
    assert result.changed


def test_a_partner_made_a_moment_ago_is_waited_for() -> None:
    clock = Clock()
    partner = Exchange("GET", f"/v1.0{PARTNER}", reply={"tenantId": OTHER})
    absent = putting(ALLOWED, status=404, reply=error_body("Directory_ObjectNotFound"))
    run(TASK, USERS, reading(None), absent, partner, absent, partner, putting(ALLOWED), reading(policy()), clock=clock)
    assert clock.waits == [0.5, 1.0]


def test_a_partner_that_is_not_there_is_told_how_to_be_made() -> None:
    with pytest.raises(GraphError) as raised:
        run(
            TASK,
            USERS,
            reading(None),
            putting(ALLOWED, status=404, reply=error_body("Directory_ObjectNotFound", "Unable to read.")),
            not_found("GET", f"/v1.0{PARTNER}"),
        )
    assert "crosstenant_partner" in raised.value.hint
    assert raised.value.explanation().startswith("Could not create the identity synchronization policy")


def test_an_old_value_that_shows_for_a_while_is_waited_out() -> None:
    clock = Clock()
    old = policy(users=False)
    run(TASK, USERS, reading(old), patching(ALLOWED), reading(old), reading(policy()), clock=clock)
    assert clock.waits == [0.5]


def test_a_policy_that_went_away_meanwhile_is_made_again_with_all_that_is_named() -> None:
    run(
        TASK,
        {**USERS, "display_name": "Contoso"},
        reading(policy(users=False, name="Contoso")),
        Exchange("PATCH", f"/v1.0{PATH}", json=ALLOWED, status=404, reply=error_body("Directory_ObjectNotFound")),
        putting({"displayName": "Contoso", **ALLOWED}),
        reading(policy(name="Contoso")),
    )


def test_a_policy_is_deleted() -> None:
    runs = run_four_times(
        TASK,
        {"partner_tenant_id": OTHER, "state": "absent"},
        before=[reading(policy())],
        writing=[Exchange("DELETE", f"/v1.0{PATH}", status=204), reading(None)],
        after=[reading(None)],
    )
    assert runs.do.before["user_sync_inbound_allowed"] is True
    assert runs.check.values == runs.do.values == {"identity_sync": None}


def test_a_policy_that_somebody_else_deleted_is_deleted() -> None:
    params = {"partner_tenant_id": OTHER, "state": "absent"}
    assert run(TASK, params, reading(policy()), not_found("DELETE", f"/v1.0{PATH}"), reading(None)).changed


def test_a_tenant_does_not_synchronize_with_itself() -> None:
    with pytest.raises(InputError, match="partner_tenant_id"):
        run(TASK, {"partner_tenant_id": HOME})


@pytest.mark.parametrize("users", [True, False, None])
def test_groups_that_are_allowed_leave_users_as_they_are(users: bool | None) -> None:
    existing = policy(users=users, name="Contoso", groupSyncInbound={"isSyncAllowed": False})
    after = {**existing, "groupSyncInbound": {"isSyncAllowed": True}}
    result = run(
        TASK,
        GROUPS,
        reading(existing, "beta"),
        patching({"groupSyncInbound": {"isSyncAllowed": True}}, "beta"),
        reading(after, "beta"),
    )
    assert result.values["identity_sync"]["user_sync_inbound_allowed"] is users


def test_users_that_are_named_with_groups_leave_groups_that_are_as_wanted() -> None:
    existing = policy(users=False, groupSyncInbound={"isSyncAllowed": True})
    run(
        TASK,
        {**USERS, **GROUPS},
        reading(existing, "beta"),
        patching(ALLOWED, "beta"),
        reading({**existing, **ALLOWED}, "beta"),
    )


def test_a_new_policy_for_groups_says_nothing_of_users() -> None:
    allowed = {"groupSyncInbound": {"isSyncAllowed": True}}
    after = {"tenantId": OTHER, "displayName": None, "userSyncInbound": None, **allowed}
    result = run(TASK, GROUPS, reading(None, "beta"), putting(allowed, "beta"), reading(after, "beta"))
    assert result.values["identity_sync"]["user_sync_inbound_allowed"] is None


def test_groups_are_kept_when_a_policy_that_went_away_is_made_again() -> None:
    wanted = {**ALLOWED, "groupSyncInbound": {"isSyncAllowed": True}}
    gone = Exchange("PATCH", f"/beta{PATH}", json=ALLOWED, status=404, reply=error_body("Directory_ObjectNotFound"))
    run(
        TASK,
        {**USERS, **GROUPS},
        reading(policy(users=False, groupSyncInbound={"isSyncAllowed": True}), "beta"),
        gone,
        putting(wanted, "beta"),
        reading(policy(groupSyncInbound={"isSyncAllowed": True}), "beta"),
    )


def test_group_synchronization_is_left_to_the_service_in_every_cloud() -> None:
    existing = policy(groupSyncInbound={"isSyncAllowed": True})
    assert not run(TASK, {**GROUPS, "cloud": "usgov"}, reading(existing, "beta")).changed


def test_a_domain_of_another_cloud_is_refused_clearly() -> None:
    find = "/v1.0/tenantRelationships/findTenantInformationByDomainName(domainName='agency.example')"
    with pytest.raises(InputError, match=r"no tenant of this cloud has the domain 'agency\.example'") as raised:
        run(TASK, {**USERS, "partner_tenant_id": "agency.example"}, not_found("GET", find))
    assert "another cloud is not supported" in raised.value.hint
