# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A quarantine in words."""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.entra.crosstenant.plugins.module_utils._resources import job_quarantine
from ansible_collections.entra.crosstenant.plugins.module_utils._resources.job_quarantine import quarantine_view, told
from hypothesis import given
from hypothesis import strategies as st

from unit.factories import Tree

NOW = datetime(2026, 6, 10, 12, tzinfo=timezone.utc)
NEVER = "0001-01-01T00:00:00Z"
OFFICIAL = [
    "EncounteredBaseEscrowThreshold",
    "EncounteredTotalEscrowThreshold",
    "EncounteredEscrowProportionThreshold",
    "EncounteredQuarantineException",
    "QuarantinedOnDemand",
    "TooManyDeletes",
    "IngestionInterrupted",
]


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_quarantine, "now", lambda: NOW)


def view(**quarantine: t.Any) -> Tree:
    found = quarantine_view({"code": "Quarantine", "quarantine": {"reason": "TooManyDeletes", **quarantine}})
    assert found is not None
    return found


def began(days: float) -> str:
    return (NOW - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


NOTHING: Tree = {
    **dict.fromkeys(("reason", "nextAttempt", "error")),
    "@odata.type": "#microsoft.graph.synchronizationQuarantine",
    "seriesBegan": NEVER,
    "seriesCount": 0,
}


@pytest.mark.parametrize(
    "status",
    [{}, {"code": "Active", "quarantine": None}, {"code": "NotRun"}, {"code": "Active", "quarantine": NOTHING}],
)
def test_a_job_in_no_quarantine_has_none(status: Tree) -> None:
    assert quarantine_view(status) is None


@pytest.mark.parametrize(("days", "left"), [(0, 28), (0.5, 27), (20.9, 7), (21.1, 6), (27.99, 0), (28, 0), (90, 0)])
def test_the_days_that_are_left_are_whole_ones(days: float, left: int) -> None:
    assert view(seriesBegan=began(days))["disabled_in_days"] == left


def test_the_series_counts_and_not_the_last_attempt() -> None:
    shown = view(seriesBegan=began(10), currentBegan=began(1), seriesCount=4, nextAttempt=began(-1))
    assert (shown["since"], shown["attempts"], shown["next_attempt"]) == (began(10), 4, began(-1))
    assert view(seriesBegan=NEVER, currentBegan=began(1))["since"] == began(1)


@pytest.mark.parametrize(
    "empty", [{}, {"seriesBegan": NEVER, "nextAttempt": NEVER, "seriesCount": None, "error": None}]
)
def test_what_the_service_does_not_say_is_null(empty: Tree) -> None:
    shown = view(**empty)
    facts = ("since", "attempts", "next_attempt", "error", "disabled_in_days")
    assert [shown[fact] for fact in facts] == [None] * 5
    assert "None" not in told(shown)


@pytest.mark.parametrize("reason", OFFICIAL)
def test_each_official_reason_has_its_own_words(reason: str) -> None:
    shown = view(reason=reason)
    assert shown["reason"] == reason
    assert shown["explanation"] != view(reason="Unknown")["explanation"]
    assert "restarted" in shown["remedy"]


@pytest.mark.parametrize("reason", OFFICIAL)
def test_a_reason_in_another_case_means_the_same(reason: str) -> None:
    lower = reason[0].lower() + reason[1:]
    shown = view(reason=lower, error={"code": "ExternalTenantNotFound"})
    assert {**shown, "reason": reason} == view(reason=reason, error={"code": "ExternalTenantNotFound"})
    held = {"status": {"quarantine": {"reason": lower}}}
    assert job_quarantine.held_by_deletions(held) == (reason == "TooManyDeletes")


@given(st.one_of(st.none(), st.text(max_size=30)))
def test_any_other_reason_is_told_as_it_is(reason: str | None) -> None:
    shown = view(reason=reason)
    assert shown["reason"] == (reason or "Unknown")
    assert shown["remedy"]
    assert shown["reason"] in told(shown)


def test_several_reasons_in_one_text_are_explained_by_the_first_that_is_known() -> None:
    assert view(reason="Unheard, TooManyDeletes")["explanation"] == view()["explanation"]


def test_a_code_without_a_quarantine_is_one_that_is_unknown() -> None:
    shown = quarantine_view({"code": "Quarantine", "quarantine": None})
    assert shown is not None
    assert shown["reason"] == "Unknown"


def test_an_error_with_a_known_remedy_is_answered_with_it() -> None:
    error = {
        "code": "AzureActiveDirectoryCrossTenantSyncPolicyCheckFailure",
        "message": "No.",
        "tenantActionable": True,
    }
    shown = view(reason="EncounteredQuarantineException", error=error)
    assert shown["error"] == {"code": error["code"], "message": "No.", "tenant_actionable": True}
    assert "inbound_allowed" in shown["remedy"]
    assert "No." in told(shown)
    assert view(error={"code": "None", "message": ""})["error"] is None


@pytest.mark.parametrize(("days", "words"), [(19, None), (21, "in 7 days"), (27, "in 1 days"), (30, "any time")])
def test_the_last_week_is_told(days: int, words: str | None) -> None:
    text = told(view(seriesBegan=began(days)))
    assert ("disable" in text.replace("to delete or disable", "")) == (words is not None)
    assert (words or "") in text
