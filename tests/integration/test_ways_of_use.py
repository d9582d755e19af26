# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from integration.harness import COLLECTION, Player, task
from integration.leaks import leaks
from integration.tenants import ADELE, ALEX, SOURCE, STRANGER, TARGET, set_up_pair
from simulator import Simulator


def partner(**options: Any) -> dict[str, Any]:
    return {"partner_tenant_id": SOURCE.id, **options}


def test_credentials_may_stand_in_module_defaults_of_the_group(sim: Simulator, play: Player) -> None:
    trust = {"inbound_trust": {"mfa_accepted": True}}
    run = play(
        task("plain", "crosstenant_partner", partner(**trust)),
        task("delegated", "crosstenant_partner", partner(**trust), delegate_to="localhost"),
        task("without become", "crosstenant_partner", partner(**trust), become=False),
        task(
            "loop",
            "crosstenant_partner",
            {"partner_tenant_id": "{{ item }}", **trust},
            loop=[SOURCE.id, STRANGER],
            register="looped",
        ),
        task("look", "ansible.builtin.debug", {"msg": "{{ looped.results | map(attribute='partner') | list }}"}),
        task("in the background", "crosstenant_partner", partner(**trust), **{"async": 30, "poll": 1}),
        hosts={"localhost": {"ansible_async_dir": str(play.directory / "async")}},
        module_defaults={f"group/{COLLECTION}.graph": TARGET.access(sim)},
    )
    assert run.changed == ["plain", "loop"]
    assert [each["changed"] for each in run["loop"]["results"]] == [False, True]
    assert [each["partner_tenant_id"] for each in run["look"]["msg"]] == [
        SOURCE.id,
        STRANGER,
    ]
    assert run["in the background"]["partner"] == run["plain"]["partner"]


def test_a_host_that_cannot_be_reached_may_delegate(sim: Simulator, play: Player) -> None:
    options = {**TARGET.access(sim), **partner(inbound_trust={"mfa_accepted": True})}
    far_away = {
        "ansible_connection": "ssh",
        "ansible_host": "192.0.2.1",
        "ansible_python_interpreter": "/nowhere/python",
    }
    run = play(task("here", "crosstenant_partner", options, delegate_to="localhost"), hosts={"pair": far_away})
    assert run["here"].changed


def test_credentials_may_stand_in_the_environment(sim: Simulator, play: Player) -> None:
    access = TARGET.access(sim)
    variables = {f"ENTRA_{name.upper()}": str(value) for name, value in access.items()}
    azure = {
        "AZURE_TENANT": access["tenant_id"],
        "AZURE_CLIENT_ID": access["client_id"],
        "AZURE_SECRET": access["client_secret"],
    }
    endpoints = {name: variables[name] for name in ("ENTRA_GRAPH_URL", "ENTRA_LOGIN_URL")}
    trust = partner(inbound_trust={"mfa_accepted": True})
    of_the_run = play(task("trust", "crosstenant_partner", trust), env=variables)
    of_the_task = play(task("trust", "crosstenant_partner", trust, environment=variables), verbosity=1)
    of_azure = play(task("trust", "crosstenant_partner", trust), env={**azure, **endpoints, "ENTRA_TENANT_ID": ""})
    assert of_the_run["trust"].changed
    assert not of_the_task["trust"].changed
    assert of_the_task["trust"]["partner"] == of_azure["trust"]["partner"] == of_the_run["trust"]["partner"]
    assert leaks(str(of_the_task) + str(of_azure)) == []


@pytest.mark.in_process_only
def test_a_secret_in_the_environment_of_a_task_is_shown_only_where_ansible_itself_shows_it(
    sim: Simulator, play: Player
) -> None:
    # From -vvv on, ansible-core prints the environment of every module that it ships; the README says so.
    variables = {f"ENTRA_{name.upper()}": str(value) for name, value in TARGET.access(sim).items()}
    run = play(task("trust", "crosstenant_partner", partner(), environment=variables), verbosity=2)
    assert leaks(str(run)) == []


def test_no_secret_is_shown_at_any_verbosity(sim: Simulator, play: Player) -> None:
    set_up_pair(sim)
    access = SOURCE.access(sim)
    ready = sim.issue_token(SOURCE.id, SOURCE.client("automation"))
    by_token = SOURCE.access(sim, client_secret=None, access_token=ready)
    selector = {"target_tenant_id": TARGET.id}
    run = play(
        task("secret", "sync_job", {**access, **selector}),
        task("token", "sync_secrets", {**by_token, **selector}),
        task("permissions", "permission_info", access),
        task("users", "app_role_assignment", {**access, **selector, "principals": [{"user": ADELE}, {"user": ALEX}]}),
        task("wrong", "sync_job", {**access, **selector, "client_secret": TARGET.secret()}, ignore_errors=True),
        task("unknown option", "sync_job", {**access, **selector, "colour": "red"}, ignore_errors=True),
        verbosity=4,
        fails=None,
    )
    assert run.failed == ["wrong", "unknown option"]
    assert "colour" in run["unknown option"].message
    assert leaks(str(run)) == []
    assert leaks(str([each.result for each in run.outcomes])) == []
    for file in play.directory.rglob("ansible/**/*"):
        assert not file.is_file() or leaks(file.read_text(encoding="utf-8", errors="replace")) == [], file


def test_permissions_are_compared_with_what_is_going_to_be_done(sim: Simulator, play: Player) -> None:
    run = play(
        task("automation", "permission_info", SOURCE.access(sim)),
        task("audit", "permission_info", SOURCE.access(sim, "audit", tenant_id=SOURCE.domain)),
        task(
            "some",
            "permission_info",
            {**SOURCE.access(sim, "audit"), "operations": ["write_policies"]},
            check_mode=True,
        ),
    )
    full, audit, some = (run[name] for name in ("automation", "audit", "some"))
    assert (run.changed, run.requests.graph) == ([], [])
    assert full["missing"] == []
    assert all(each["granted"] for each in full["permissions"])
    assert full["client_id"] == SOURCE.client("automation")
    assert audit["tenant_id"] == SOURCE.id
    missing = {each["operation"]: each["missing"] for each in audit["permissions"] if not each["granted"]}
    assert missing["write_policies"] == ["Policy.ReadWrite.CrossTenantAccess"]
    assert missing["write_synchronization"] == ["Synchronization.ReadWrite.All"]
    assert "read_policies" not in missing
    assert audit["consent_url"] == f"{sim.login_url}/{SOURCE.id}/adminconsent?client_id={SOURCE.client('audit')}"
    assert some["missing"] == ["Policy.ReadWrite.CrossTenantAccess"]
    assert [each["operation"] for each in some["permissions"]] == ["write_policies"]
