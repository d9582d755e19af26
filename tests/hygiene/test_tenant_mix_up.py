# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A credential of another tenant than the one that is named is refused before anything is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.entra.crosstenant.plugins.module_utils._task import perform

from hygiene.credentials import SECRETS, WAYS_TO_SIGN_IN, Credential
from hygiene.test_bad_input import MODULES, task_of
from integration.harness import Player, task
from integration.pair import ROLE, pair
from integration.tenants import ADELE, SOURCE, TARGET, Tenant, set_up_pair
from simulator import Simulator

# These sign-ins bring a token of their own tenant, whichever is named; the others ask the named tenant for one, where
# the app is not known.
BRINGING = ("instance metadata", "app service", "azure cli", "access token")
# A managed identity is Contoso's.
CONTOSO_ONLY = ("instance metadata", "app service")

# What each module would write, could it sign in.
WRITING: dict[str, dict[str, Any]] = {
    "app_role_assignment": {"target_tenant_id": TARGET.id, "principals": [], "state": "exact"},
    "crosstenant_default": {"inbound_trust": {"mfa_accepted": True}},
    "crosstenant_partner": {"partner_tenant_id": TARGET.id, "inbound_trust": {"mfa_accepted": True}},
    "crosstenant_partner_info": {},
    "identity_sync": {"partner_tenant_id": TARGET.id, "user_sync_inbound_allowed": True},
    "permission_info": {},
    "provision_on_demand": {"target_tenant_id": TARGET.id, "users": [ADELE]},
    "provisioning_log_info": {"target_tenant_id": TARGET.id, "users": [ADELE]},
    "sync_app": {"target_tenant_id": TARGET.id, "display_name": "Another name"},
    "sync_closure": {"partner_tenant_id": TARGET.id, "direction": "outbound"},
    "sync_configuration_info": {},
    "sync_job": {"target_tenant_id": TARGET.id, "state": "paused"},
    "sync_retirement": {"target_tenant_id": TARGET.id},
    "sync_schema": {"target_tenant_id": TARGET.id, "user_type": "guest"},
    "sync_secrets": {"target_tenant_id": TARGET.id, "scope": "all"},
}


def other_than(tenant: Tenant) -> Tenant:
    """The other of the two tenants."""
    return TARGET if tenant is SOURCE else SOURCE


def named(tenant: Tenant, naming: str) -> str:
    """A tenant as users name it."""
    return {"id": tenant.id, "domain": tenant.domain, "capitals": tenant.domain.upper()}[naming]


def access(sim: Simulator, credential: Credential, tenant: str) -> dict[str, Any]:
    """Connection options that name one tenant and hold the credential of another."""
    urls = {"graph_url": sim.graph_url, "login_url": sim.login_url, "max_wait": 2}
    return {**urls, **credential.options, **credential.secret_options, "tenant_id": tenant}


def assert_both_are_named(message: str, way: str, wanted: str, owner: Tenant) -> None:
    """The message tells which tenant was named, and whose the credential is as far as anybody can know."""
    assert wanted.lower() in message, message
    if way in BRINGING:
        assert owner.id in message, message
        assert "tenant_id" in message, message
    else:
        assert "AADSTS700016" in message, message
        assert "other tenant" in message, message


@pytest.mark.parametrize("naming", ["id", "domain", "capitals"])
@pytest.mark.parametrize("way", WAYS_TO_SIGN_IN)
def test_no_module_works_with_a_credential_of_another_tenant(
    sim: Simulator, inputs: Path, monkeypatch: pytest.MonkeyPatch, way: str, naming: str
) -> None:
    assert set(MODULES) == set(WRITING), "say here what a new module would write"
    set_up_pair(sim)
    before = sim.normalized_state()
    for owner in (SOURCE,) if way in CONTOSO_ONLY else (SOURCE, TARGET):
        credential = WAYS_TO_SIGN_IN[way](sim, inputs, owner, True)
        for name, value in credential.environment.items():
            monkeypatch.setenv(name, value)
        wanted = named(other_than(owner), naming)
        for module, writing in WRITING.items():
            given = {**access(sim, credential, wanted), **writing}
            work = task_of(module)
            checked = ArgumentSpecValidator(work.arguments.spec, **work.arguments.rules).validate(given)
            assert not checked.errors.messages
            for check_mode in (True, False):
                result = perform(work, checked.validated_parameters, check_mode)
                assert result.get("failed"), f"{module}: {result}"
                assert result["changed"] is False
                assert_both_are_named(result["msg"], way, wanted, owner)
                assert result["error"]["tenant_id"] == wanted.lower()
    assert sim.requests(kind="graph") == []
    assert sim.normalized_state() == before


@pytest.mark.parametrize("way", WAYS_TO_SIGN_IN)
def test_a_credential_of_the_tenant_named_by_any_of_its_names_works(
    sim: Simulator, inputs: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    credential = WAYS_TO_SIGN_IN[way](sim, inputs, SOURCE, True)
    for name, value in credential.environment.items():
        monkeypatch.setenv(name, value)
    work = task_of("permission_info")
    for wanted in (SOURCE.id, SOURCE.id.upper(), "contoso.onmicrosoft.example", "CONTOSO.onmicrosoft.example"):
        given = access(sim, credential, wanted)
        checked = ArgumentSpecValidator(work.arguments.spec, **work.arguments.rules).validate(given)
        result = perform(work, checked.validated_parameters, False)
        assert not result.get("failed"), result
        assert result["tenant_id"] == SOURCE.id


def test_tasks_in_either_way_refuse_a_token_of_another_tenant(sim: Simulator, play: Player, inputs: Path) -> None:
    identity = WAYS_TO_SIGN_IN["instance metadata"](sim, inputs, SOURCE, True)
    ready = WAYS_TO_SIGN_IN["access token"](sim, inputs, SOURCE, True)
    trust = {"partner_tenant_id": SOURCE.id, "inbound_trust": {"mfa_accepted": True}}
    tasks = [
        task(
            f"{name} {naming}", "crosstenant_partner", {**access(sim, credential, tenant), **trust}, ignore_errors=True
        )
        for name, credential in (("identity", identity), ("token", ready))
        for naming, tenant in (("id", TARGET.id), ("domain", TARGET.domain))
    ]
    run = play(*tasks, env=identity.environment, fails=None)
    assert len(run.failed) == len(tasks)
    for outcome in run.outcomes:
        wanted = TARGET.id if outcome.task.endswith("id") else TARGET.domain
        assert_both_are_named(outcome.message, "access token", wanted, SOURCE)
    assert run.requests.graph == []


def exchanged(sim: Simulator, inputs: Path, kind: str) -> dict[str, Any]:
    """A pair whose tenants hold each other's credentials."""
    if kind == "tokens":
        tokens = {tenant.id: sim.issue_token(tenant.id, tenant.client("automation")) for tenant in (SOURCE, TARGET)}
        return {
            side: access(sim, Credential(secret_options={"access_token": tokens[other_than(tenant).id]}), tenant.id)
            for side, tenant in (("source", SOURCE), ("target", TARGET))
        }
    if kind == "secrets":
        return {
            side: tenant.access(sim, client_secret=SECRETS[other_than(tenant).id])
            for side, tenant in (("source", SOURCE), ("target", TARGET))
        }
    maker = WAYS_TO_SIGN_IN["client secret" if kind == "apps" else "federated token"]
    return {
        side: access(sim, maker(sim, inputs, other_than(tenant), True), tenant.domain)
        for side, tenant in (("source", SOURCE), ("target", TARGET))
    }


@pytest.mark.parametrize("preflight", [True, False], ids=["with preflight", "without preflight"])
@pytest.mark.parametrize("kind", ["tokens", "secrets", "apps", "assertions"])
def test_the_role_refuses_credentials_that_are_exchanged(
    sim: Simulator, tmp_path: Path, inputs: Path, kind: str, preflight: bool
) -> None:
    play = Player(sim, tmp_path)
    run = play(ROLE, vars=pair(sim, **exchanged(sim, inputs, kind), preflight=preflight), fails=True)
    message = run.failure.message
    if kind == "tokens":
        assert SOURCE.id in message
        assert TARGET.id in message
    elif kind == "secrets":
        assert "AADSTS7000215" in message
        assert TARGET.id in message
    else:
        assert "AADSTS700016" in message
        assert TARGET.domain in message
    assert run.requests.graph == []


def test_the_role_refuses_one_token_for_both_tenants(sim: Simulator, tmp_path: Path) -> None:
    token = Credential(secret_options={"access_token": sim.issue_token(TARGET.id, TARGET.client("automation"))})
    variables = pair(sim, source=access(sim, token, SOURCE.id), target=access(sim, token, TARGET.id))
    run = Player(sim, tmp_path)(ROLE, vars=variables, fails=True)
    assert SOURCE.id in run.failure.message
    assert TARGET.id in run.failure.message
    assert run.requests.writes == []
