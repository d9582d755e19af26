# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Refusals, in all the shapes that Graph gives them."""

from __future__ import annotations

import json
import random
import typing as t

import pytest
from ansible_collections.entra.crosstenant.plugins.module_utils._errors import GraphError, LostAnswer
from ansible_collections.entra.crosstenant.plugins.module_utils._graph_errors import (
    REMEDIES,
    error_from_answer,
    may_send_again,
    retry_after,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from unit.factories import error_body, wrapped_error

names = st.sampled_from(["error", "code", "message", "Message", "innerError", "other"])
JOBS = "/servicePrincipals/1/synchronization/jobs"


def error_of(body: t.Any, status: int = 400, method: str = "GET", path: str = JOBS, **headers: str) -> GraphError:
    return error_from_answer(status, headers, body, method, path)


@pytest.mark.parametrize("form", [lambda body: body, json.dumps], ids=["parsed", "text"])
@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        pytest.param(error_body("Request_BadRequest", "Bad."), "Request_BadRequest", "Bad.", id="direct"),
        pytest.param(wrapped_error("InvalidCredentials", "Bad."), "InvalidCredentials", "Bad.", id="wrapped"),
        pytest.param(wrapped_error("InvalidNotificationSettings"), "InvalidNotificationSettings", "", id="no message"),
        pytest.param(
            error_body("UnknownError", json.dumps({"Message": "No HTTP resource was found"})),
            "UnknownError",
            "No HTTP resource was found",
            id="Message",
        ),
        pytest.param(error_body("UnknownError", "plain"), "UnknownError", "plain", id="unknown and plain"),
        pytest.param(error_body("Other", "{broken"), "Other", "{broken", id="a brace that begins no JSON"),
        pytest.param({"Message": "Odd."}, "HTTP400", "Odd.", id="only Message"),
        pytest.param(
            error_body("BadRequest", "Bad.", innerError={"code": "schemaInvalid"}), "schemaInvalid", "Bad.", id="inner"
        ),
        pytest.param({}, "HTTP400", None, id="nothing"),
        pytest.param({"error": "text"}, "HTTP400", None, id="OAuth"),
        pytest.param({"error": {"code": None, "message": None}}, "HTTP400", "", id="null"),
    ],
)
def test_code_and_message_are_found_in_each_shape(
    form: t.Callable[[t.Any], t.Any], body: t.Any, code: str, message: str | None
) -> None:
    error = error_of(form(body))
    assert error.code == code
    assert message is None or error.message == message


@pytest.mark.parametrize("text", ["", "<html>Bad gateway</html>", "null", "[1]", "7"])
def test_a_body_that_is_no_error_still_makes_one(text: str) -> None:
    error = error_of(text, status=502)
    assert (error.code, error.status) == ("HTTP502", 502)
    # A page may hold anything, the request's own header included: none of it is shown.
    assert error.message == ""


@settings(max_examples=50)
@given(body=st.recursive(st.none() | st.text(), lambda inner: st.dictionaries(names, inner), max_leaves=5))
def test_no_body_is_a_surprise(body: t.Any) -> None:
    for form in (body, json.dumps(body), error_body("UnknownError", json.dumps(body))):
        assert error_of(form).code


@pytest.mark.parametrize("name", ["innerError", "innererror"])
def test_the_request_id_is_found_in_header_and_body(name: str) -> None:
    inner: dict[str, t.Any] = {name: {"request-id": "inner"}}
    body = error_body("X", "", **inner)
    assert error_of(body).request_id == "inner"
    assert error_from_answer(400, {"request-id": "outer"}, body, "GET", JOBS).request_id == "outer"
    assert error_of(error_body("X")).request_id is None


@pytest.mark.parametrize("code", sorted(REMEDIES))
def test_each_code_of_the_catalogue_has_its_remedy(code: str) -> None:
    assert error_of(error_body(code)).hint == REMEDIES[code]
    assert error_of(wrapped_error(code)).hint == REMEDIES[code]


@pytest.mark.parametrize(
    ("status", "code", "method", "path", "permission"),
    [
        (403, "Authorization_RequestDenied", "POST", "/policies/crossTenantAccessPolicy/partners", "CrossTenantAccess"),
        (403, "Authorization_RequestDenied", "GET", "/policies/crossTenantAccessPolicy/partners", "Policy.Read.All"),
        (401, "UnknownError", "GET", JOBS, "Synchronization.Read.All"),
        (401, "UnknownError", "POST", f"{JOBS}/1/restart", "Synchronization.ReadWrite.All"),
        (403, "Forbidden", "POST", "/applicationTemplates/1/instantiate", "Application.ReadWrite.All"),
        (403, "X", "POST", "/servicePrincipals/1/appRoleAssignedTo", "together with Application.Read.All"),
        (403, "X", "GET", "/nowhere", "the permission that this request needs"),
    ],
)
def test_a_missing_permission_is_named(status: int, code: str, method: str, path: str, permission: str) -> None:
    assert permission in error_of(error_body(code), status, method, path).hint


def test_a_refusal_for_another_reason_is_not_blamed_on_permissions() -> None:
    assert error_of(error_body("Request_BadRequest"), 400).hint == ""
    assert error_of(error_body("Request_ResourceNotFound"), 404).hint == ""


@pytest.mark.parametrize(("status", "heeded"), [(429, True), (503, True), (504, True), (500, False), (400, False)])
def test_a_wait_is_read_where_it_means_something(status: int, heeded: bool) -> None:
    error = error_of(error_body("X"), status, **{"retry-after": "3"})
    assert error.retry_after == (3.0 if heeded else None)


def test_a_wait_is_stretched_so_that_clients_do_not_return_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", random.Random(3).uniform)
    waits = {retry_after({"Retry-After": "3"}) for dummy in range(50)}
    assert len(waits) > 10
    assert all(3.0 <= wait <= 4.0 for wait in waits if wait is not None)


@given(text=st.text())
def test_a_wait_that_cannot_be_read_is_none_and_never_negative(text: str) -> None:
    wait = retry_after({"RETRY-AFTER": text})
    assert wait is None or wait >= 0


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_passing_faults_may_be_tried_again(status: int) -> None:
    assert may_send_again(error_of(error_body("X"), status))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 501, 505])
def test_refusals_may_not(status: int) -> None:
    assert not may_send_again(error_of(error_body("X"), status))


@pytest.mark.parametrize(
    ("status", "code", "message", "exists"),
    [
        (409, "Request_MultipleObjectsWithSameKeyValue", "", True),
        (409, "ConflictingObjects", "", True),
        (400, "Request_BadRequest", "Permission being assigned already exists on the object", True),
        (409, "X", "EntitlementGrant entry already exists.", True),
        (409, "Directory_ConcurrencyViolation", "", False),
        (400, "Request_BadRequest", "Not a valid reference update.", False),
        (404, "X", "already exists", False),
    ],
)
def test_there_already_is_told_by_code_or_by_the_known_messages(
    status: int, code: str, message: str, exists: bool
) -> None:
    assert error_of(error_body(code, message), status).exists is exists


def test_a_lost_answer_keeps_the_facts() -> None:
    error = error_of(error_body("X", "Broken."), 503, "POST", **{"request-id": "r", "retry-after": "3"})
    lost = LostAnswer.of(error)
    assert (lost.status, lost.code, lost.method, lost.path) == (503, "X", "POST", JOBS)
    assert (lost.request_id, lost.retry_after) == ("r", 3.0)
    assert lost.message.startswith("Broken.;")


@pytest.mark.parametrize("code", ["ExternalTenantNotFound", "AzureActiveDirectoryTokenExpired"])
def test_a_target_in_another_cloud_is_refused_clearly(code: str) -> None:
    body = error_body(code, "No.")
    error = error_from_answer(400, {}, body, "POST", "/servicePrincipals/id/synchronization/jobs/validateCredentials")
    assert "target_tenant_id" in error.hint
    assert "cloud is not supported" in error.hint or "clouds is not supported" in error.hint
