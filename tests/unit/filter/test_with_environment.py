# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.entra.crosstenant.plugins.filter.with_environment import FilterModule
from ansible_collections.entra.crosstenant.plugins.module_utils._arguments import CONNECTION

with_environment = FilterModule().filters()["with_environment"]


@pytest.mark.parametrize("option", CONNECTION)
def test_each_connection_option_comes_from_its_variable(option: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"ENTRA_SOURCE_{option.upper()}", "from the environment")
    assert with_environment({}, "ENTRA_SOURCE_") == {option: "from the environment"}
    assert with_environment({}, "ENTRA_TARGET_") == {}


def test_what_is_given_comes_before_what_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTRA_SOURCE_CLIENT_ID", "set")
    assert with_environment({"client_id": "given"}, "ENTRA_SOURCE_") == {"client_id": "given"}


@pytest.mark.parametrize("nothing", ["", None])
def test_an_empty_text_counts_as_not_given(nothing: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTRA_SOURCE_CLIENT_ID", "set")
    monkeypatch.setenv("ENTRA_SOURCE_PROXY", "")
    given = {"client_id": nothing, "proxy": nothing, "skip_tls_verification": False}
    assert with_environment(given, "ENTRA_SOURCE_") == {"client_id": "set", "skip_tls_verification": False}


def test_what_is_required_is_given_or_set(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AnsibleFilterError, match=r"tenant_id is not given, and ENTRA_SOURCE_TENANT_ID is not set"):
        with_environment({"tenant_id": ""}, "ENTRA_SOURCE_", ["tenant_id"])
    monkeypatch.setenv("ENTRA_SOURCE_TENANT_ID", "set")
    assert with_environment({}, "ENTRA_SOURCE_", ["tenant_id"]) == {"tenant_id": "set"}
    assert with_environment({"tenant_id": "given"}, "ENTRA_SOURCE_", ["tenant_id"]) == {"tenant_id": "given"}
