# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every error that the service is known to give, and what is made of it (graph-api.md section 14)."""

from __future__ import annotations

from typing import Any

import pytest

from faults.driver import Done, Story, Trouble
from faults.stories import (
    ASSIGN_ONE,
    ASSIGN_THREE,
    CHANGE_PARTNER,
    CHANGE_POLICY,
    CHANGE_STORED,
    DROP_APP,
    DROP_PARTNER,
    INSTANTIATE,
    MAKE_APP,
    MAKE_JOB,
    MAKE_PARTNER,
    MAKE_POLICY,
    PATCH_PARTNER,
    PATCH_POLICY,
    POST_PARTNER,
    PROVISION,
    PUT_POLICY,
    START_JOB,
    STORE,
    UNASSIGN_ONE,
    UNASSIGN_THREE,
    WRITES,
)
from integration.tenants import SOURCE, TARGET

SHAPES = ("graph", "wrapped")
SINGLE = (MAKE_PARTNER, CHANGE_PARTNER, MAKE_POLICY, CHANGE_POLICY, MAKE_APP, MAKE_JOB, START_JOB, STORE, CHANGE_STORED)


@pytest.mark.parametrize("story", SINGLE, ids=str)
def test_400_request_bad_request_is_reported_at_once(trouble: Trouble, story: Story) -> None:
    trouble.begin(story)
    trouble.fault(*WRITES[story], count=None, status=400, code="Request_BadRequest", message="Invalid value.")
    done = trouble.refuses(code="Request_BadRequest", says="Invalid value.")
    assert done.count(*WRITES[story]) == 1


def test_400_request_bad_request_for_one_of_many_leaves_the_others_done(trouble: Trouble) -> None:
    trouble.begin(ASSIGN_THREE)
    trouble.fault("POST", "/appRoleAssignedTo$", nth=2, status=400, code="Request_BadRequest", message="Invalid value.")
    done = trouble.run()
    assert done.code == "PartlyDone"
    assert done.changed
    assert [each["name"] for each in done.result["assignments"]["failed"]] == ["alex@contoso.example"]
    assert trouble.assigned() == ["Adele Vance", "Diego Siciliani"]
    assert done.waits == []
    trouble.survives()


def test_400_request_unsupported_query_is_asked_again_as_an_advanced_query(trouble: Trouble) -> None:
    trouble.begin(MAKE_APP)
    trouble.fault("GET", "/servicePrincipals$", status=400, code="Request_UnsupportedQuery")
    trouble.survives(writes=[INSTANTIATE], waits=(0, 0))


def test_400_request_unsupported_query_that_stays_is_reported(trouble: Trouble) -> None:
    trouble.begin(MAKE_APP)
    trouble.fault("GET", "/servicePrincipals$", count=None, status=400, code="Request_UnsupportedQuery")
    trouble.refuses(code="Request_UnsupportedQuery", writes=[])


@pytest.mark.parametrize("shape", SHAPES)
def test_400_request_parameter_invalid_of_provisioning_on_demand_is_reported(trouble: Trouble, shape: str) -> None:
    trouble.begin(PROVISION)
    trouble.fault("POST", "/provisionOnDemand$", status=400, code="RequestParameterInvalid", shape=shape)
    trouble.refuses(code="PartlyDone", says="does not know the rule")


def test_400_unknown_error_around_invalid_notification_settings_shows_the_inner_code(trouble: Trouble) -> None:
    trouble.begin(STORE)
    trouble.fault(
        "PUT", "/secrets$", count=None, status=400, code="InvalidNotificationSettings", message="", shape="wrapped"
    )
    done = trouble.refuses(code="InvalidNotificationSettings", says="notifications")
    assert done.count("PUT", "/secrets$") == 1


@pytest.mark.parametrize("shape", SHAPES)
def test_400_schema_invalid_is_explained(trouble: Trouble, shape: str) -> None:
    trouble.begin(PROVISION)
    trouble.fault("GET", "/schema$", status=400, code="schemaInvalid", shape=shape)
    trouble.refuses(code="schemaInvalid", says="matching attribute")


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("AzureActiveDirectoryCrossTenantSyncPolicyCheckFailure", "Both sides must agree"),
        ("AzureDirectoryB2BManagementPolicyCheckFailure", "Both sides must agree"),
        ("ExternalTenantNotFound", "Check target_tenant_id"),
        ("InvalidCredentials", "Simulated fault"),
        ("CredentialsMissing", "sync_secrets"),
    ],
)
def test_400_of_the_connection_test_says_which_side_to_set_right_and_nothing_is_stored(
    trouble: Trouble, code: str, says: str, shape: str
) -> None:
    trouble.begin(STORE)
    trouble.fault("POST", "/validateCredentials$", count=None, status=400, code=code, shape=shape)
    trouble.refuses(code=code, says=says, writes=[], waits=30)


@pytest.mark.parametrize("side", ["source", "target"])
def test_a_side_that_does_not_allow_the_synchronization_is_named_in_time(trouble: Trouble, side: str) -> None:
    trouble.begin(STORE)
    one, other = (SOURCE, TARGET) if side == "source" else (TARGET, SOURCE)
    trouble.sim.set_partner(
        one.id, other.id, automaticUserConsentSettings={"inboundAllowed": None, "outboundAllowed": None}
    )
    code = "AzureActiveDirectoryCrossTenantSyncPolicyCheckFailure"
    done = trouble.refuses(code=code, says=f"{side} tenant", writes=[], waits=30)
    assert sum(done.waits) > 10


def secret(trouble: Trouble, **changes: Any) -> Done:
    """The story's task, signing in by a client secret."""
    assert trouble.story
    return trouble.run(access_token=None, client_secret=trouble.story.side.secret(), **changes)


@pytest.mark.parametrize("story", [MAKE_PARTNER, MAKE_APP, MAKE_JOB, STORE], ids=str)
@pytest.mark.parametrize("where", ["a question", "a write"])
def test_401_invalid_authentication_token_is_answered_with_a_new_token_once(
    trouble: Trouble, story: Story, where: str
) -> None:
    trouble.begin(story)
    method, path = WRITES[story] if where == "a write" else ("GET", "")
    trouble.fault(method, path, status=401, code="InvalidAuthenticationToken", message="Access token has expired.")
    done = secret(trouble)
    assert not done.failed, done.message
    assert trouble.sim.normalized_state() == trouble.end
    assert done.requests.tokens == [(story.side.id, 200)] * 2
    assert done.waits == []
    trouble.assert_fired()


def test_401_invalid_authentication_token_in_a_batch_is_answered_with_a_new_token_once(trouble: Trouble) -> None:
    trouble.begin(ASSIGN_THREE)
    trouble.fault("POST", r"/\$batch$", nth=2, status=401, code="InvalidAuthenticationToken")
    done = secret(trouble)
    assert not done.failed, done.message
    assert trouble.sim.normalized_state() == trouble.end
    assert len(done.requests.tokens) == 2


def test_401_invalid_authentication_token_of_a_batch_item_ends_well_or_says_why(trouble: Trouble) -> None:
    trouble.begin(ASSIGN_THREE)
    trouble.fault("POST", "/appRoleAssignedTo$", nth=2, status=401, code="InvalidAuthenticationToken")
    done = secret(trouble)
    assert done.changed
    if done.failed:
        assert "token" in done.message
    again = secret(trouble)
    assert not again.failed, again.message
    assert trouble.sim.normalized_state() == trouble.end


def test_401_invalid_authentication_token_that_stays_is_reported_after_one_renewal(trouble: Trouble) -> None:
    trouble.begin(MAKE_APP)
    trouble.fault("GET", "", count=None, status=401, code="InvalidAuthenticationToken")
    done = secret(trouble)
    assert done.code == "InvalidAuthenticationToken"
    assert len(done.requests.tokens) == 2
    assert len(done.lines) == 2
    assert done.waits == []


def test_401_invalid_authentication_token_of_a_ready_token_is_reported_at_once(trouble: Trouble) -> None:
    trouble.begin(MAKE_APP)
    trouble.fault("GET", "", count=None, status=401, code="InvalidAuthenticationToken")
    done = trouble.refuses(code="InvalidAuthenticationToken", writes=[])
    assert len(done.lines) == 1


@pytest.mark.parametrize("story", [DROP_APP, DROP_PARTNER], ids=str)
@pytest.mark.parametrize("code", ["Request_ResourceNotFound", "Directory_ObjectNotFound"])
def test_404_of_what_is_to_be_deleted_is_no_failure(trouble: Trouble, story: Story, code: str) -> None:
    trouble.begin(story)
    trouble.fault(*WRITES[story], effect="error_after", status=404, code=code)
    trouble.survives(waits=(0, 0))


def test_404_of_a_user_says_that_there_is_none_and_nobody_is_assigned(trouble: Trouble) -> None:
    trouble.begin(ASSIGN_ONE)
    trouble.fault("GET", "/users/", status=404, code="Request_ResourceNotFound")
    trouble.refuses(code="InvalidOption", says="there is no user 'adele@contoso.example'", writes=[])


def test_404_of_a_policy_that_somebody_deleted_meanwhile_makes_it_anew(trouble: Trouble) -> None:
    trouble.begin(CHANGE_POLICY)
    identity_sync = trouble.sim.world.tenants[TARGET.id].identity_sync
    trouble.meanwhile("PATCH", "/identitySynchronization$", lambda: identity_sync.pop(SOURCE.id))
    trouble.survives(writes=[PATCH_POLICY, PUT_POLICY])


def test_404_of_a_partner_that_somebody_deleted_meanwhile_makes_it_anew(trouble: Trouble) -> None:
    trouble.begin(CHANGE_PARTNER)
    trouble.meanwhile("PATCH", "/partners/", lambda: trouble.sim.delete_partner(SOURCE.id, TARGET.id))
    trouble.survives(writes=[PATCH_PARTNER, POST_PARTNER])


@pytest.mark.parametrize("story", [STORE, MAKE_JOB], ids=str)
def test_404_no_http_resource_was_found_is_reported_with_its_inner_text(trouble: Trouble, story: Story) -> None:
    trouble.begin(story)
    trouble.make_old()
    text = '{"Message": "No HTTP resource was found that matches the request URI."}'
    trouble.fault(*WRITES[story], count=None, status=404, code="UnknownError", message=text)
    done = trouble.refuses(code="UnknownError", says="No HTTP resource was found")
    assert done.count(*WRITES[story]) == 1


@pytest.mark.parametrize("story", SINGLE, ids=str)
def test_405_request_bad_request_is_reported_at_once(trouble: Trouble, story: Story) -> None:
    trouble.begin(story)
    trouble.fault(*WRITES[story], count=None, status=405, code="Request_BadRequest")
    done = trouble.refuses(code="Request_BadRequest", says="405")
    assert done.count(*WRITES[story]) == 1


def test_409_of_a_partner_that_somebody_made_meanwhile_is_changed_instead(trouble: Trouble) -> None:
    trouble.begin(MAKE_PARTNER)
    trouble.meanwhile("POST", "/partners$", lambda: trouble.sim.set_partner(SOURCE.id, TARGET.id))
    done = trouble.survives(writes=[POST_PARTNER, PATCH_PARTNER])
    assert done.waits == []


def test_409_of_a_policy_that_somebody_made_meanwhile_is_changed_instead(trouble: Trouble) -> None:
    trouble.begin(MAKE_POLICY)
    other = {"userSyncInbound": {"isSyncAllowed": False}}
    trouble.meanwhile("PUT", "/identitySync", lambda: trouble.sim.set_identity_sync(TARGET.id, SOURCE.id, **other))
    done = trouble.survives(writes=[PUT_POLICY, PATCH_POLICY])
    assert done.waits == []


def test_409_of_a_policy_that_shows_late_is_waited_for(trouble: Trouble) -> None:
    trouble.begin(MAKE_POLICY, replication={"identitySynchronization": {"reads": 3}})
    trouble.fault("PUT", "/identitySynchronization$", "drop_after")
    trouble.survives(waits=(1, 60))


def test_409_of_a_partner_that_shows_late_is_waited_for(trouble: Trouble) -> None:
    trouble.begin(MAKE_PARTNER, replication={"partner": {"reads": 2}})
    trouble.fault("POST", "/partners$", "error_after", status=409, code="Request_MultipleObjectsWithSameKeyValue")
    trouble.survives(writes=[POST_PARTNER], waits=(0.5, 60))


@pytest.mark.parametrize(
    ("story", "code"),
    [
        *((story, "Directory_ConcurrencyViolation") for story in (*SINGLE, ASSIGN_ONE, UNASSIGN_ONE)),
        (STORE, "Conflict"),
        (MAKE_JOB, "Conflict"),
        (START_JOB, "Conflict"),
    ],
    ids=str,
)
def test_409_because_of_concurrent_writes_is_sent_again_after_a_while(
    trouble: Trouble, story: Story, code: str
) -> None:
    trouble.begin(story)
    trouble.fault(*WRITES[story], count=2, status=409, code=code)
    trouble.survives(waits=(1, 60))


def test_424_of_a_batch_item_follows_its_parent_and_is_done_by_the_next_run(trouble: Trouble) -> None:
    trouble.begin(ASSIGN_THREE)
    trouble.fault("POST", "/appRoleAssignedTo$", nth=2, status=424, code="FailedDependency")
    done = trouble.run()
    if done.failed:
        assert done.code == "PartlyDone"
        assert len(trouble.assigned()) == 2
        trouble.sim.clear_faults()
        assert trouble.run().changed
    assert trouble.sim.normalized_state() == trouble.end


def test_no_request_of_a_batch_depends_on_another(trouble: Trouble) -> None:
    for story in (ASSIGN_THREE, UNASSIGN_THREE):
        trouble.begin(story)
        done = trouble.run()
        envelopes = [each.body for each in done.requests if each.path.endswith("/$batch")]
        assert len(envelopes) == 2
        assert not [item for each in envelopes for item in each["requests"] if "dependsOn" in item]


@pytest.mark.parametrize(
    "message", ['{"error": {"code": "SyncSpecific", "message": "What is wrong."}}', '{"Message": "What is wrong."}']
)
def test_a_wrapped_error_shows_what_is_inside(trouble: Trouble, message: str) -> None:
    trouble.begin(STORE)
    trouble.fault("PUT", "/secrets$", status=400, code="UnknownError", message=message)
    done = trouble.run()
    assert "What is wrong." in done.message
    assert done.code == ("SyncSpecific" if "error" in message else "UnknownError")


def test_all_errors_of_the_synchronization_service_may_come_wrapped(trouble: Trouble) -> None:
    trouble.begin(MAKE_JOB, sync_errors_wrapped=True, replication={"job": {"reads": 2}})
    trouble.survives(waits=(0.5, 60))


def test_an_error_tells_the_request_id_of_the_service(trouble: Trouble) -> None:
    trouble.begin(MAKE_APP)
    trouble.fault("POST", "/instantiate$", status=400, code="Request_BadRequest")
    done = trouble.refuses(code="Request_BadRequest", says="request id")
    assert done.result["error"]["request_id"] in done.result["graph"]["request_ids"]
