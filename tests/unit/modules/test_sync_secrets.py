# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""sync_secrets: read, overlaid, tested and written once; what is not named survives."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.entra.crosstenant.plugins.module_utils._errors import EntraError, GraphError, InputError
from ansible_collections.entra.crosstenant.plugins.modules.sync_secrets import TASK

from unit.conversation import Exchange
from unit.factories import (
    JOB_TEMPLATE,
    JOBS_PATH,
    OTHER,
    PRINCIPAL,
    SECRETS_PATH,
    ZERO,
    Clock,
    Tree,
    asks_within,
    collection,
    error_body,
    guid,
    reading_age,
    reading_configurations,
    run,
    run_four_times,
    secrets,
    service_principal,
    wrapped_error,
)

CHOSEN = {"service_principal_id": PRINCIPAL, "target_tenant_id": OTHER}
POLICY = "AzureActiveDirectoryCrossTenantSyncPolicyCheckFailure"


class JsonText:
    """Equal to each text of the same JSON."""

    def __init__(self, **members: t.Any) -> None:
        self.members = members

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and bool(json.loads(other) == self.members)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"JSON of {self.members}"


def notifications(**members: t.Any) -> dict[str, t.Any]:
    """Notification settings as they are stored, with a member that this collection does not know."""
    return {
        "Enabled": True,
        "Recipients": "a@x.example,b@x.example",
        "DeleteThresholdEnabled": True,
        "DeleteThresholdValue": 500,
        "HumanResourcesLookaheadQueryEnabled": False,
        "Unknown": {"kept": [1]},
        **members,
    }


def reading(**stored: str | None) -> Exchange:
    return Exchange("GET", SECRETS_PATH, reply=secrets(**stored))


def reading_nothing() -> Exchange:
    return Exchange("GET", SECRETS_PATH, reply=collection())


def validating(target: str = OTHER, **more: t.Any) -> Exchange:
    credentials = [{"key": "CompanyId", "value": target}, {"key": "AuthenticationType", "value": "SyncPolicy"}]
    body = {"useSavedCredentials": False, "templateId": JOB_TEMPLATE, "credentials": credentials}
    return Exchange("POST", f"{JOBS_PATH}/validateCredentials", json=body, **{"status": 204, **more})


def refused(code: str = POLICY) -> Exchange:
    return validating(status=400, reply=error_body(code, "The policy is not there."))


def putting(*rows: tuple[str, t.Any], **more: t.Any) -> Exchange:
    """The whole list is written, in this order."""
    value = [{"key": key, "value": value} for key, value in rows]
    return Exchange("PUT", SECRETS_PATH, json={"value": value}, **{"status": 204, **more})


BASE = (("AuthenticationType", "SyncPolicy"), ("CompanyId", OTHER))


def test_the_target_and_the_scope_are_stored_in_a_new_configuration() -> None:
    runs = run_four_times(
        TASK,
        {**CHOSEN, "scope": "assigned"},
        before=[reading_nothing()],
        writing=[
            validating(),
            putting(("CompanyId", OTHER), ("AuthenticationType", "SyncPolicy"), ("SyncAll", "false")),
            reading(SyncAll="false"),
        ],
        after=[reading(SyncAll="false")],
        only_for_real=[validating()],
    )
    assert runs.diff == (
        {"target_tenant_id": None, "authentication_type": None, "scope": None},
        {"target_tenant_id": OTHER, "authentication_type": "SyncPolicy", "scope": "assigned"},
    )
    assert runs.do.values["settings"] == {
        "service_principal_id": PRINCIPAL,
        "target_tenant_id": OTHER,
        "authentication_type": "SyncPolicy",
        "scope": "assigned",
        "notifications": {"enabled": None, "recipients": None},
        "deletion_protection": {"enabled": None, "threshold": None},
    }
    assert runs.check.values == runs.do.values == runs.again.values


def test_what_is_not_named_survives_in_its_order_and_form() -> None:
    text = json.dumps(notifications())
    before = reading(Sandbox="kept", SyncNotificationSettings=text, SyncAll="false")
    after = reading(Sandbox="kept", SyncNotificationSettings=text, SyncAll="true")
    run_four_times(
        TASK,
        {**CHOSEN, "scope": "all"},
        before=[before],
        writing=[
            validating(),
            putting(
                *BASE,
                ("Sandbox", "kept"),
                ("SyncNotificationSettings", JsonText(**notifications())),
                ("SyncAll", "true"),
            ),
            after,
        ],
        after=[after],
        only_for_real=[validating()],
    )


def test_notifications_that_are_stored_in_part_are_not_completed_unasked() -> None:
    part = {"Enabled": True, "Recipients": "a@x.example"}
    text = json.dumps(part)
    run(
        TASK,
        {**CHOSEN, "scope": "all"},
        reading(SyncNotificationSettings=text),
        validating(),
        putting(*BASE, ("SyncNotificationSettings", JsonText(**part)), ("SyncAll", "true")),
        reading(SyncNotificationSettings=text, SyncAll="true"),
    )


def test_members_of_the_notifications_are_changed_one_by_one() -> None:
    changed = notifications(Recipients="c@x.example", DeleteThresholdValue=100)
    before = reading(SyncNotificationSettings=json.dumps(notifications()))
    after = reading(SyncNotificationSettings=json.dumps(changed))
    runs = run_four_times(
        TASK,
        {**CHOSEN, "notifications": {"recipients": ["c@x.example"]}, "deletion_protection": {"threshold": 100}},
        before=[before],
        writing=[validating(), putting(*BASE, ("SyncNotificationSettings", JsonText(**changed))), after],
        after=[after],
        only_for_real=[validating()],
    )
    assert runs.diff == (
        {"notifications": {"recipients": ["a@x.example", "b@x.example"]}, "deletion_protection": {"threshold": 500}},
        {"notifications": {"recipients": ["c@x.example"]}, "deletion_protection": {"threshold": 100}},
    )
    assert runs.check.values == runs.do.values


@pytest.mark.parametrize("stored", [None, "", "{}", "[]", "null", "broken"])
def test_notifications_where_nothing_readable_is_stored_are_made_whole(stored: str | None) -> None:
    wanted = {
        "Enabled": True,
        "Recipients": "a@x.example",
        "DeleteThresholdEnabled": True,
        "DeleteThresholdValue": 500,
        "HumanResourcesLookaheadQueryEnabled": False,
    }
    after = reading(SyncNotificationSettings=json.dumps(wanted))
    run_four_times(
        TASK,
        {
            **CHOSEN,
            "notifications": {"enabled": True, "recipients": ["a@x.example"]},
            "deletion_protection": {"enabled": True, "threshold": 500},
        },
        before=[reading(SyncNotificationSettings=stored)],
        writing=[validating(), putting(*BASE, ("SyncNotificationSettings", JsonText(**wanted))), after],
        after=[after],
        only_for_real=[validating()],
    )


def test_notifications_that_cannot_be_read_and_are_not_named_stop_nothing() -> None:
    result = run(
        TASK,
        {**CHOSEN, "scope": "all", "validate": False},
        reading(SyncNotificationSettings=""),
        putting(*BASE, ("SyncAll", "true")),
        reading(SyncAll="true"),
    )
    assert result.changed


def test_an_empty_dictionary_turns_notifications_off() -> None:
    off = notifications(Enabled=False, Recipients="")
    after = reading(SyncNotificationSettings=json.dumps(off))
    run_four_times(
        TASK,
        {**CHOSEN, "notifications": {}},
        before=[reading(SyncNotificationSettings=json.dumps(notifications()))],
        writing=[validating(), putting(*BASE, ("SyncNotificationSettings", JsonText(**off))), after],
        after=[after],
        only_for_real=[validating()],
    )


def test_an_empty_dictionary_turns_deletion_protection_off_and_keeps_its_threshold() -> None:
    off = notifications(DeleteThresholdEnabled=False)
    after = reading(SyncNotificationSettings=json.dumps(off))
    runs = run_four_times(
        TASK,
        {**CHOSEN, "deletion_protection": {}},
        before=[reading(SyncNotificationSettings=json.dumps(notifications()))],
        writing=[validating(), putting(*BASE, ("SyncNotificationSettings", JsonText(**off))), after],
        after=[after],
        only_for_real=[validating()],
    )
    assert runs.do.values["settings"]["deletion_protection"] == {"enabled": False, "threshold": 500}


@pytest.mark.parametrize(
    "stored",
    [
        {
            "SyncAll": "False",
            "SyncNotificationSettings": json.dumps(notifications(Recipients="B@x.example; a@X.example")),
        },
        {
            "SyncAll": "false",
            "SyncNotificationSettings": json.dumps(notifications(DeleteThresholdValue="500"), indent=2),
        },
    ],
)
def test_another_form_of_the_same_settings_is_no_difference(stored: dict[str, str]) -> None:
    params = {
        **CHOSEN,
        "target_tenant_id": OTHER.upper(),
        "scope": "assigned",
        "notifications": {"enabled": True, "recipients": ["a@x.example", "b@x.example"]},
        "deletion_protection": {"enabled": True, "threshold": 500},
    }
    assert not run(TASK, params, reading(**stored), validating()).changed


def test_a_configuration_of_another_target_is_given_this_one() -> None:
    runs = run_four_times(
        TASK,
        CHOSEN,
        before=[Exchange("GET", SECRETS_PATH, reply=secrets(guid(60)))],
        writing=[validating(), putting(*BASE), reading()],
        after=[reading()],
        only_for_real=[validating()],
    )
    assert runs.diff == ({"target_tenant_id": guid(60)}, {"target_tenant_id": OTHER})


# What the service masks


def test_a_masked_value_is_no_difference_but_a_warning() -> None:
    masked = Exchange("GET", SECRETS_PATH, reply=secrets("*", Password="*"))
    result = run(TASK, CHOSEN, masked, validating())
    assert not result.changed
    assert "target_tenant_id" in result.warnings[0]
    assert "Password" not in result.warnings[0]


def test_a_mask_is_never_written_back() -> None:
    masked = {"CompanyId": "*", "AuthenticationType": "*", "Password": "*", "SyncAll": "true"}
    rows = {"value": [{"key": key, "value": value} for key, value in masked.items()]}
    after = {"value": [{"key": key, "value": value} for key, value in {**masked, "SyncAll": "false"}.items()]}
    result = run(
        TASK,
        {**CHOSEN, "scope": "assigned"},
        Exchange("GET", SECRETS_PATH, reply=rows),
        validating(),
        putting(("SyncAll", "false"), ("CompanyId", OTHER), ("AuthenticationType", "SyncPolicy")),
        Exchange("GET", SECRETS_PATH, reply=after),
    )
    assert result.changed


def test_a_value_that_is_masked_once_it_is_written_is_not_waited_for() -> None:
    clock = Clock()
    result = run(
        TASK,
        CHOSEN,
        reading_nothing(),
        validating(),
        putting(("CompanyId", OTHER), ("AuthenticationType", "SyncPolicy")),
        Exchange("GET", SECRETS_PATH, reply=secrets("*")),
        clock=clock,
    )
    assert clock.waits == []
    assert result.values["settings"]["target_tenant_id"] == OTHER


# Testing the connection


def test_the_connection_is_tested_before_anything_is_written() -> None:
    with pytest.raises(GraphError) as raised:
        run(TASK, {**CHOSEN, "validate_wait": 0}, reading_nothing(), refused())
    text = raised.value.explanation()
    assert text.startswith(f"Could not test the connection to target {OTHER}")
    assert "outbound_allowed" in text
    assert "inbound_allowed" in text


def test_the_connection_is_tested_when_there_is_nothing_to_write() -> None:
    clock = Clock()
    with pytest.raises(GraphError):
        run(TASK, CHOSEN, reading(), refused(), clock=clock)
    assert clock.waits == []


def test_without_validation_nothing_is_tested() -> None:
    params = {**CHOSEN, "validate": False}
    assert not run(TASK, params, reading()).changed
    run(TASK, {**params, "scope": "all"}, reading(), putting(*BASE, ("SyncAll", "true")), reading(SyncAll="true"))


@pytest.mark.parametrize("code", [POLICY, "AzureDirectoryB2BManagementPolicyCheckFailure"])
def test_policies_written_a_moment_ago_are_waited_for(code: str) -> None:
    clock = Clock()
    run(
        TASK,
        CHOSEN,
        reading_nothing(),
        refused(code),
        refused(code),
        validating(),
        putting(("CompanyId", OTHER), ("AuthenticationType", "SyncPolicy")),
        reading(),
        clock=clock,
    )
    assert clock.waits == [0.5, 1.0]


def test_policies_that_stay_away_are_waited_for_no_longer_than_told() -> None:
    clock = Clock()
    with pytest.raises(GraphError) as raised:
        run(TASK, {**CHOSEN, "validate_wait": 3.5}, reading_nothing(), *[refused()] * 4, clock=clock)
    assert raised.value.code == POLICY
    assert clock.waits == [0.5, 1.0, 2.0]


@pytest.mark.parametrize("form", [error_body, wrapped_error], ids=["direct", "wrapped"])
@pytest.mark.parametrize("code", ["ExternalTenantNotFound", "InvalidCredentials", "CredentialsMissing"])
def test_a_refusal_that_no_waiting_helps_is_told_at_once(form: t.Callable[..., Tree], code: str) -> None:
    clock = Clock()
    with pytest.raises(GraphError) as raised:
        run(TASK, CHOSEN, reading_nothing(), validating(status=400, reply=form(code, "No.")), clock=clock)
    assert raised.value.code == code
    assert clock.waits == []


# Waiting and failing


def test_old_settings_that_show_for_a_while_are_waited_out_and_not_written_again() -> None:
    clock = Clock()
    run(
        TASK,
        {**CHOSEN, "scope": "all"},
        reading(SyncAll="false"),
        validating(),
        putting(*BASE, ("SyncAll", "true")),
        reading(SyncAll="false"),
        reading(SyncAll="false"),
        reading(SyncAll="true"),
        clock=clock,
    )
    assert clock.waits == [0.5, 1.0]


def test_settings_that_never_show_are_a_warning() -> None:
    clock = Clock()
    old = reading(SyncAll="false")
    result = run(
        TASK,
        {**CHOSEN, "scope": "all"},
        old,
        validating(),
        putting(*BASE, ("SyncAll", "true")),
        *[old] * asks_within(60),
        clock=clock,
    )
    assert sum(clock.waits) <= 60
    assert "does not show all of it yet" in result.warnings[0]
    assert result.values["settings"]["scope"] == "all"


def test_keys_that_the_service_adds_or_sorts_otherwise_are_no_difference() -> None:
    shown = {
        "value": [
            {"key": "Added", "value": "x"},
            {"key": "SyncAll", "value": "true"},
            {"key": "CompanyId", "value": OTHER},
            {"key": "AuthenticationType", "value": "SyncPolicy"},
        ]
    }
    run(
        TASK,
        {**CHOSEN, "scope": "all"},
        reading_nothing(),
        validating(),
        putting(("CompanyId", OTHER), ("AuthenticationType", "SyncPolicy"), ("SyncAll", "true")),
        Exchange("GET", SECRETS_PATH, reply=shown),
    )


def test_a_young_configuration_is_waited_for_until_the_service_knows_it() -> None:
    clock = Clock()
    unknown = Exchange("GET", SECRETS_PATH, status=403, reply=error_body("UnknownError"))
    run(TASK, {**CHOSEN, "validate": False}, unknown, *reading_age(10), reading(), clock=clock)
    assert clock.waits == [0.5]


def test_an_old_configuration_is_refused_for_good_and_at_once() -> None:
    clock = Clock()
    unknown = Exchange("GET", SECRETS_PATH, status=403, reply=error_body("UnknownError"))
    with pytest.raises(GraphError) as raised:
        run(TASK, CHOSEN, unknown, *reading_age(3600), clock=clock)
    assert "Synchronization.Read.All" in raised.value.hint
    assert clock.waits == []


def test_notification_settings_that_the_service_refuses_are_told() -> None:
    with pytest.raises(GraphError) as raised:
        run(
            TASK,
            {**CHOSEN, "scope": "all"},
            reading(),
            validating(),
            putting(*BASE, ("SyncAll", "true"), status=400, reply=wrapped_error("InvalidNotificationSettings")),
        )
    assert raised.value.code == "InvalidNotificationSettings"
    assert "notifications" in raised.value.hint


# Which configuration


def test_without_an_id_the_configuration_that_stores_the_target_is_meant() -> None:
    found = reading_configurations((service_principal(), secrets()))
    result = run(TASK, {"target_tenant_id": OTHER}, *found, reading(), validating())
    assert result.values["settings"]["service_principal_id"] == PRINCIPAL


def test_without_a_configuration_the_task_fails_and_its_check_predicts() -> None:
    with pytest.raises(EntraError, match="no configuration synchronizes to") as raised:
        run(TASK, {"target_tenant_id": OTHER}, *reading_configurations())
    assert "sync_app" in raised.value.hint
    result = run(TASK, {"target_tenant_id": OTHER, "scope": "all"}, *reading_configurations(), check_mode=True)
    assert result.changed
    assert result.values["settings"]["service_principal_id"] == ZERO
    assert result.values["settings"]["scope"] == "all"


def test_the_placeholder_of_check_mode_is_taken_in_check_mode_only() -> None:
    params = {**CHOSEN, "service_principal_id": ZERO}
    assert run(TASK, params, check_mode=True).values["settings"]["target_tenant_id"] == OTHER
    with pytest.raises(InputError, match="placeholder"):
        run(TASK, params)
