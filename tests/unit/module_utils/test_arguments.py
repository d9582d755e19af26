# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Arguments: options, and the environment variables they fall back to."""

from __future__ import annotations

import pytest
from ansible.module_utils.basic import AnsibleFallbackNotFound
from ansible_collections.entra.crosstenant.plugins.module_utils._arguments import CONNECTION, Arguments, first_non_empty

from unit.factories import HOME, OTHER, connection_options

DOCUMENTED = {
    "tenant_id": ["ENTRA_TENANT_ID", "AZURE_TENANT_ID", "AZURE_TENANT"],
    "client_id": ["ENTRA_CLIENT_ID", "AZURE_CLIENT_ID"],
    "client_secret": ["ENTRA_CLIENT_SECRET", "AZURE_CLIENT_SECRET", "AZURE_SECRET"],
    "client_certificate_path": ["ENTRA_CLIENT_CERTIFICATE_PATH", "AZURE_CLIENT_CERTIFICATE_PATH"],
    "client_certificate_password": ["ENTRA_CLIENT_CERTIFICATE_PASSWORD", "AZURE_CLIENT_CERTIFICATE_PASSWORD"],
    "federated_token_file": ["ENTRA_FEDERATED_TOKEN_FILE", "AZURE_FEDERATED_TOKEN_FILE"],
    "access_token": ["ENTRA_ACCESS_TOKEN"],
    "auth_method": ["ENTRA_AUTH_METHOD"],
    "cloud": ["ENTRA_CLOUD"],
    "graph_url": ["ENTRA_GRAPH_URL"],
    "login_url": ["ENTRA_LOGIN_URL"],
    "ca_path": ["ENTRA_CA_PATH", "REQUESTS_CA_BUNDLE"],
    "proxy": ["ENTRA_PROXY"],
    "skip_tls_verification": ["ENTRA_SKIP_TLS_VERIFICATION"],
    "timeout": ["ENTRA_TIMEOUT"],
    "max_wait": ["ENTRA_MAX_WAIT"],
}


def test_each_connection_option_falls_back_to_its_variables() -> None:
    assert {name: option["fallback"] for name, option in CONNECTION.items()} == {
        name: (first_non_empty, variables) for name, variables in DOCUMENTED.items()
    }


def test_only_the_secrets_are_kept_out_of_logs() -> None:
    hidden = {name for name, option in CONNECTION.items() if option.get("no_log")}
    assert hidden == {"client_secret", "client_certificate_password", "access_token"}


def test_the_first_variable_that_is_not_empty_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTRA_TENANT_ID", "")
    monkeypatch.setenv("AZURE_TENANT", "third")
    assert first_non_empty("ENTRA_TENANT_ID", "AZURE_TENANT_ID", "AZURE_TENANT") == "third"
    monkeypatch.setenv("AZURE_TENANT_ID", "second")
    assert first_non_empty("ENTRA_TENANT_ID", "AZURE_TENANT_ID", "AZURE_TENANT") == "second"
    monkeypatch.setenv("ENTRA_TENANT_ID", "first")
    assert first_non_empty("ENTRA_TENANT_ID", "AZURE_TENANT_ID", "AZURE_TENANT") == "first"


def test_no_variable_leaves_the_option_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTRA_TENANT_ID", "")
    with pytest.raises(AnsibleFallbackNotFound):
        first_non_empty("ENTRA_TENANT_ID", "AZURE_TENANT_ID")


def test_an_option_comes_before_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTRA_TENANT_ID", OTHER)
    monkeypatch.setenv("ENTRA_CLOUD", "china")
    monkeypatch.setenv("ENTRA_TIMEOUT", "12")
    monkeypatch.setenv("ENTRA_SKIP_TLS_VERIFICATION", "yes")
    assert connection_options()["tenant_id"] == HOME
    options = connection_options(cloud="usgov", timeout=7)
    assert (options["cloud"], options["timeout"], options["skip_tls_verification"]) == ("usgov", 7.0, True)


def test_a_variable_comes_before_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTRA_CLOUD", "china")
    monkeypatch.setenv("ENTRA_MAX_WAIT", "12.5")
    options = connection_options()
    assert (options["cloud"], options["max_wait"], options["timeout"]) == ("china", 12.5, 30.0)


def test_an_empty_variable_leaves_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ENTRA_CLOUD", "ENTRA_MAX_WAIT", "ENTRA_SKIP_TLS_VERIFICATION", "ENTRA_AUTH_METHOD"):
        monkeypatch.setenv(name, "")
    options = connection_options()
    assert (options["cloud"], options["max_wait"]) == ("global", 600.0)
    assert (options["skip_tls_verification"], options["auth_method"]) == (False, "auto")


def test_a_module_has_the_connection_options_and_its_own() -> None:
    arguments = Arguments({"state": {"type": "str"}}, required_if=(("state", "x", ("client_id",)),))
    assert arguments.spec == {**CONNECTION, "state": {"type": "str"}}
    assert arguments.rules == {
        "mutually_exclusive": [],
        "required_one_of": [],
        "required_if": [("state", "x", ("client_id",))],
    }
