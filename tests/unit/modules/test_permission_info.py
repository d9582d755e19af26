# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""permission_info: reads the token and sends nothing."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.entra.crosstenant.plugins.module_utils._errors import EntraError
from ansible_collections.entra.crosstenant.plugins.module_utils._permissions import NEEDS, permission_for
from ansible_collections.entra.crosstenant.plugins.module_utils._resources.operations import OPERATIONS, SPECIAL, judge
from ansible_collections.entra.crosstenant.plugins.modules.permission_info import TASK
from hypothesis import given
from hypothesis import strategies as st

from unit.conversation import Exchange
from unit.factories import CLIENT, HOME, LOGIN, Tree, collection, error_body, parameters, run, token

FULL = [
    "Policy.Read.All",
    "Policy.ReadWrite.CrossTenantAccess",
    "Application.ReadWrite.All",
    "Synchronization.ReadWrite.All",
    "AppRoleAssignment.ReadWrite.All",
    "User.Read.All",
    "Group.Read.All",
    "ProvisioningLog.Read.All",
    "CrossTenantInformation.ReadBasic.All",
]


ORDINARY = [each for each in OPERATIONS if each not in SPECIAL]
PLANS = {
    "P1": "41781fb2-bc02-4b7c-bd55-b576c07bb09d",
    "P2": "eec0eb4f-6444-4f95-aba0-50c24d67f998",
    "Governance": "e866a266-3cff-43a3-acca-0c90a7e00c8b",
}


def ask(
    *exchanges: Exchange,
    check_mode: bool = False,
    operations: list[str] | None = None,
    options: Tree | None = None,
    **claims: t.Any,
) -> t.Any:
    params = {**(options or {}), **({} if operations is None else {"operations": operations})}
    return run(TASK, params, *exchanges, connecting={"access_token": token(**claims)}, check_mode=check_mode)


def probe(**more: t.Any) -> Exchange:
    return Exchange("GET", "/v1.0/policies/crossTenantAccessPolicy", query={"$select": "id"}, **more)


def row(operation: str, *held: str, **claims: t.Any) -> Tree:
    (found,) = ask(operations=[operation], **({"roles": list(held)} | claims)).values["permissions"]
    return t.cast("Tree", found)


@pytest.mark.parametrize("check_mode", [False, True])
def test_the_documented_set_of_permissions_suffices_for_everything(check_mode: bool) -> None:
    result = ask(check_mode=check_mode, roles=FULL)
    assert not result.changed
    assert result.values["missing"] == []
    assert [row["operation"] for row in result.values["permissions"]] == ORDINARY
    assert all(row["granted"] for row in result.values["permissions"])
    assert not any(row["notes"] for row in result.values["permissions"])
    assert result.values["licences"] is None
    assert result.warnings == []


def test_what_is_missing_is_named_once_and_by_operation() -> None:
    result = ask(operations=["read_policies", "write_policies", "read_synchronization"], roles=["Policy.Read.All"])
    rows: dict[str, Tree] = {row["operation"]: row for row in result.values["permissions"]}
    assert rows["read_policies"]["granted"]
    assert rows["write_policies"]["missing"] == ["Policy.ReadWrite.CrossTenantAccess"]
    assert rows["read_synchronization"]["missing"] == ["Synchronization.Read.All"]
    assert result.values["missing"] == ["Policy.ReadWrite.CrossTenantAccess", "Synchronization.Read.All"]


def test_assigning_takes_a_right_to_read_as_well() -> None:
    only = ask(operations=["write_assignments"], roles=["AppRoleAssignment.ReadWrite.All"])
    assert only.values["missing"] == ["Application.Read.All"]
    both = ask(operations=["write_assignments"], roles=["AppRoleAssignment.ReadWrite.All", "Directory.Read.All"])
    assert both.values["missing"] == []


def test_permissions_of_a_user_count_too() -> None:
    assert ask(operations=["read_policies"], roles=None, scp="Policy.Read.All openid").values["missing"] == []


def test_a_token_that_does_not_say_is_a_warning_and_no_failure() -> None:
    result = ask(roles=None, idtyp=None)
    assert result.values["missing"] == []
    assert {row["granted"] for row in result.values["permissions"]} == {None}
    assert HOME in result.warnings[0]


def test_an_app_without_permissions_lacks_all() -> None:
    result = ask(roles=[])
    assert not any(row["granted"] for row in result.values["permissions"])
    assert "Policy.Read.All" in result.values["missing"]


def test_where_to_consent_is_told() -> None:
    values = ask().values
    assert (values["tenant_id"], values["client_id"]) == (HOME, CLIENT)
    assert values["consent_url"] == f"{LOGIN}/{HOME}/adminconsent?client_id={CLIENT}"


@pytest.mark.parametrize("check_mode", [False, True])
def test_what_is_missing_may_be_a_failure_that_says_what_where_and_how(check_mode: bool) -> None:
    needs: Tree = {"options": {"fail_on_missing": True}, "operations": ["write_policies", "read_synchronization"]}
    with pytest.raises(EntraError) as raised:
        ask(check_mode=check_mode, roles=["Policy.Read.All"], **needs)
    text = raised.value.explanation()
    assert text.startswith(
        f"The app {CLIENT} lacks Policy.ReadWrite.CrossTenantAccess, Synchronization.Read.All in tenant {HOME}. "
    )
    assert f"{LOGIN}/{HOME}/adminconsent?client_id={CLIENT}" in text
    assert raised.value.details()["tenant_id"] == HOME
    granted = ["Policy.ReadWrite.CrossTenantAccess", "Synchronization.Read.All"]
    assert ask(check_mode=check_mode, roles=granted, **needs).values["missing"] == []


def test_what_is_missing_is_no_failure_unless_that_is_asked_for() -> None:
    assert parameters(TASK)["fail_on_missing"] is False


def test_a_token_that_does_not_say_is_no_failure_even_where_a_missing_permission_is() -> None:
    result = ask(options={"fail_on_missing": True}, roles=None, idtyp=None)
    assert result.values["missing"] == []
    assert HOME in result.warnings[0]


@pytest.mark.parametrize("cloud", ["global", "usgov", "usgov_dod", "china"])
def test_the_cloud_is_told(cloud: str) -> None:
    assert ask(options={"cloud": cloud}, roles=FULL).values["cloud"] == cloud


@pytest.mark.parametrize("delegated", [False, True])
@pytest.mark.parametrize("operation", list(OPERATIONS))
def test_each_operation_takes_something_and_what_is_missing_suffices(operation: str, delegated: bool) -> None:
    missing, doubts = judge(operation, frozenset(), delegated=delegated)
    assert missing
    assert doubts == []
    assert judge(operation, missing, delegated=delegated) == ([], [])


PERMISSIONS = sorted(
    {name for rights in OPERATIONS.values() for right in rights for name in (*right.application, *right.doubtful)}
)


@given(st.sampled_from(list(OPERATIONS)), st.sets(st.sampled_from(PERMISSIONS)), st.booleans())
def test_more_permissions_never_allow_less(operation: str, held: set[str], delegated: bool) -> None:
    missing, doubts = judge(operation, held, delegated=delegated)
    for more in PERMISSIONS:
        still, fewer = judge(operation, {*held, more}, delegated=delegated)
        assert set(still) <= set(missing)
        assert len(still) + len(fewer) <= len(missing) + len(doubts)
    assert judge(operation, {*held, *missing}, delegated=delegated)[0] == []


@pytest.mark.parametrize(
    ("operation", "held", "missing"),
    [
        ("delete_configurations", ["Application.ReadWrite.All"], []),
        ("delete_configurations", ["Application.Read.All"], ["Application.ReadWrite.All"]),
        ("check_schema", ["Synchronization.Read.All"], ["Synchronization.ReadWrite.All"]),
        ("write_schema", ["Synchronization.ReadWrite.All"], []),
        ("validate_credentials", ["Synchronization.Read.All"], ["Synchronization.ReadWrite.All"]),
        ("provision_on_demand", ["Synchronization.ReadWrite.All"], ["User.ReadBasic.All"]),
        ("read_provisioning_logs", ["AuditLog.Read.All"], []),
        ("read_provisioning_logs", [], ["ProvisioningLog.Read.All"]),
        ("count_group_members", ["GroupMember.Read.All"], []),
        ("count_group_members", ["User.Read.All"], ["GroupMember.Read.All"]),
        ("read_sign_in_methods", ["User.Read.All"], ["UserAuthenticationMethod.Read.All"]),
        ("read_principals", ["Directory.Read.All"], []),
        ("read_principals", [], ["User.ReadBasic.All", "GroupMember.Read.All"]),
        ("read_licences", ["User.Read.All"], ["Organization.Read.All"]),
    ],
)
def test_what_an_operation_takes(operation: str, held: list[str], missing: list[str]) -> None:
    assert row(operation, *held)["missing"] == missing
    assert row(operation, roles=None, idtyp="user", scp=" ".join([*held, "openid"]))["missing"] == missing


def test_a_permission_for_owned_objects_suffices_with_a_warning() -> None:
    result = ask(
        operations=["write_configurations", "write_synchronization", "validate_credentials"],
        roles=["Application.ReadWrite.OwnedBy"],
    )
    assert result.values["missing"] == []
    assert all(each["granted"] and "owns" in each["notes"][0] for each in result.values["permissions"])
    # The same doubt is told once.
    assert len(result.warnings) == 2
    firm = ask(
        operations=["write_synchronization"], roles=["Application.ReadWrite.OwnedBy", "Synchronization.ReadWrite.All"]
    )
    assert (firm.warnings, firm.values["permissions"][0]["notes"]) == ([], [])


def test_a_permission_for_owned_objects_is_nobodys_who_acts_for_a_user() -> None:
    found = row("write_synchronization", roles=None, idtyp="user", scp="Application.ReadWrite.OwnedBy")
    assert (found["granted"], found["missing"]) == (False, ["Synchronization.ReadWrite.All"])


@pytest.mark.parametrize("operation", ["read_synchronization", "write_synchronization", "write_schema"])
@pytest.mark.parametrize("delegated", [False, True])
def test_where_documents_contradict_each_other_either_permission_is_accepted(operation: str, delegated: bool) -> None:
    name = "Directory.ReadWrite.All"
    claims = {"roles": None, "idtyp": "user", "scp": name} if delegated else {"roles": [name]}
    result = ask(operations=[operation], **claims)
    assert result.values["missing"] == []
    assert result.values["permissions"][0]["granted"]
    (warning,) = result.warnings
    assert "contradict" in warning
    assert "Synchronization.ReadWrite.All" in warning


def test_what_is_said_to_suffice_for_assigning_is_doubted() -> None:
    found = row("write_assignments", "Application.ReadWrite.All")
    assert found["granted"]
    assert "AppRoleAssignment.ReadWrite.All" in found["notes"][0]


def test_each_operation_says_where_to_consent() -> None:
    assert row("read_policies")["consent_url"] == f"{LOGIN}/{HOME}/adminconsent?client_id={CLIENT}"


# Claims


@pytest.mark.parametrize("claims", [{"idtyp": "user"}, {"idtyp": None}])
def test_a_users_token_is_told_by_its_scopes(claims: Tree) -> None:
    # The roles of a user are not what the app may do for him.
    found = row("read_policies", roles=["Policy.Read.All"], scp="openid", **claims)
    assert found["missing"] == ["Policy.Read.All"]


@pytest.mark.parametrize("claims", [{"idtyp": None}, {"idtyp": "app"}, {"idtyp": "app", "scp": ""}])
def test_an_apps_token_is_told_by_its_roles(claims: Tree) -> None:
    assert row("read_policies", roles=["Policy.Read.All"], **claims)["granted"]
    assert row("read_policies", roles=[], **claims)["missing"] == ["Policy.Read.All"]


def test_an_app_whose_token_says_nothing_and_that_is_refused_has_no_permission() -> None:
    denied = probe(status=403, reply=error_body("Authorization_RequestDenied"))
    assert ask(denied, operations=["read_policies"], roles=None).values["missing"] == ["Policy.Read.All"]


@pytest.mark.parametrize("answer", [{"reply": {"id": "x"}}, {"status": 400, "reply": error_body("X")}])
def test_an_app_whose_token_says_nothing_and_that_is_not_refused_is_let_through(answer: Tree) -> None:
    result = ask(probe(**answer), operations=["read_policies", "write_policies"], roles=None)
    assert result.values["missing"] == []
    assert {each["granted"] for each in result.values["permissions"]} == {None}
    assert HOME in result.warnings[0]


def test_a_token_that_is_no_jwt_is_a_warning_and_no_failure() -> None:
    result = run(TASK, {}, connecting={"access_token": "opaque-token-of-no-form"})
    assert {each["granted"] for each in result.values["permissions"]} == {None}
    assert "does not say" in result.warnings[0]


# Licences


def licences(*exchanges: Exchange, groups: bool = False) -> t.Any:
    params = {"operations": ["read_policies"], "check_licences": True, "group_sync": groups}
    return run(TASK, params, *exchanges, connecting={"access_token": token(roles=["Policy.Read.All"])})


def organization(plans: t.Any = ..., **more: t.Any) -> Exchange:
    shown = {"id": HOME} if plans is ... else {"id": HOME, "assignedPlans": plans}
    query = {"$select": "id,assignedPlans"}
    return Exchange("GET", "/v1.0/organization", query=query, **{"reply": collection(shown), **more})


def plan(name: str, status: str | None = "Enabled") -> Tree:
    return {"servicePlanId": PLANS[name].upper(), "service": "AADPremiumService", "capabilityStatus": status}


@pytest.mark.parametrize(
    ("plans", "groups", "seen", "warned"),
    [
        ([plan("P1")], False, ["AAD_PREMIUM"], []),
        ([plan("P2", "Warning")], False, ["AAD_PREMIUM_P2"], []),
        ([plan("P2", None), plan("P1")], False, ["AAD_PREMIUM", "AAD_PREMIUM_P2"], []),
        ([plan("P1", "Deleted"), plan("P2", "Suspended")], False, [], ["P1 or P2"]),
        ([], False, [], ["P1 or P2"]),
        ([], True, [], ["P1 or P2", "Governance"]),
        ([plan("P1")], True, ["AAD_PREMIUM"], ["Governance"]),
        (
            [plan("P1"), plan("Governance"), {"servicePlanId": None}],
            True,
            ["AAD_PREMIUM", "Entra_Identity_Governance"],
            [],
        ),
    ],
)
def test_licences_that_are_not_seen_are_warned_of(
    plans: list[Tree], groups: bool, seen: list[str], warned: list[str]
) -> None:
    result = licences(organization(plans), groups=groups)
    assert result.values["licences"] == seen
    assert len(result.warnings) == len(warned)
    assert all(part in warning for part, warning in zip(warned, result.warnings, strict=True))


@pytest.mark.parametrize(
    "answer",
    [
        organization(None),
        organization(),
        organization(reply=collection()),
        organization(status=403, reply=error_body("Authorization_RequestDenied")),
    ],
)
def test_licences_that_cannot_be_seen_are_a_warning_and_no_failure(answer: Exchange) -> None:
    result = licences(answer)
    assert result.values["licences"] is None
    assert result.values["missing"] == []
    (warning,) = result.warnings
    assert "Organization.Read.All" in warning


# What to grant when a request is refused


def test_the_permission_of_a_request_is_the_first_that_fits() -> None:
    job = "/servicePrincipals/id/synchronization/jobs/id"
    assert permission_for("GET", f"{job}/schema") == "Synchronization.Read.All"
    assert permission_for("GET", f"{job}/schema/filterOperators()") == "Synchronization.ReadWrite.All"
    assert permission_for("POST", f"{job}/start") == "Synchronization.ReadWrite.All"
    assert permission_for("GET", "/users/id") == "User.ReadBasic.All"
    assert permission_for("GET", "/users/id/authentication/phoneMethods/id") == "UserAuthenticationMethod.Read.All"
    assert permission_for("GET", "/groups/id/members") == "GroupMember.Read.All"
    assert permission_for("GET", "/servicePrincipals/id/appRoleAssignedTo") == "Application.Read.All"
    assert permission_for("DELETE", "/directory/deletedItems/id") == "Application.ReadWrite.All"


def test_what_is_to_be_granted_is_what_some_operation_takes() -> None:
    known = {name for rights in OPERATIONS.values() for right in rights for name in right.application}
    assert {need.permission for need in NEEDS} <= known


def test_a_request_that_is_not_in_the_table_names_no_permission() -> None:
    assert permission_for("GET", "/me") is None
    assert permission_for("OPTIONS", "/users") is None
