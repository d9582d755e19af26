# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Failures: the words for people and the facts for machines."""

from __future__ import annotations

import pytest
from ansible_collections.entra.crosstenant.plugins.module_utils._errors import (
    AuthError,
    EntraError,
    GraphError,
    InputError,
    LostAnswer,
    MissingLibrary,
    PartlyDone,
    WaitedTooLong,
    doing,
)

from unit.factories import HOME

KEYS = {"status", "code", "message", "request_id", "method", "path", "tenant_id", "hint"}


def graph_error(**given: object) -> GraphError:
    facts = {"status": 400, "code": "Bad", "message": "No", "method": "GET", "path": "/x", **given}
    return GraphError(**facts)  # type: ignore[arg-type]


ERRORS: list[EntraError] = [
    EntraError("x"),
    InputError("option", "x"),
    AuthError("AADSTS1", "x", request_id="r"),
    PartlyDone("x", changed=True, values={}),
    MissingLibrary("x"),
    WaitedTooLong("x"),
    graph_error(),
    LostAnswer.of(graph_error()),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_every_failure_has_all_keys(error: EntraError) -> None:
    details = error.details()
    assert set(details) == KEYS
    assert details["code"]
    assert details["message"]


def test_an_explanation_says_what_where_why_and_the_remedy() -> None:
    error = graph_error(hint="Do this", request_id="r")
    error.action, error.tenant_id = "read the thing", HOME
    assert error.explanation() == (
        f"Could not read the thing in tenant {HOME}: No (Bad, HTTP 400, GET /x, request id r). Do this."
    )


def test_an_explanation_says_no_more_than_is_known() -> None:
    assert EntraError("It broke").explanation() == "It broke."
    assert EntraError("Did it break?").explanation() == "Did it break?"
    assert graph_error(status=0, message="", code="NoAnswer").explanation() == (
        "the service gave no reason (NoAnswer, GET /x)."
    )


def test_the_innermost_action_is_the_one_that_is_told() -> None:
    with pytest.raises(EntraError) as raised, doing("do all of it"), doing("do the first part"):
        raise EntraError("x")
    assert raised.value.action == "do the first part"


def test_errors_of_others_are_left_alone() -> None:
    with pytest.raises(KeyError), doing("x"):
        raise KeyError("y")


def test_no_status_is_told_for_a_request_without_an_answer() -> None:
    assert graph_error(status=0).details()["status"] is None
