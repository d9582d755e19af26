# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Configurations: which one is meant, and whether the synchronization service may not know it yet."""

from __future__ import annotations

import json
import time
import typing as t
from dataclasses import replace
from email.utils import formatdate

import pytest
from ansible_collections.entra.crosstenant.plugins.module_utils._configuration import (
    HALF_SHOWN,
    list_configurations,
    settings_of,
    when_known,
)
from ansible_collections.entra.crosstenant.plugins.module_utils._errors import GraphError
from hypothesis import given, settings
from hypothesis import strategies as st

from unit.conversation import Conversation, Exchange
from unit.factories import (
    APP,
    APPLICATION_FIELDS,
    OTHER,
    PRINCIPAL,
    PRINCIPAL_FIELDS,
    PRINCIPAL_PATH,
    PRINCIPALS_PATH,
    SECRETS_PATH,
    SYNC_TEMPLATE,
    Clock,
    asks_within,
    client,
    collection,
    error_body,
    guid,
    not_found,
    reading_age,
    reading_configurations,
    secrets,
    secrets_of,
    service_principal,
)


def ask(*exchanges: Exchange, clock: Clock | None = None, **given: t.Any) -> t.Any:
    with Conversation(*exchanges) as conversation:
        graph = client(conversation, clock, **given)
        try:
            return when_known(graph, PRINCIPAL, lambda: graph.get(SECRETS_PATH.removeprefix("/v1.0")))
        except GraphError:
            conversation.finish()
            raise


def unknown(status: int = 404, code: str = "UnknownError") -> Exchange:
    return Exchange("GET", SECRETS_PATH, status=status, reply=error_body(code))


KNOWN = Exchange("GET", SECRETS_PATH, reply=secrets())


@pytest.mark.parametrize("status", [403, 404, 409])
def test_a_young_one_is_asked_for_again(status: int) -> None:
    clock = Clock()
    assert ask(unknown(status), *reading_age(1), unknown(status), *reading_age(2), KNOWN, clock=clock) == secrets()
    assert clock.waits == [0.5, 1.0]


@pytest.mark.parametrize(("age", "waits"), [(1, 1), (601, 0)])
@pytest.mark.parametrize("hours", [-5, 5])
def test_age_goes_by_the_clock_of_the_service(hours: int, age: int, waits: int) -> None:
    offset = 3600 * hours
    principal, application = reading_age(age - offset)
    date = {"Date": formatdate(time.time() + offset, usegmt=True)}
    clock = Clock()
    talk = [unknown(), principal, replace(application, reply_headers=date)]
    if waits:
        ask(*talk, KNOWN, clock=clock)
    else:
        with pytest.raises(GraphError):
            ask(*talk, clock=clock)
    assert len(clock.waits) == waits


@pytest.mark.parametrize("status", [403, 404, 409])
def test_an_old_one_is_refused_at_once(status: int) -> None:
    clock = Clock()
    with pytest.raises(GraphError):
        ask(unknown(status), *reading_age(601), clock=clock)
    assert clock.waits == []


def test_one_that_is_not_there_is_not_waited_for() -> None:
    with pytest.raises(GraphError):
        ask(unknown(), not_found("GET", PRINCIPAL_PATH, query={"$select": "id,appId"}))


@pytest.mark.parametrize("created", [None, "", "yesterday"])
def test_one_whose_age_cannot_be_told_is_not_waited_for(created: str | None) -> None:
    principal, application = reading_age(0)
    dated = Exchange("GET", application.path, query=application.query, reply={"id": APP, "createdDateTime": created})
    with pytest.raises(GraphError):
        ask(unknown(), principal, dated)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "UnknownError"),
        (401, "UnknownError"),
        (403, "Authorization_RequestDenied"),
        (409, "AzureActiveDirectoryCrossTenantSyncPolicyCheckFailure"),
    ],
)
def test_a_refusal_that_has_nothing_to_do_with_age_is_told_at_once(status: int, code: str) -> None:
    with pytest.raises(GraphError):
        ask(unknown(status, code))


def test_even_a_young_one_is_not_waited_for_longer_than_the_task_may() -> None:
    clock = Clock()
    with pytest.raises(GraphError):
        ask(unknown(), *reading_age(1), unknown(), clock=clock, max_wait=1)
    assert clock.waits == [0.5]


def test_one_of_which_only_half_is_shown_is_waited_for_a_minute() -> None:
    clock = Clock()
    principal, application = reading_age(0)
    half = [unknown(), principal, not_found("GET", application.path, query=application.query)]
    with pytest.raises(GraphError):
        ask(*half * asks_within(HALF_SHOWN), clock=clock)
    assert sum(clock.waits) <= HALF_SHOWN
    ask(*half, KNOWN)


def test_a_filter_that_is_not_taken_as_it_is_goes_as_an_advanced_query_on_every_page() -> None:
    query = {"$filter": f"applicationTemplateId eq '{SYNC_TEMPLATE}'", "$select": PRINCIPAL_FIELDS}
    plain = Exchange(
        "GET",
        PRINCIPALS_PATH,
        query=query,
        headers={"ConsistencyLevel": None},
        status=400,
        reply=error_body("Request_UnsupportedQuery"),
    )
    eventual = {"ConsistencyLevel": "eventual"}
    link = f"https://graph.microsoft.com{PRINCIPALS_PATH}?$skiptoken=a"
    first = Exchange(
        "GET",
        PRINCIPALS_PATH,
        query={**query, "$count": "true"},
        headers=eventual,
        reply=collection(service_principal(), next_link=link),
    )
    second = Exchange("GET", PRINCIPALS_PATH, query={"$skiptoken": "a"}, headers=eventual, reply=collection())
    stored = Exchange("GET", SECRETS_PATH, headers={"ConsistencyLevel": None}, reply=secrets())
    with Conversation(plain, first, second, stored) as conversation:
        (found,) = list_configurations(client(conversation), SYNC_TEMPLATE)
    assert found.target_tenant_id == OTHER


def test_a_list_that_may_not_be_read_is_not_asked_for_otherwise() -> None:
    query = {"$filter": f"applicationTemplateId eq '{SYNC_TEMPLATE}'", "$select": PRINCIPAL_FIELDS}
    denied = Exchange("GET", PRINCIPALS_PATH, query=query, status=403, reply=error_body("Authorization_RequestDenied"))
    with Conversation(denied) as conversation, pytest.raises(GraphError):
        list_configurations(client(conversation), SYNC_TEMPLATE)


@settings(max_examples=50)
@given(
    stored=st.dictionaries(st.text(min_size=1), st.none() | st.text()),
    text=st.none() | st.text() | st.recursive(st.none() | st.integers(), st.lists, max_leaves=3).map(json.dumps),
)
def test_settings_are_read_whatever_is_stored(stored: dict[str, t.Any], text: str | None) -> None:
    stored = {**stored, "SyncNotificationSettings": text}
    found = settings_of([{"key": key, "value": value} for key, value in stored.items()])
    assert set(found) == set(stored)
    notifications = found.pop("SyncNotificationSettings")
    assert notifications is None or isinstance(notifications, dict) or notifications == "*"
    assert all(found[key] == stored[key] for key in found)


def test_a_configuration_says_its_name_and_its_id() -> None:
    with Conversation(*reading_configurations((service_principal(), secrets(OTHER.upper())))) as conversation:
        (found,) = list_configurations(client(conversation), SYNC_TEMPLATE)
    assert str(found) == f"'Fabrikam' (service principal {PRINCIPAL})"
    assert found.target_tenant_id == OTHER


def test_one_configuration_is_read_by_itself_and_more_in_a_batch() -> None:
    found = [(service_principal(guid(60 + at)), secrets(guid(70 + at))) for at in range(3)]
    for count, path in ((1, secrets_of(guid(60))), (2, "/v1.0/$batch"), (3, "/v1.0/$batch")):
        listing, reading = reading_configurations(*found[:count])
        assert reading.path == path
        with Conversation(listing, reading) as conversation:
            graph = client(conversation)
            listed = list_configurations(graph, SYNC_TEMPLATE)
        assert [each.target_tenant_id for each in listed] == [guid(70), guid(71), guid(72)][:count]
        assert [each.application for each in listed] == [None] * count
        assert graph.requests == 2


def test_where_there_is_no_configuration_nothing_more_is_read() -> None:
    for whole in (False, True):
        with Conversation(*reading_configurations()) as conversation:
            assert list_configurations(client(conversation), SYNC_TEMPLATE, whole=whole) == []


@pytest.mark.parametrize(("count", "whole"), [(1, True), (2, True), (10, True), (11, False), (20, False)])
def test_applications_are_read_along_while_that_costs_no_request(count: int, whole: bool) -> None:
    found = [(service_principal(guid(60 + at)), secrets(guid(160 + at))) for at in range(count)]
    applications = [
        Exchange(
            "GET",
            f"/v1.0/applications(appId='{APP}')",
            query={"$select": APPLICATION_FIELDS},
            reply={"id": guid(260 + at)},
        )
        for at in range(count if whole else 0)
    ]
    with Conversation(*reading_configurations(*found, applications=applications)) as conversation:
        graph = client(conversation)
        listed = list_configurations(graph, SYNC_TEMPLATE, whole=True)
    assert graph.requests == 2
    assert [each.target_tenant_id for each in listed] == [guid(160 + at) for at in range(count)]
    ids = [each.application["id"] if each.application else None for each in listed]
    assert ids == [guid(260 + at) if whole else None for at in range(count)]
