# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From parameters to a result: the shapes that Ansible shows."""

from __future__ import annotations

import typing as t
from unittest import mock

import pytest
from ansible_collections.entra.crosstenant.plugins.module_utils import _task
from ansible_collections.entra.crosstenant.plugins.module_utils._errors import EntraError, PartlyDone
from ansible_collections.entra.crosstenant.plugins.module_utils._http import Http
from ansible_collections.entra.crosstenant.plugins.modules import crosstenant_partner, identity_sync

from unit.conversation import Conversation, Exchange
from unit.factories import HOME, OTHER, SECRET, Tree, error_body, parameters, token

PATH = f"/v1.0/policies/crossTenantAccessPolicy/partners/{OTHER}"
PARTNER = {"tenantId": OTHER, "automaticUserConsentSettings": {"inboundAllowed": False}}
WANTED = {"partner_tenant_id": OTHER, "automatic_user_consent": {"inbound_allowed": True}}


def perform(*exchanges: Exchange, task: t.Any = crosstenant_partner.TASK, check: bool = False, **params: t.Any) -> Tree:
    with (
        Conversation(*exchanges) as conversation,
        mock.patch.object(_task, "Http", lambda link: Http(link, conversation.session())),
    ):
        return _task.perform(task, parameters(task, **{**WANTED, **params}), check)


def reading(**more: t.Any) -> Exchange:
    return Exchange("GET", PATH, **{"reply": PARTNER, "reply_headers": {"request-id": "r1"}, **more})


def test_a_result_has_changed_diff_object_graph_and_warnings() -> None:
    outcome = perform(reading(), check=True)
    assert outcome["changed"] is True
    assert outcome["diff"] == {
        "before": {"automatic_user_consent": {"inbound_allowed": False}},
        "after": {"automatic_user_consent": {"inbound_allowed": True}},
    }
    assert outcome["partner"]["automatic_user_consent"]["inbound_allowed"] is True
    assert (outcome["graph"]["requests"], outcome["graph"]["request_ids"]) == (1, ["r1"])
    assert outcome.get("warnings", []) == []
    assert "failed" not in outcome


def test_a_failure_has_message_error_and_graph() -> None:
    outcome = perform(reading(status=403, reply=error_body("Authorization_RequestDenied", "No.")))
    assert (outcome["failed"], outcome["changed"]) == (True, False)
    assert outcome["msg"].startswith("Could not read the partner configuration for")
    assert HOME in outcome["msg"]
    assert set(outcome["error"]) == {
        "status",
        "code",
        "message",
        "request_id",
        "method",
        "path",
        "tenant_id",
        "hint",
    }
    assert (outcome["error"]["status"], outcome["error"]["request_id"]) == (403, "r1")
    assert outcome["graph"]["requests"] == 1


def test_options_that_cannot_work_fail_before_anything_is_sent() -> None:
    outcome = perform(tenant_id="nowhere")
    assert outcome["failed"]
    assert outcome["msg"].startswith("tenant_id: ")
    assert outcome["error"]["code"] == "InvalidOption"
    assert (outcome["graph"]["requests"], outcome["graph"]["request_ids"]) == (0, [])


class Partly:
    """An operation that gets half way."""

    def __init__(self, params: Tree) -> None:
        self.params = params

    def run(self, graph: t.Any, check_mode: bool) -> t.Any:
        raise PartlyDone("half", changed=True, values={"results": [1]})


def test_what_was_partly_done_is_reported_with_the_failure() -> None:
    outcome = perform(task=_task.Task(crosstenant_partner.TASK.arguments, Partly))
    assert (outcome["failed"], outcome["changed"], outcome["results"]) == (True, True, [1])


def test_the_tenant_is_named_also_where_it_is_not_the_service_that_refuses() -> None:
    outcome = perform(task=_task.Task(crosstenant_partner.TASK.arguments, Partly))
    assert outcome["error"]["tenant_id"] == HOME


@pytest.mark.parametrize("error", [EntraError("x"), None])
def test_the_session_is_closed_in_any_case(error: Exception | None) -> None:
    http = mock.Mock(spec=Http)
    result = mock.Mock(changed=False, values={}, before={}, after={}, warnings=[])
    operation = mock.Mock()
    operation.return_value.run = mock.Mock(side_effect=error, return_value=result)
    task = _task.Task(crosstenant_partner.TASK.arguments, operation)
    with mock.patch.object(_task, "Http", mock.Mock(return_value=http)):
        _task.perform(task, parameters(task, **WANTED), False)
    http.close.assert_called_once_with()


def test_no_secret_is_in_any_outcome() -> None:
    text = token()
    for exchanges in ([reading(status=400, reply=error_body("X"))], [reading(reply={**PARTNER, **PARTNER})]):
        outcome = perform(*exchanges, access_token=text, check=True)
        assert text not in str(outcome)
    assert "shorty" not in str(perform(access_token=None, client_id=HOME, client_secret="shorty"))


def test_secrets_to_mask_are_those_that_are_given_and_long_enough() -> None:
    params = {"client_secret": SECRET, "access_token": None, "client_certificate_password": "short"}
    assert _task.secrets_of(identity_sync.TASK, params) == {SECRET}


def test_the_invocation_shows_options_but_no_secrets() -> None:
    params = {"client_secret": SECRET, "client_certificate_password": "short", "access_token": None, "tenant_id": HOME}
    shown = _task.invocation(identity_sync.TASK, params)["module_args"]
    assert shown["tenant_id"] == HOME
    assert shown["access_token"] is None
    assert SECRET not in str(shown)
    assert "short" not in str(shown)
