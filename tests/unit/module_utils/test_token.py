# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens: read for messages, never trusted, never shown."""

from __future__ import annotations

import time
import typing as t

import pytest
from ansible_collections.entra.crosstenant.plugins.module_utils._token import RENEW_BEFORE, Token
from hypothesis import given
from hypothesis import strategies as st

from unit.factories import CLIENT, HOME, token

NOW = 1_700_000_000.0


@pytest.fixture(autouse=True)
def _frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: NOW)


def test_a_token_tells_tenant_client_and_permissions() -> None:
    read = Token.of(token(tid=HOME.upper(), roles=["Policy.Read.All"]))
    assert (read.tenant_id, read.client_id) == (HOME, CLIENT)
    assert read.permissions == frozenset({"Policy.Read.All"})


def test_a_newer_token_names_its_client_otherwise() -> None:
    assert Token.of(token(appid=None, azp=CLIENT)).client_id == CLIENT


@pytest.mark.parametrize(
    ("claims", "permissions"),
    [
        ({"roles": []}, set()),
        ({"roles": ["A", "B"]}, {"A", "B"}),
        ({"roles": None, "scp": "C D"}, {"C", "D"}),
        ({"roles": ["A"], "scp": "C"}, {"A", "C"}),
        ({"roles": None}, set()),
        ({"roles": None, "idtyp": None}, None),
        ({"roles": "A", "scp": ["C"], "idtyp": "user"}, None),
    ],
)
def test_a_token_that_names_no_permissions_is_not_one_without_any(
    claims: dict[str, t.Any], permissions: set[str] | None
) -> None:
    assert Token.of(token(**claims)).permissions == permissions


@given(text=st.text())
def test_a_text_that_is_no_token_has_no_claims(text: str) -> None:
    read = Token.of(text)
    assert (read.text, read.tenant_id, read.client_id, read.permissions) == (text, None, None, None)


@pytest.mark.parametrize("tenant", [7, ["x"], {}, None])
def test_a_claim_of_another_type_is_not_believed(tenant: t.Any) -> None:
    assert Token.of(token(tid=tenant)).tenant_id is None


@pytest.mark.parametrize(
    ("read", "usable"),
    [
        (Token.of(token(exp=NOW + RENEW_BEFORE + 1)), True),
        (Token.of(token(exp=NOW + RENEW_BEFORE)), False),
        (Token.of(token(exp=NOW - 1)), False),
        (Token.of(token(exp=None)), True),
        (Token.of(token(exp="soon")), True),
        (Token.of("opaque"), True),
    ],
)
def test_a_token_is_usable_while_it_outlasts_the_beginning_of_a_task(read: Token, usable: bool) -> None:
    assert read.usable is usable


def test_what_the_login_endpoint_says_of_the_expiry_comes_first() -> None:
    read = Token.of(token(exp=NOW - 1), expires_in=3600)
    assert (read.expires_on, read.usable) == (NOW + 3600, True)


def test_a_token_does_not_show_itself() -> None:
    text = token(roles=["Policy.Read.All"])
    shown = repr(Token.of(text))
    assert text not in shown
    assert "Policy.Read.All" not in shown
