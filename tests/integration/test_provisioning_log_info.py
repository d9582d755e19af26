# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

import pytest

from integration.harness import Outcome, Player, task
from integration.tenants import ADELE, SOURCE, TARGET, ZERO, set_up_pair
from simulator import Simulator

LOG = "GET /auditLogs/provisioning"
BERLIN = "Berlin"


def log(sim: Simulator, **options: Any) -> dict[str, Any]:
    return {**SOURCE.access(sim, "audit"), "target_tenant_id": TARGET.id, **options}


def names(outcome: Outcome) -> set[str]:
    return {each["source_identity"]["display_name"] for each in outcome["entries"]}


def happened(sim: Simulator) -> str:
    """A pair with a cycle behind it in which some arrived, some were kept out and some failed."""
    principal = set_up_pair(sim, assignments=[ADELE, "Engineering", "alex@contoso.example"])
    sim.set_user(SOURCE.id, "alex@contoso.example", mail="henrietta@contoso.example")
    sim.advance(2400)
    return principal


def test_a_reader_sees_what_happened_and_what_to_do(sim: Simulator, play: Player) -> None:
    principal = happened(sim)
    job = next(iter(sim.state()[SOURCE.id]["servicePrincipals"][principal]["jobs"]))
    other = {**SOURCE.access(sim, "nothing"), "service_principal_id": principal}
    by_principal = {**SOURCE.access(sim, "audit"), "service_principal_id": principal}
    run = play(
        task("all", "provisioning_log_info", log(sim)),
        task("check", "provisioning_log_info", log(sim), check_mode=True),
        task("of the tenant", "provisioning_log_info", log(sim, target_tenant_id=None)),
        task("by principal", "provisioning_log_info", {**by_principal, "job_id": job}),
        task("created", "provisioning_log_info", log(sim, actions=["create"], statuses=["success", "failure"])),
        task("skipped", "provisioning_log_info", log(sim, statuses=["skipped"])),
        task("one user", "provisioning_log_info", log(sim, users=[ADELE], include_values=True)),
        task("long ago", "provisioning_log_info", log(sim, since="2w", until="1w")),
        task("few", "provisioning_log_info", log(sim, limit=2)),
        task("predicted", "provisioning_log_info", {**by_principal, "service_principal_id": ZERO}, check_mode=True),
        task("backwards", "provisioning_log_info", log(sim, since="1h", until="2h"), ignore_errors=True),
        task("not allowed", "provisioning_log_info", other, ignore_errors=True),
        fails=None,
    )
    everything = run["all"]
    summary = everything["summary"]
    assert not everything.changed
    assert (
        summary["total"]
        == len(everything["entries"])
        == sum(count for counts in summary["by_action_and_status"].values() for count in counts.values())
    )
    assert {"Adele Vance", "Grady Archie", "Lee Gu"} <= names(everything)
    assert summary["by_action_and_status"]["create"]["success"] >= 3
    assert summary["cycles"] == 1
    sms = next(each for each in summary["skipped"] if "alternativeSecurityIds" in each["reason"])
    assert "SMS" in sms["advice"]
    assert BERLIN not in json.dumps(everything.result)
    for same in ("check", "of the tenant", "by principal"):
        assert run[same]["summary"] == summary
    assert {each["action"] for each in run["created"]["entries"]} == {"create"}
    assert "Lee Gu" in names(run["skipped"])
    assert names(run["one user"]) == {"Adele Vance"}
    assert BERLIN in json.dumps(run["one user"]["entries"])
    assert run["long ago"]["entries"] == run["predicted"]["entries"] == []
    assert (len(run["few"]["entries"]), run["few"]["summary"]["complete"]) == (2, False)
    assert "until" in run["backwards"].message
    assert "ProvisioningLog.Read.All" in run["not allowed"].message
    assert run.requests.writes == []


@pytest.mark.in_process_only
def test_the_other_shape_and_a_stricter_filter_come_to_the_same(sim: Simulator, play: Player) -> None:
    happened(sim)
    options = log(sim, statuses=["success", "skipped"], actions=["create", "other"])
    one = play(task("log", "provisioning_log_info", options))["log"]
    sim.update_settings(provisioning_log_shape="resource_page", provisioning_filter_or=False)
    other = play(task("log", "provisioning_log_info", options))["log"]
    assert one["entries"] == other["entries"] != []
    assert one["summary"] == other["summary"]
    assert (len(one.requests.graph), len(other.requests.graph)) == (3, 4)


@pytest.mark.in_process_only
def test_pages_are_followed(sim: Simulator, play: Player) -> None:
    happened(sim)
    sim.update_settings(empty_first_page=True)
    run = play(task("log", "provisioning_log_info", log(sim)))
    assert run["log"]["summary"]["total"] == len(run["log"]["entries"]) > 4
    assert [each.line for each in run.requests.graph].count(LOG) == 2
