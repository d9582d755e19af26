# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Control API, state dumps, seeds, the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from simulator import TWO_TENANTS, Simulator, load_seed
from unit.simulator.simulator_helpers import AUTOMATION, PARTNERS, SOURCE, TARGET, Graph, Pair


def control(sim: Simulator, method: str, name: str, body: Any = None) -> Any:
    answer = requests.request(method, f"{sim.control_url}/{name}", json=body, timeout=10)
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


def test_http_mirrors_python(sim: Simulator, pair: Pair) -> None:
    assert control(sim, "GET", "settings")["latency_ms"] == 0
    assert control(sim, "PATCH", "settings", {"second_job": "conflict"})["second_job"] == "conflict"
    fault = control(sim, "POST", "faults", {"path": "/organization", "effect": "status", "status": 500})
    assert control(sim, "GET", "faults")[0]["id"] == fault
    control(sim, "DELETE", "faults")
    assert control(sim, "GET", "state") == json.loads(json.dumps(sim.state()))
    assert control(sim, "GET", "normalized_state") == json.loads(json.dumps(sim.normalized_state()))
    pair.start()
    control(
        sim,
        "POST",
        "mutate",
        {"action": "assign", "tenant": SOURCE, "service_principal": pair.id, "principal": "Sales"},
    )
    assert control(sim, "POST", "advance", {"seconds": 2400})[0]["actions"] == {"create:success": 2}
    assert control(sim, "POST", "cycle", {"tenant": SOURCE})[0]["state"] == "Succeeded"
    control(sim, "POST", "quarantine", {"tenant": SOURCE, "reason": "Unknown"})
    assert len(control(sim, "GET", "requests")) == len(sim.requests())
    assert control(sim, "GET", "tokens") == []
    control(sim, "DELETE", "requests")
    assert control(sim, "GET", "requests") == []
    control(sim, "POST", "reset")
    assert sim.state()[SOURCE]["partners"] == {}
    assert sim.settings()["second_job"] == "create"


def test_http_refusals(sim: Simulator) -> None:
    for method, name, body, status in (
        ("GET", "nope", None, 404),
        ("PATCH", "settings", {"nope": 1}, 400),
        ("POST", "faults", {"effect": "nope"}, 400),
        ("POST", "mutate", {"action": "reset"}, 400),
        ("POST", "cycle", {}, 400),
    ):
        answer = requests.request(method, f"{sim.control_url}/{name}", json=body, timeout=10)
        assert answer.status_code == status


def test_request_log(sim: Simulator, source: Graph) -> None:
    source("POST", PARTNERS, {"tenantId": TARGET})
    source("GET", f"{PARTNERS}/{TARGET}?$select=tenantId", api="beta")
    first, second = sim.requests()
    assert (first["index"], first["method"], first["status"], first["write"], first["kind"]) == (
        0,
        "POST",
        201,
        True,
        "graph",
    )
    assert first["body"] == {"tenantId": TARGET}
    assert first["response_body"]["tenantId"] == TARGET
    assert (first["tenant"], first["app_id"], first["batch"]) == (SOURCE, AUTOMATION[SOURCE], None)
    assert "authorization" not in first["request_headers"]
    assert source.token not in json.dumps(sim.requests())
    assert (second["api"], second["path"], second["query"]) == ("beta", f"/beta{PARTNERS}/{TARGET}", "$select=tenantId")


def test_reset_brings_back_everything(sim: Simulator) -> None:
    before = sim.state()
    Pair(sim)
    sim.add_users(SOURCE, 5)
    sim.delete_user(SOURCE, "adele@contoso.example")
    sim.advance(100000)
    sim.reset()
    after = sim.state()

    def timeless(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: timeless(item) for key, item in value.items() if key != "createdDateTime"}
        return value

    assert timeless(after) == timeless(before)
    assert sim.requests() == []


def history(sim: Simulator) -> dict[str, Any]:
    sim.reset()
    pair = Pair(sim)
    pair.assign("Engineering", "adele@contoso.example")
    pair.start()
    sim.advance(2400)
    return sim.normalized_state()


def test_normalized_state_compares_histories(sim: Simulator) -> None:
    first = history(sim)
    time.sleep(1.1)
    second = history(sim)
    assert json.dumps(first) == json.dumps(second)
    sim.set_user(TARGET, "adele_contoso.example#EXT#@fabrikam.onmicrosoft.example", department="X")
    assert sim.normalized_state() != first


def test_normalized_state_tells_two_configurations_apart(sim: Simulator) -> None:
    history(sim)
    Pair.__init__(pair := Pair.__new__(Pair), _without_policies(sim), "Fabrikam")
    principals = sim.normalized_state()[SOURCE]["servicePrincipals"]
    assert {"<servicePrincipal:Contoso:Fabrikam>", "<servicePrincipal:Contoso:Fabrikam#2>"} <= set(principals)
    assert pair.id


def _without_policies(sim: Simulator) -> Simulator:
    for tenant, partner in ((SOURCE, TARGET), (TARGET, SOURCE)):
        sim.delete_partner(tenant, partner)
    return sim


def test_start_is_fast() -> None:
    began = time.monotonic()
    with Simulator() as sim:
        assert time.monotonic() - began < 0.3
        assert requests.get(f"{sim.control_url}/settings", timeout=10).status_code == 200


def test_only_loopback() -> None:
    with pytest.raises(ValueError):
        Simulator(host="192.0.2.1")


def test_two_simulators_do_not_share_state() -> None:
    with Simulator() as one, Simulator() as two:
        Graph(one)("POST", PARTNERS, {"tenantId": TARGET})
        assert Graph(two).get(PARTNERS)["value"] == []


def test_seed_with_existing_configuration() -> None:
    seed = load_seed(TWO_TENANTS)
    source, target = seed["tenants"]
    source["partners"] = [{"tenantId": TARGET, "automaticUserConsentSettings": {"outboundAllowed": True}}]
    target["partners"] = [{"tenantId": SOURCE, "automaticUserConsentSettings": {"inboundAllowed": True}}]
    target["identity_sync"] = [{"tenantId": SOURCE, "userSyncInbound": {"isSyncAllowed": True}}]
    target["users"].append(
        {
            "upn": "adele_contoso.example#EXT#@fabrikam.onmicrosoft.example", "userType": "Guest",
            "mail": "adele@contoso.example", "home_user": "adele@contoso.example",
        }
    )  # fmt: skip
    source["configurations"] = [
        {
            "display_name": "Existing", "job": "started", "assignments": ["Engineering", "adele@contoso.example"],
            "secrets": {"AuthenticationType": "SyncPolicy", "CompanyId": TARGET, "SyncAll": "false"},
        }
    ]  # fmt: skip
    seed["settings"] = {"page_size": {"default": 5}}
    with Simulator(seed, settings={"latency_ms": 1}) as sim:
        assert sim.advance(2400)[0]["actions"] == {"create:success": 3, "other:skipped": 1, "update:success": 1}
        assert len(Graph(sim).get("/users")["value"]) == 5
        assert sim.settings()["latency_ms"] == 1
        sim.reset()
        assert sim.settings()["page_size"]["default"] == 5


def test_cycle_needs_a_started_job(sim: Simulator, pair: Pair) -> None:
    assert sim.cycle(SOURCE) == []
    with pytest.raises(ValueError):
        sim.cycle(SOURCE, pair.job_id)
    pair.start()
    assert len(sim.cycle("contoso.example", pair.job_id)) == 1


def test_known_tenants_can_be_added(sim: Simulator, source: Graph) -> None:
    other = sim.new_guid()
    assert source("POST", PARTNERS, {"tenantId": other}).status_code == 400
    sim.add_known_tenant(other, "Other", "other.example")
    assert source("POST", PARTNERS, {"tenantId": other}).status_code == 201


def test_command_line(tmp_path: Path) -> None:
    tests = str(TWO_TENANTS.parents[2])
    ca = tmp_path / "ca.pem"
    command = [sys.executable, "-m", "simulator", "--seed", str(TWO_TENANTS), "--tls", "--ca-out", str(ca)]
    environment = {**os.environ, "PYTHONPATH": tests}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as process:
        try:
            assert process.stdout is not None
            urls = json.loads(process.stdout.readline())
            session = requests.Session()
            session.trust_env = False
            answer = session.get(f"{urls['control_url']}/settings", verify=urls["ca_path"], timeout=10)
            assert answer.status_code == 200
            assert ca.read_text().startswith("-----BEGIN CERTIFICATE-----")
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
