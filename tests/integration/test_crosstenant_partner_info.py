# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from integration.harness import Player, task
from integration.tenants import SOURCE, STRANGER, TARGET, allow_synchronization
from simulator import Simulator

LIST = "GET /policies/crossTenantAccessPolicy/partners"
ONE = "GET /policies/crossTenantAccessPolicy/partners/{id}"
BATCH = "POST /$batch"
NOBODY = "99999999-aaaa-4bbb-8ccc-000000000009"


def look(name: str, sim: Simulator, app: str = "automation", **options: Any) -> dict[str, Any]:
    keywords = {"ignore_errors": True, "check_mode": options.pop("check", False)}
    return task(name, "crosstenant_partner_info", {**TARGET.access(sim, app), **options}, **keywords)


def several(sim: Simulator) -> None:
    """Three partners: one that pushes users and groups, one that nobody knows, one with settings only."""
    allow_synchronization(sim)
    sim.set_identity_sync(
        TARGET.id, SOURCE.id, userSyncInbound={"isSyncAllowed": True}, groupSyncInbound={"isSyncAllowed": True}
    )
    sim.set_partner(TARGET.id, NOBODY)
    trust = {"isMfaAccepted": True, "isCompliantDeviceAccepted": None, "isHybridAzureADJoinedDeviceAccepted": None}
    sim.set_partner(TARGET.id, STRANGER, inboundTrust=trust)


def test_partners_are_listed_whole_in_few_requests(sim: Simulator, play: Player) -> None:
    several(sim)
    pushing = (
        "{{ seen.partners | selectattr('identity_sync.user_sync_inbound_allowed', 'defined')"
        " | selectattr('identity_sync.user_sync_inbound_allowed') | map(attribute='partner_tenant_id') }}"
    )
    run = play(
        {**look("all", sim), "register": "seen"},
        task("as documented", "ansible.builtin.debug", {"msg": pushing}),
        look("checked", sim, check=True),
        look("groups", sim, group_sync=True, tenant_names=False),
        look("one", sim, partner_tenant_id="northwind.example"),
        look("none", sim, partner_tenant_id="fabrikam.example"),
        look("stranger", sim, partner_tenant_id="77777777-aaaa-4bbb-8ccc-000000000007"),
        task("partner", "crosstenant_partner", {**TARGET.access(sim), "partner_tenant_id": SOURCE.id}),
        task("policy", "identity_sync", {**TARGET.access(sim), "partner_tenant_id": SOURCE.id}),
        fails=None,
    )
    assert not run.changed
    partners = {each["partner_tenant_id"]: each for each in run["all"]["partners"]}
    assert set(partners) == {SOURCE.id, NOBODY, STRANGER}
    contoso = partners[SOURCE.id]
    assert contoso == {
        **run["partner"]["partner"],
        "identity_sync": run["policy"]["identity_sync"],
        "tenant_name": "Contoso",
        "default_domain": "contoso.example",
    }
    assert (partners[NOBODY]["tenant_name"], partners[NOBODY]["identity_sync"]) == (None, None)
    assert partners[STRANGER]["inbound_trust"]["mfa_accepted"] is True
    assert run["as documented"]["msg"] == [SOURCE.id]
    assert [each.line for each in run["all"].requests.graph] == [LIST, BATCH]
    assert run["checked"]["partners"] == run["all"]["partners"]
    groups = {each["partner_tenant_id"]: each["identity_sync"] for each in run["groups"]["partners"]}
    assert groups[SOURCE.id]["group_sync_inbound_allowed"] is True
    assert [each.api for each in run["groups"].requests.graph] == ["beta"]
    assert [each["tenant_name"] for each in run["one"]["partners"]] == ["Northwind Traders"]
    assert run["stranger"]["partners"] == []
    assert "partner_tenant_id" in run["none"].message


def test_pages_and_a_refused_expansion_make_no_difference(sim: Simulator, play: Player) -> None:
    several(sim)
    plain = play(look("all", sim))["all"]["partners"]
    sim.update_settings(page_size={"partners": 1}, empty_first_page=True)
    assert play(look("paged", sim))["paged"]["partners"] == plain
    sim.add_fault(method="GET", path="/partners$", effect="status", status=400, code="BadRequest")
    sim.add_fault(method="GET", path=f"/partners/{SOURCE.id}$", effect="status", status=400, code="BadRequest")
    run = play(look("all", sim), look("one", sim, partner_tenant_id=SOURCE.id))
    assert run["all"]["partners"] == plain
    assert [each.line for each in run["one"].requests.graph][:3] == [ONE, ONE, f"{ONE}/identitySynchronization"]
    assert run["one"]["partners"] == [each for each in plain if each["partner_tenant_id"] == SOURCE.id]


def test_a_missing_permission_takes_the_names_or_is_a_failure(sim: Simulator, play: Player) -> None:
    several(sim)
    refused: dict[str, Any] = {"effect": "status", "status": 403, "code": "Authorization_RequestDenied"}
    sim.add_fault(method="GET", path="/partners$", effect="status", status=400, code="BadRequest", nth=2)
    sim.add_fault(method="GET", path=f"{STRANGER}/identitySynchronization$", batch=True, **refused)
    run = play(look("names", sim, "audit"), look("policy", sim), look("nothing", sim, "nothing"), fails=None)
    assert {each["tenant_name"] for each in run["names"]["partners"]} == {None}
    (warning,) = run["names"]["warnings"]
    assert "CrossTenantInformation.ReadBasic.All" in warning
    for step in ("policy", "nothing"):
        assert "Policy.Read.All" in run[step].message
        assert TARGET.id in run[step].message
    assert STRANGER in run["policy"].message
