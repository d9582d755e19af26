# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connection options: every one that cannot work is refused by name; the rest is completed."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.entra.crosstenant.plugins.module_utils._arguments import CONNECTION
from ansible_collections.entra.crosstenant.plugins.module_utils._connection import (
    CLOUDS,
    SHORTEST_SECRET,
    Connection,
    guid,
    guid_or_domain,
    is_guid,
    is_loopback,
)
from ansible_collections.entra.crosstenant.plugins.module_utils._errors import InputError
from hypothesis import given
from hypothesis import strategies as st

from unit.factories import CLIENT, HOME, SECRET, connection, connection_options, token

guids = st.uuids().map(str)


def refusal(**options: t.Any) -> InputError:
    with pytest.raises(InputError) as raised:
        connection(**options)
    return raised.value


@given(text=guids)
def test_a_guid_is_a_guid_in_any_case(text: str) -> None:
    assert is_guid(text)
    assert is_guid(text.upper())
    assert guid("x", f" {text.upper()} ") == text


@given(text=guids, position=st.integers(0, 35))
def test_a_guid_with_a_character_less_is_none(text: str, position: int) -> None:
    shorter = text[:position] + text[position + 1 :]
    assert not is_guid(shorter)
    with pytest.raises(InputError, match="x: .* is not a GUID"):
        guid("x", shorter)


@pytest.mark.parametrize(
    "text", ["", "common", "organizations", "contoso", "con toso.com", "-a.com", "a..com", "a/b.c"]
)
def test_what_is_neither_guid_nor_domain_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="partner: .* neither a GUID nor a domain name"):
        guid_or_domain("partner", text)


@pytest.mark.parametrize(
    "text", ["contoso.com", "Contoso.onmicrosoft.com", "xn--bcher-kva.example", "a.b.co", " a.co "]
)
def test_a_domain_is_taken_in_lower_case(text: str) -> None:
    assert guid_or_domain("partner", text) == text.strip().lower()


@pytest.mark.parametrize(
    ("options", "option"),
    [
        pytest.param({"tenant_id": "contoso"}, "tenant_id", id="tenant"),
        pytest.param({"tenant_id": HOME + "\nx"}, "tenant_id", id="tenant of two lines"),
        pytest.param({"client_id": "my-app"}, "client_id", id="client"),
        pytest.param({"graph_url": "graph.microsoft.com"}, "graph_url", id="no scheme"),
        pytest.param({"graph_url": "ftp://graph.microsoft.com"}, "graph_url", id="scheme"),
        pytest.param({"graph_url": "https://"}, "graph_url", id="no host"),
        pytest.param({"graph_url": "https://[bad"}, "graph_url", id="broken address"),
        pytest.param({"graph_url": "http://graph.microsoft.com"}, "graph_url", id="Graph in the clear"),
        pytest.param({"graph_url": "http://127.0.0.1.example.com"}, "graph_url", id="a name that looks like loopback"),
        pytest.param({"graph_url": "http://0.0.0.0"}, "graph_url", id="any address"),
        pytest.param({"login_url": "http://login.microsoftonline.com"}, "login_url", id="login in the clear"),
        pytest.param({"client_secret": "short"}, "client_secret", id="secret"),
        pytest.param({"access_token": "a.b.c"}, "access_token", id="token"),
        pytest.param(
            {"client_certificate_path": "/x", "client_certificate_password": "1234567"},
            "client_certificate_password",
            id="password",
        ),
        pytest.param({"access_token": '"eyJhbGciOi.x.y"\u00e4'}, "access_token", id="token with odd letters"),
        pytest.param({"access_token": "eyJhbGciOi x.y.z"}, "access_token", id="token of two words"),
        pytest.param({"proxy": "proxy.example:3128"}, "proxy", id="proxy without scheme"),
        pytest.param({"proxy": "http://[proxy"}, "proxy", id="broken proxy"),
        pytest.param({"graph_url": "https://graph.example:port"}, "graph_url", id="port"),
        pytest.param({"timeout": float("nan")}, "timeout", id="no number"),
        pytest.param({"max_wait": float("inf")}, "max_wait", id="for ever"),
        pytest.param({"timeout": 0}, "timeout", id="timeout"),
        pytest.param({"timeout": -1}, "timeout", id="negative timeout"),
        pytest.param({"max_wait": 0}, "max_wait", id="max_wait"),
    ],
)
def test_an_option_that_cannot_work_is_refused_by_its_name(options: dict[str, t.Any], option: str) -> None:
    error = refusal(**options)
    assert error.option == option
    assert error.explanation().startswith(f"{option}: ")
    assert error.code == "InvalidOption"


@pytest.mark.parametrize("tenant", [None, ""])
def test_a_missing_tenant_is_told_how_to_be_given(tenant: str | None) -> None:
    error = refusal(tenant_id=tenant)
    assert error.option == "tenant_id"
    assert "ENTRA_TENANT_ID" in error.hint


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "[::1]"])
def test_plain_http_is_taken_to_loopback(host: str) -> None:
    link = connection(graph_url=f"http://{host}:8080/", login_url=f"http://{host}:8081")
    assert (link.graph_url, link.login_url) == (f"http://{host}:8080", f"http://{host}:8081")


@given(address=st.ip_addresses())
def test_loopback_is_what_the_address_says(address: t.Any) -> None:
    assert is_loopback(str(address)) == address.is_loopback


def test_a_secret_of_the_shortest_length_is_taken_and_not_shown() -> None:
    secret = "z" * SHORTEST_SECRET
    link = connection(client_secret=secret)
    assert link.client_secret == secret
    assert secret not in repr(link)


def test_no_secret_is_in_the_text_of_a_refusal() -> None:
    assert "short" not in refusal(client_secret="short").explanation()


def test_a_token_is_taken_without_the_line_end_that_it_was_read_with() -> None:
    text = token()
    assert connection(access_token=f"{text}\n").access_token == text


# How to sign in


@pytest.mark.parametrize(
    ("given", "method"),
    [
        ({"access_token": SECRET, "client_secret": SECRET}, "access_token"),
        ({"client_secret": SECRET, "client_certificate_path": "/c"}, "client_secret"),
        ({"client_certificate_path": "/c", "federated_token_file": "/f"}, "client_certificate"),
        ({"federated_token_file": "/f"}, "federated"),
    ],
)
def test_auto_takes_the_first_way_that_is_given(given: dict[str, t.Any], method: str) -> None:
    assert connection(**given).auth_method == method


def test_auto_with_nothing_given_names_all_ways() -> None:
    error = refusal(auth_method="auto")
    assert error.option == "auth_method"
    for name in ("access_token", "client_secret", "client_certificate_path", "federated_token_file"):
        assert name in error.message
    assert "managed_identity" in error.hint
    assert "azure_cli" in error.hint


def test_a_way_that_is_named_comes_before_what_auto_would_take() -> None:
    link = connection(auth_method="client_secret", client_secret=SECRET, access_token=token())
    assert link.auth_method == "client_secret"


@pytest.mark.parametrize(
    ("method", "option"),
    [
        ("access_token", "access_token"),
        ("client_secret", "client_secret"),
        ("client_certificate", "client_certificate_path"),
        ("federated", "federated_token_file"),
    ],
)
def test_a_way_that_is_named_needs_its_own_option(method: str, option: str) -> None:
    error = refusal(auth_method=method)
    assert error.option == option
    assert method in error.message


@pytest.mark.parametrize(
    ("method", "given"),
    [
        ("client_secret", {"client_secret": SECRET}),
        ("client_certificate", {"client_certificate_path": "/c"}),
        ("federated", {"federated_token_file": "/f"}),
    ],
)
@pytest.mark.parametrize("named", [True, False])
def test_an_app_needs_its_client_id(method: str, given: dict[str, t.Any], named: bool) -> None:
    error = refusal(client_id=None, **given, **({"auth_method": method} if named else {}))
    assert error.option == "client_id"


@pytest.mark.parametrize("method", ["managed_identity", "azure_cli"])
def test_some_ways_need_no_client(method: str) -> None:
    link = connection(auth_method=method, client_id=None)
    assert (link.auth_method, link.client_id) == (method, "")


def test_a_ready_token_needs_no_client() -> None:
    assert connection(client_id=None).auth_method == "access_token"


# Endpoints


@pytest.mark.parametrize("cloud", sorted(CLOUDS))
def test_each_cloud_has_its_endpoints_and_its_audience(cloud: str) -> None:
    link = connection(cloud=cloud)
    assert (link.graph_url, link.login_url) == (CLOUDS[cloud].graph_url, CLOUDS[cloud].login_url)
    assert link.scope == f"{CLOUDS[cloud].graph_url}/.default"


def test_the_clouds_offered_are_the_clouds_known() -> None:
    assert CONNECTION["cloud"]["choices"] == list(CLOUDS)


def test_a_private_way_to_graph_keeps_the_clouds_audience() -> None:
    link = connection(graph_url="https://private.example/", cloud="usgov")
    assert (link.graph_url, link.scope) == ("https://private.example", "https://graph.microsoft.us/.default")


def test_another_login_endpoint_keeps_the_clouds_audience() -> None:
    link = connection(login_url="https://login.example/")
    assert (link.login_url, link.scope) == ("https://login.example", "https://graph.microsoft.com/.default")


def test_both_endpoints_replaced_are_a_cloud_with_an_audience_of_its_own() -> None:
    assert (
        connection(graph_url="https://g.example", login_url="https://l.example").scope == "https://g.example/.default"
    )


# The rest


def test_empty_texts_count_as_unset() -> None:
    texts = [name for name, option in CONNECTION.items() if option["type"] in ("str", "path")]
    empty = dict.fromkeys(set(texts) - {"tenant_id", "client_id", "auth_method", "cloud", "client_secret"}, "")
    assert connection(client_secret=SECRET, **empty) == connection(client_secret=SECRET)


@pytest.mark.parametrize(
    ("given", "verify"),
    [
        ({}, True),
        ({"ca_path": "/ca.pem"}, "/ca.pem"),
        ({"skip_tls_verification": True}, False),
        ({"skip_tls_verification": True, "ca_path": "/ca.pem"}, False),
    ],
)
def test_certificates_are_checked_unless_told_otherwise(given: dict[str, t.Any], verify: t.Any) -> None:
    assert connection(**given).verify is verify or connection(**given).verify == verify


def test_defaults_are_those_of_the_options() -> None:
    link = Connection.from_options(connection_options(client_secret=SECRET))
    assert (link.timeout, link.max_wait, link.proxy) == (30.0, 600.0, "")
    defaults = Connection("t", "m", "g", "l", "s")
    assert (defaults.timeout, defaults.max_wait) == (link.timeout, link.max_wait)


def test_ids_are_taken_in_lower_case() -> None:
    link = connection(tenant_id=HOME.upper(), client_id=CLIENT.upper())
    assert (link.tenant_id, link.client_id) == (HOME, CLIENT)
