# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A permission that is missing is reported at once and by name, wherever it is missing (graph-api.md section 14)."""

from __future__ import annotations

import pytest

from faults.driver import Done, Story, Trouble
from faults.stories import (
    ASSIGN_ONE,
    ASSIGN_THREE,
    CHANGE_APP,
    CHANGE_PARTNER,
    CHANGE_POLICY,
    CHANGE_SCHEMA,
    DROP_APP,
    DROP_JOB,
    DROP_PARTNER,
    DROP_POLICY,
    MAKE_APP,
    MAKE_JOB,
    MAKE_PARTNER,
    MAKE_POLICY,
    PAUSE_JOB,
    PROVISION,
    RESET_SCHEMA,
    RESTART_JOB,
    START_JOB,
    STORE,
    UNASSIGN_ONE,
    WRITES,
)

SYNC_READ, SYNC_WRITE = "Synchronization.Read.All", "Synchronization.ReadWrite.All"
POLICY_READ, POLICY_WRITE = "Policy.Read.All", "Policy.ReadWrite.CrossTenantAccess"
APP_READ, APP_WRITE = "Application.Read.All", "Application.ReadWrite.All"
ASSIGN_WRITE = "AppRoleAssignment.ReadWrite.All"

# Every request that the collection sends to the synchronization service.
SYNCHRONIZATION: list[tuple[Story, str, str, str]] = [
    (STORE, "GET", "/secrets$", SYNC_READ),
    (STORE, "POST", "/validateCredentials$", SYNC_WRITE),
    (STORE, "PUT", "/secrets$", SYNC_WRITE),
    (MAKE_JOB, "GET", "/jobs$", SYNC_READ),
    (MAKE_JOB, "POST", "/jobs$", SYNC_WRITE),
    (START_JOB, "POST", "/start$", SYNC_WRITE),
    (PAUSE_JOB, "POST", "/pause$", SYNC_WRITE),
    (RESTART_JOB, "POST", "/restart$", SYNC_WRITE),
    (DROP_JOB, "DELETE", "/jobs/", SYNC_WRITE),
    (CHANGE_APP, "GET", "/secrets$", SYNC_READ),
    (CHANGE_SCHEMA, "GET", "/jobs$", SYNC_READ),
    (CHANGE_SCHEMA, "GET", "/schema$", SYNC_READ),
    (CHANGE_SCHEMA, "GET", "/schema/directories$", SYNC_READ),
    (CHANGE_SCHEMA, "GET", "/schema/functions$", SYNC_WRITE),
    (CHANGE_SCHEMA, "POST", "/schema/parseExpression$", SYNC_WRITE),
    (CHANGE_SCHEMA, "GET", "/schema/filterOperators$", SYNC_WRITE),
    (CHANGE_SCHEMA, "PUT", "/schema$", SYNC_WRITE),
    (RESET_SCHEMA, "GET", "/templates/Azure2Azure/schema$", SYNC_READ),
    (RESET_SCHEMA, "DELETE", "/schema$", SYNC_WRITE),
    (PROVISION, "GET", "/jobs$", SYNC_READ),
    (PROVISION, "GET", "/schema$", SYNC_READ),
    (PROVISION, "POST", "/provisionOnDemand$", SYNC_WRITE),
]
DIRECTORY: list[tuple[Story, str, str, str]] = [
    (MAKE_PARTNER, "GET", "/partners/[^/]+$", POLICY_READ),
    (MAKE_PARTNER, *WRITES[MAKE_PARTNER], POLICY_WRITE),
    (CHANGE_PARTNER, *WRITES[CHANGE_PARTNER], POLICY_WRITE),
    (DROP_PARTNER, *WRITES[DROP_PARTNER], POLICY_WRITE),
    (MAKE_POLICY, "GET", "/identitySynchronization$", POLICY_READ),
    (MAKE_POLICY, *WRITES[MAKE_POLICY], POLICY_WRITE),
    (CHANGE_POLICY, *WRITES[CHANGE_POLICY], POLICY_WRITE),
    (DROP_POLICY, *WRITES[DROP_POLICY], POLICY_WRITE),
    (MAKE_APP, "GET", "/servicePrincipals$", APP_READ),
    (MAKE_APP, *WRITES[MAKE_APP], APP_WRITE),
    (CHANGE_APP, "GET", "/applications", APP_READ),
    (CHANGE_APP, *WRITES[CHANGE_APP], APP_WRITE),
    (DROP_APP, *WRITES[DROP_APP], APP_WRITE),
    (ASSIGN_ONE, "GET", "/users/", "User.ReadBasic.All"),
    (ASSIGN_ONE, "GET", "/servicePrincipals/[^/]+$", APP_READ),
    (ASSIGN_ONE, "GET", "/appRoleAssignedTo$", APP_READ),
    (ASSIGN_ONE, *WRITES[ASSIGN_ONE], ASSIGN_WRITE),
    (UNASSIGN_ONE, *WRITES[UNASSIGN_ONE], ASSIGN_WRITE),
]
FORBIDDEN = {
    "no licence": ("AadPremiumLicenseRequired", "Neither tenant is B2C or tenant doesn't have premium license"),
    "conditional access": ("AccessDenied", "insufficient_claims"),
    "a role is missing": ("Forbidden", "Insufficient privileges to complete the operation."),
}


def assert_asked_once(done: Done, method: str, path: str) -> None:
    """What a batch is refused is asked for once more, alone; nothing else is asked twice."""
    assert done.alone(method, path) == 1, str(done)
    assert done.count(method, path) <= 2, str(done)


@pytest.mark.parametrize("old", [False, True], ids=["new", "old"])
@pytest.mark.parametrize(("story", "method", "path", "permission"), SYNCHRONIZATION, ids=str)
def test_the_401_without_a_reason_of_the_synchronization_service_names_the_permission_at_once(
    trouble: Trouble, story: Story, method: str, path: str, permission: str, old: bool
) -> None:
    trouble.begin(story)
    if old:
        trouble.make_old()
    trouble.fault(method, path, count=None, status=401, shape="empty")
    done = trouble.refuses(code="UnknownError", says=permission)
    assert_asked_once(done, method, path)
    assert "consent" in done.message


@pytest.mark.parametrize(("story", "method", "path", "permission"), [*SYNCHRONIZATION, *DIRECTORY], ids=str)
def test_a_403_because_of_a_permission_names_it_at_once(
    trouble: Trouble, story: Story, method: str, path: str, permission: str
) -> None:
    trouble.begin(story)
    trouble.fault(method, path, count=None, status=403, code="Authorization_RequestDenied")
    before = trouble.sim.normalized_state()
    done = trouble.run()
    assert done.failed
    assert "Authorization_RequestDenied" in done.message
    assert permission in done.message
    assert done.waits == []
    assert_asked_once(done, method, path)
    assert trouble.sim.normalized_state() == before


def test_a_403_for_one_of_many_assignments_names_the_permission(trouble: Trouble) -> None:
    trouble.begin(ASSIGN_THREE)
    trouble.fault("POST", "/appRoleAssignedTo$", count=None, status=403, code="Authorization_RequestDenied")
    done = trouble.refuses(code="PartlyDone", says=ASSIGN_WRITE)
    assert done.count("POST", "/appRoleAssignedTo$") == 3


@pytest.mark.parametrize("why", FORBIDDEN)
@pytest.mark.parametrize("story", [MAKE_PARTNER, CHANGE_POLICY, MAKE_APP], ids=str)
def test_any_other_403_of_directory_and_policies_is_reported_at_once(trouble: Trouble, story: Story, why: str) -> None:
    code, message = FORBIDDEN[why]
    trouble.begin(story)
    trouble.fault(*WRITES[story], count=None, status=403, code=code, message=message)
    done = trouble.refuses(code=code, says=message)
    assert done.count(*WRITES[story]) == 1


@pytest.mark.parametrize(
    ("story", "role", "permission"),
    [
        (MAKE_PARTNER, POLICY_WRITE, POLICY_WRITE),
        (MAKE_POLICY, POLICY_WRITE, POLICY_WRITE),
        (MAKE_APP, APP_WRITE, APP_READ),
        (MAKE_JOB, SYNC_WRITE, SYNC_READ),
        (STORE, SYNC_WRITE, SYNC_READ),
        (ASSIGN_ONE, ASSIGN_WRITE, ASSIGN_WRITE),
        (PROVISION, SYNC_WRITE, SYNC_READ),
    ],
    ids=str,
)
def test_a_token_without_the_permission_is_refused_at_once(
    trouble: Trouble, story: Story, role: str, permission: str
) -> None:
    trouble.begin(story)
    client = story.side.client("automation")
    roles = [each for each in trouble.sim.world.tenants[story.side.id].apps[client].roles if each != role]
    before = trouble.sim.normalized_state()
    done = trouble.run(access_token=trouble.sim.issue_token(story.side.id, client, roles=roles))
    assert done.failed
    assert permission in done.message
    assert done.waits == []
    assert trouble.sim.normalized_state() == before
