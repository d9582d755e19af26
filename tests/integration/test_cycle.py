# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any
from urllib.request import Request, urlopen

import pytest

from integration.harness import Player
from integration.pair import ROLE, pair, report
from integration.tenants import ADELE, SOURCE, TARGET
from simulator import Simulator


def arrived(sim: Simulator) -> set[str]:
    """Who crossed over into the target tenant."""
    return {each["displayName"] for each in sim.state()[TARGET.id]["users"].values() if each["external"]}


def log_entries(sim: Simulator) -> list[dict[str, Any]]:
    """The provisioning log of the source tenant, as its administrators read it."""
    token = sim.issue_token(SOURCE.id, SOURCE.client("automation"))
    question = Request(f"{sim.graph_url}/v1.0/auditLogs/provisioning", headers={"Authorization": f"Bearer {token}"})  # noqa: S310
    with urlopen(question, timeout=10) as answer:  # noqa: S310
        found: list[dict[str, Any]] = json.load(answer)["value"]
    return found


@pytest.mark.in_process_only
def test_assigned_users_cross_over_and_leave_when_they_are_no_longer_assigned(sim: Simulator, play: Player) -> None:
    play(ROLE, vars=pair(sim, principals=[{"user": ADELE}, {"group": "Engineering"}]))
    sim.advance(2400)
    # Lee signs in by SMS, which the template's filter keeps out.
    assert arrived(sim) == {"Adele Vance", "Grady Archie", "Henrietta Mueller", "Johanna Lorenz"}
    created = [entry for entry in log_entries(sim) if entry["provisioningAction"] == "create"]
    assert len(created) == 4
    run = play(ROLE, vars=pair(sim, principals=[{"user": ADELE}], principals_state="exact"))
    assert report(run)["job"]["last_run"] == "succeeded"
    sim.advance(2400)
    assert arrived(sim) == {"Adele Vance"}
    deleted = [each for each in sim.state()[TARGET.id]["deletedItems"].values() if each["kind"] == "user"]
    assert {each["displayName"] for each in deleted} == {"Grady Archie", "Henrietta Mueller", "Johanna Lorenz"}
