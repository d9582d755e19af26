# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""permission_info: reads the token and sends nothing."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.entra.crosstenant.plugins.module_utils._permissions import (
    NEEDS,
    OPERATIONS,
    missing_for,
    permissions_for,
)
from ansible_collections.entra.crosstenant.plugins.modules.permission_info import TASK

from unit.factories import CLIENT, HOME, LOGIN, Tree, run, token

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


def ask(check_mode: bool = False, operations: list[str] | None = None, **claims: t.Any) -> t.Any:
    params = {} if operations is None else {"operations": operations}
    return run(TASK, params, connecting={"access_token": token(**claims)}, check_mode=check_mode)


@pytest.mark.parametrize("check_mode", [False, True])
def test_the_documented_set_of_permissions_suffices_for_everything(check_mode: bool) -> None:
    result = ask(check_mode, roles=FULL)
    assert not result.changed
    assert result.values["missing"] == []
    assert [row["operation"] for row in result.values["permissions"]] == list(OPERATIONS)
    assert all(row["granted"] for row in result.values["permissions"])
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


@pytest.mark.parametrize("operation", list(OPERATIONS))
def test_each_operation_needs_something_that_is_in_the_table(operation: str) -> None:
    missing = missing_for(operation, frozenset())
    assert missing
    assert all(any(name in need.any_of for need in NEEDS) for name in missing)


def test_a_request_that_is_not_in_the_table_names_no_permission() -> None:
    assert permissions_for("GET", "/me") == ()
    assert permissions_for("OPTIONS", "/users") == ()
