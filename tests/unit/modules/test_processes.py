# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules as processes: what Ansible reads of them."""

from __future__ import annotations

import json
import sys
import typing as t
from unittest import mock

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common.parameters import PASS_VARS
from ansible_collections.entra.crosstenant.plugins.module_utils import _task
from ansible_collections.entra.crosstenant.plugins.module_utils._http import Http
from ansible_collections.entra.crosstenant.plugins.modules import (
    app_role_assignment,
    crosstenant_partner,
    identity_sync,
    permission_info,
    provision_on_demand,
    provisioning_log_info,
    sync_app,
    sync_job,
    sync_schema,
    sync_secrets,
)

from unit.conversation import Conversation, Exchange
from unit.factories import CLIENT, HOME, JOBS_PATH, OTHER, PRINCIPAL, SECRET, Tree, error_body, not_found, token

PATH = f"/v1.0/policies/crossTenantAccessPolicy/partners/{OTHER}"


def run_main(
    module: t.Any,
    args: Tree,
    *exchanges: Exchange,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    check_mode: bool = False,
) -> tuple[int, Tree]:
    """Run a module's main() as Ansible does, and read what it prints."""
    options = {"tenant_id": HOME, **args, "_ansible_check_mode": check_mode, "_ansible_remote_tmp": "/nonexistent"}
    if "inject_invocation" in PASS_VARS:
        # ansible-core 2.21 and newer show the parameters to whoever asks for them.
        options["_ansible_inject_invocation"] = True
    monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": options}).encode())
    # ansible-core 2.19 and newer read with a profile.
    monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
    # They also tell a module from the controller, which tests of filters have imported into this process.
    if internal := sys.modules.get("ansible.module_utils._internal"):
        monkeypatch.setattr(internal, "is_controller", False)
    with (
        Conversation(*exchanges) as conversation,
        mock.patch.object(_task, "Http", lambda link: Http(link, conversation.session())),
        pytest.raises(SystemExit) as exit_,
    ):
        module.main()
    outcome: Tree = json.loads(capsys.readouterr().out)
    return int(exit_.value.code or 0), outcome


@pytest.fixture
def main(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> t.Callable[..., tuple[int, Tree]]:
    def run(module: t.Any, args: Tree, *exchanges: Exchange, check_mode: bool = False) -> tuple[int, Tree]:
        return run_main(module, args, *exchanges, capsys=capsys, monkeypatch=monkeypatch, check_mode=check_mode)

    return run


Main = t.Callable[..., tuple[int, Tree]]


def texts(outcome: Tree) -> list[str]:
    """Warnings, which newer versions of Ansible wrap."""
    return [each if isinstance(each, str) else str(each) for each in outcome.get("warnings", [])]


def test_a_module_exits_with_its_result(main: Main) -> None:
    text = token()
    code, outcome = main(
        identity_sync,
        {"access_token": text, "partner_tenant_id": OTHER, "user_sync_inbound_allowed": True},
        not_found("GET", f"{PATH}/identitySynchronization"),
        check_mode=True,
    )
    assert code == 0
    assert outcome["changed"] is True
    assert outcome["identity_sync"]["user_sync_inbound_allowed"] is True
    assert set(outcome["diff"]) == {"before", "after"}
    assert {"requests", "request_ids"} <= set(outcome["graph"])
    assert "failed" not in outcome
    assert outcome["invocation"]["module_args"]["tenant_id"] == HOME
    assert text not in json.dumps(outcome)


def test_a_module_fails_with_a_message_and_the_facts(main: Main) -> None:
    code, outcome = main(
        crosstenant_partner,
        {"access_token": token(), "partner_tenant_id": OTHER},
        Exchange(
            "GET",
            PATH,
            status=403,
            reply=error_body("Authorization_RequestDenied", "No."),
            reply_headers={"request-id": "r1"},
        ),
    )
    assert code == 1
    assert (outcome["failed"], outcome["changed"]) == (True, False)
    assert outcome["msg"].startswith(f"Could not read the partner configuration for {OTHER} in tenant {HOME}: No.")
    assert outcome["error"] == {
        "status": 403,
        "code": "Authorization_RequestDenied",
        "message": "No.",
        "request_id": "r1",
        "method": "GET",
        "path": f"/policies/crossTenantAccessPolicy/partners/{OTHER}",
        "tenant_id": HOME,
        "hint": outcome["error"]["hint"],
    }
    assert "Policy.Read.All" in outcome["error"]["hint"]
    assert (outcome["graph"]["requests"], outcome["graph"]["request_ids"]) == (1, ["r1"])


def test_warnings_are_printed_as_warnings(main: Main) -> None:
    quarantined = {
        "id": "j",
        "templateId": "Azure2Azure",
        "schedule": {"state": "Active"},
        "status": {"code": "Quarantine", "quarantine": {"reason": "TooManyDeletes"}},
    }
    code, outcome = main(
        sync_job,
        {"access_token": token(), "service_principal_id": PRINCIPAL},
        Exchange("GET", JOBS_PATH, reply={"value": [quarantined]}),
    )
    assert code == 0
    assert any("TooManyDeletes" in text for text in texts(outcome))


def test_options_fall_back_to_the_environment(main: Main, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTRA_ACCESS_TOKEN", token(roles=["Policy.Read.All"]))
    monkeypatch.setenv("ENTRA_CLIENT_ID", CLIENT)
    code, outcome = main(permission_info, {"operations": ["read_policies"]})
    assert (code, outcome["changed"], outcome["missing"]) == (0, False, [])


def test_a_secret_is_masked_wherever_it_occurs_and_ids_stay_readable(main: Main) -> None:
    code, outcome = main(
        crosstenant_partner,
        {"access_token": token(), "client_secret": SECRET, "partner_tenant_id": OTHER},
        Exchange("GET", PATH, status=400, reply=error_body("X", f"You sent {SECRET} to {OTHER}.")),
    )
    assert code == 1
    assert SECRET not in json.dumps(outcome)
    assert OTHER in outcome["msg"]


def test_a_secret_that_is_too_short_does_not_garble_its_own_refusal(main: Main) -> None:
    code, outcome = main(identity_sync, {"client_id": CLIENT, "client_secret": "a", "partner_tenant_id": OTHER})
    assert code == 1
    assert outcome["msg"].startswith("client_secret: it has fewer than 8 characters")
    assert outcome["invocation"]["module_args"]["client_secret"] != "a"


@pytest.mark.parametrize(
    ("module", "needed"),
    [
        (app_role_assignment, {"service_principal_id": PRINCIPAL, "principals": []}),
        (crosstenant_partner, {"partner_tenant_id": OTHER}),
        (identity_sync, {"partner_tenant_id": OTHER}),
        (permission_info, {}),
        (provision_on_demand, {"service_principal_id": PRINCIPAL, "users": []}),
        (provisioning_log_info, {}),
        (sync_app, {"target_tenant_id": OTHER}),
        (sync_job, {"service_principal_id": PRINCIPAL}),
        (sync_schema, {"service_principal_id": PRINCIPAL}),
        (sync_secrets, {"target_tenant_id": OTHER}),
    ],
    ids=lambda value: value.__name__.rpartition(".")[2] if hasattr(value, "__name__") else "",
)
def test_an_option_that_no_module_has_is_refused(main: Main, module: t.Any, needed: Tree) -> None:
    code, outcome = main(module, {**needed, "no_such_option": 1})
    assert code == 1
    assert "no_such_option" in outcome["msg"]
    code, outcome = main(module, needed)
    assert code == 1
    assert "no_such_option" not in outcome["msg"]


@pytest.mark.parametrize("module", [app_role_assignment, provision_on_demand, sync_job, sync_schema])
@pytest.mark.parametrize(
    "chosen", [{}, {"service_principal_id": PRINCIPAL, "target_tenant_id": OTHER}], ids=["none", "two"]
)
def test_a_configuration_is_selected_in_exactly_one_way(main: Main, module: t.Any, chosen: Tree) -> None:
    more: Tree = {app_role_assignment: {"principals": []}, provision_on_demand: {"users": []}}.get(module, {})
    code, outcome = main(module, {"access_token": token(), **more, **chosen})
    assert code == 1
    assert "service_principal_id" in outcome["msg"]
    assert "target_tenant_id" in outcome["msg"]
