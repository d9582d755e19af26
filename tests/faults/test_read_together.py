# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The settings and applications of all configurations are read in one batch: what that fails at is read alone."""

from __future__ import annotations

from typing import Any

import pytest

from faults.driver import PAGE, Done, Trouble
from faults.stories import CHANGE_APP, PATCH_APP, PATCH_PRINCIPAL, SYNC

BATCH, SETTINGS, APPLICATION = r"/\$batch$", "/secrets$", "/applications"
LINES = {SETTINGS: f"GET {SYNC}/secrets", APPLICATION: "GET /applications(appId='{id}')"}
RENAMED = [PATCH_APP, PATCH_PRINCIPAL]


def alone(done: Done) -> list[str]:
    """Which of the two was read by itself, before anything was written."""
    return [line for line in done.lines[: done.lines.index(PATCH_APP)] if line in LINES.values()]


def test_nothing_is_read_alone_when_nothing_fails(trouble: Trouble) -> None:
    trouble.begin(CHANGE_APP)
    done = trouble.survives(writes=RENAMED)
    assert done.lines[:2] == ["GET /servicePrincipals", "POST /$batch"]
    assert alone(done) == []


@pytest.mark.parametrize("code", ["UnknownError", "Authorization_RequestDenied", "Request_ResourceNotFound"])
@pytest.mark.parametrize("status", [400, 403, 404, 409])
@pytest.mark.parametrize("path", LINES)
def test_a_part_that_is_refused_is_read_alone(trouble: Trouble, path: str, status: int, code: str) -> None:
    trouble.begin(CHANGE_APP)
    trouble.fault("GET", path, batch=True, status=status, code=code)
    done = trouble.survives(writes=RENAMED, waits=(0, 0))
    assert alone(done) == [LINES[path]]


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("path", LINES)
def test_a_part_that_has_to_wait_is_asked_for_again_in_a_batch(trouble: Trouble, path: str, status: int) -> None:
    trouble.begin(CHANGE_APP)
    trouble.fault("GET", path, batch=True, status=status, retry_after=3)
    done = trouble.survives(writes=RENAMED, waits=(3, 4))
    assert done.lines.count("POST /$batch") == 2
    assert alone(done) == []


@pytest.mark.parametrize(
    "what",
    [
        {"status": 400, "code": "BadRequest"},
        {"status": 403, "code": "Forbidden"},
        {"status": 404, "code": "NotFound"},
        {"effect": "malformed", "body": PAGE},
    ],
    ids=str,
)
def test_a_batch_that_is_not_carried_out_is_read_one_by_one(trouble: Trouble, what: dict[str, Any]) -> None:
    trouble.begin(CHANGE_APP)
    trouble.fault("POST", BATCH, **what)
    done = trouble.survives(writes=RENAMED, waits=(0, 0))
    assert alone(done) == list(LINES.values())


@pytest.mark.parametrize("effect", ["drop_before", "drop_after", "malformed"])
def test_a_batch_whose_answer_is_lost_or_empty_is_asked_again(trouble: Trouble, effect: str) -> None:
    trouble.begin(CHANGE_APP)
    trouble.fault("POST", BATCH, effect, body="{}")
    done = trouble.survives(writes=RENAMED, waits=(0.5, 3))
    assert done.lines.count("POST /$batch") == 2
    assert alone(done) == []
