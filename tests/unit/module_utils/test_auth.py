# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signing in, with msal against scripted answers of the login endpoint."""

from __future__ import annotations

import contextlib
import datetime
import json
import re
import stat
import sys
import typing as t
from pathlib import Path
from unittest import mock

import pytest
import requests
from ansible_collections.entra.crosstenant.plugins.module_utils._auth import ATTEMPTS, TokenSource
from ansible_collections.entra.crosstenant.plugins.module_utils._errors import (
    AuthError,
    EntraError,
    InputError,
    MissingLibrary,
)
from ansible_collections.entra.crosstenant.plugins.module_utils._http import Http
from ansible_collections.entra.crosstenant.plugins.module_utils._token import Token
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from unit.conversation import Conversation, Exchange
from unit.factories import (
    CLIENT,
    GRAPH,
    HOME,
    LOCAL_GRAPH,
    LOCAL_LOGIN,
    LOGIN,
    OTHER,
    SECRET,
    Clock,
    connection,
    token,
    token_source,
)

PASSWORD = "pass-phrase-of-the-key"
ASSERTION = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ3b3JrbG9hZCJ9.sig"
DOMAIN = "contoso.example"
BROKEN_KEY, BROKEN_CERTIFICATE = (
    f"-----BEGIN {label}-----\nAA==\n-----END {label}-----\n" for label in ("PRIVATE KEY", "CERTIFICATE")
)
IMDS = "http://169.254.169.254/metadata/identity/oauth2/token"


def discovery(tenant: str, issuer: str = HOME, **more: t.Any) -> Exchange:
    """The login endpoint tells which tenant owns a domain. Nobody asks it where the endpoints are."""
    return Exchange(
        "GET",
        f"{LOGIN}/{tenant}/v2.0/.well-known/openid-configuration",
        **{"reply": {"issuer": f"{LOGIN}/{issuer}/v2.0"}, **more},
    )


def asking(
    tenant: str = HOME, login: str = LOGIN, graph: str = GRAPH, credential: t.Any = None, **more: t.Any
) -> Exchange:
    """A token is asked for; unless told otherwise, it is given."""
    form = {
        "client_id": CLIENT,
        "client_info": "1",
        "grant_type": "client_credentials",
        "scope": f"{graph}/.default",
        **(credential or {"client_secret": SECRET}),
    }
    given = {"reply": {"token_type": "Bearer", "expires_in": 3599, "access_token": token()}, **more}
    return Exchange("POST", f"{login}/{tenant}/oauth2/v2.0/token", form=form, **given)


ASSERTED = {
    "client_assertion": mock.ANY,
    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
}


def refusing(code: str, error: str = "invalid_client", status: int = 401) -> dict[str, t.Any]:
    """An answer that refuses to give a token."""
    return {
        "status": status,
        "reply": {
            "error": error,
            "error_description": f"{code}: What the service says of it.\r\nTrace ID: t\r\nTimestamp: 2026-01-01",
            "error_codes": [int(code.removeprefix("AADSTS"))],
            "correlation_id": "11111111-2222-4333-8444-555555555555",
        },
    }


def sign_in(*exchanges: Exchange, clock: Clock | None = None, **given: t.Any) -> TokenSource:
    with Conversation(*exchanges) as conversation:
        source = token_source(conversation, clock, **given)
        try:
            source.token()
        except Exception:
            conversation.finish()
            raise
    return source


def refusal(*exchanges: Exchange, kind: type[EntraError] = AuthError, **given: t.Any) -> t.Any:
    with pytest.raises(kind) as raised:
        sign_in(*exchanges, **given)
    error = raised.value
    for text in (error.explanation(), json.dumps(error.details()), repr(error)):
        for secret in (SECRET, PASSWORD, ASSERTION):
            assert secret not in text
    return error


# Client secrets


def test_a_client_secret_gives_a_token_once() -> None:
    with Conversation(asking()) as conversation:
        source = token_source(conversation, client_secret=SECRET)
        first = source.token()
        assert source.token() is first
    assert first.tenant_id == HOME
    assert first.usable
    assert source.renewable


def test_renewing_asks_again() -> None:
    with Conversation(asking(), asking()) as conversation:
        source = token_source(conversation, client_secret=SECRET)
        source.renew(source.token())
        source.token()


def test_only_the_token_that_was_refused_is_renewed() -> None:
    with Conversation(asking(), asking()) as conversation:
        source = token_source(conversation, client_secret=SECRET)
        refused = source.token()
        source.renew(refused)
        newer = source.token()
        # Another request that was refused at the same time asks a moment later.
        source.renew(refused)
        assert source.token() is newer


def test_a_worn_out_token_is_replaced_when_it_is_next_needed() -> None:
    short: dict[str, t.Any] = {"reply": {"token_type": "Bearer", "expires_in": 60, "access_token": token()}}
    with Conversation(asking(**short), asking()) as conversation:
        source = token_source(conversation, client_secret=SECRET)
        source.token()
        assert source.token().usable


def test_a_login_endpoint_on_loopback_may_be_plain_http() -> None:
    sign_in(
        asking(login=LOCAL_LOGIN, graph=LOCAL_GRAPH),
        client_secret=SECRET,
        graph_url=LOCAL_GRAPH,
        login_url=LOCAL_LOGIN,
    )


def test_a_login_endpoint_may_lie_below_a_path() -> None:
    login = "https://proxy.example/login"
    sign_in(asking(login=login), client_secret=SECRET, login_url=login)


def test_another_cloud_is_asked_for_its_own_audience() -> None:
    login, graph = "https://login.microsoftonline.us", "https://dod-graph.microsoft.us"
    sign_in(asking(login=login, graph=graph), client_secret=SECRET, cloud="usgov_dod")


def test_a_tenant_named_by_its_domain_gives_the_token_of_that_tenant() -> None:
    with Conversation(asking(DOMAIN), discovery(DOMAIN)) as conversation:
        assert token_source(conversation, client_secret=SECRET, tenant_id=DOMAIN).token().tenant_id == HOME


@pytest.mark.parametrize(
    ("code", "error", "remedy"),
    [
        ("AADSTS7000215", "invalid_client", "client_secret"),
        ("AADSTS7000222", "invalid_client", "expired"),
        ("AADSTS700016", "unauthorized_client", "client_id"),
        ("AADSTS65001", "invalid_grant", "consent"),
        ("AADSTS7000112", "unauthorized_client", "disabled"),
        ("AADSTS500011", "invalid_resource", "graph_url"),
        ("AADSTS53003", "access_denied", "Conditional Access"),
        ("AADSTS9999999", "invalid_request", "client_id"),
    ],
)
def test_a_refusal_is_told_with_its_code_and_its_remedy(code: str, error: str, remedy: str) -> None:
    told = refusal(asking(**refusing(code, error)), client_secret=SECRET)
    assert told.code == code
    assert remedy in told.hint
    text = told.explanation()
    assert text.startswith(f"Could not get a token in tenant {HOME}: ")
    assert text.count(code) == 1
    assert "What the service says of it." in text
    assert "Trace ID" not in text
    assert told.details()["request_id"] == "11111111-2222-4333-8444-555555555555"
    assert told.details()["tenant_id"] == HOME


@pytest.mark.parametrize("code", ["AADSTS90002", "AADSTS900023"])
def test_a_tenant_that_is_not_known_is_told_as_such(code: str) -> None:
    told = refusal(asking(**refusing(code, "invalid_request", 400)), client_secret=SECRET)
    assert told.code == code
    assert "tenant_id" in told.hint
    assert told.tenant_id == HOME


def test_a_refusal_without_a_code_still_is_told() -> None:
    told = refusal(asking(status=400, reply={"error": "invalid_request"}), client_secret=SECRET)
    assert told.code == "invalid_request"
    assert "refused" in told.explanation()


def test_the_token_of_another_tenant_is_refused() -> None:
    foreign = {"token_type": "Bearer", "expires_in": 3599, "access_token": token(tid=OTHER)}
    told = refusal(asking(reply=foreign), client_secret=SECRET)
    assert told.code == "TenantMismatch"
    assert HOME in told.message
    assert OTHER in told.message
    assert "exchanged" in told.hint


# Tokens that tasks of one run share


class Store:
    """Where tasks leave tokens; notes who holds it."""

    def __init__(self, **left: Token) -> None:
        self.left: dict[str, Token] = left
        self.held = False

    @contextlib.contextmanager
    def locked(self, key: str) -> t.Iterator[None]:
        self.held = True
        yield
        self.held = False

    def get(self, key: str) -> Token | None:
        assert self.held
        return self.left.get(key)

    def put(self, key: str, left: Token) -> None:
        assert self.held
        self.left[key] = left


def shared(conversation: Conversation, store: Store, **given: t.Any) -> TokenSource:
    link = connection(**given)
    return TokenSource(link, Http(link, conversation.session()), Clock().patience(), store)


def test_a_token_that_another_task_left_saves_the_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store()
    with Conversation(asking()) as conversation:
        first = shared(conversation, store, client_secret=SECRET).token()
    monkeypatch.setitem(sys.modules, "msal", None)
    with Conversation() as conversation:
        assert shared(conversation, store, client_secret=SECRET).token() is first


@pytest.mark.parametrize(
    "other",
    [
        {"client_secret": SECRET + "x"},
        {"client_secret": SECRET, "client_id": OTHER},
        {"client_secret": SECRET, "tenant_id": OTHER},
        {"client_secret": SECRET, "login_url": "https://login.example"},
        {"client_secret": SECRET, "cloud": "usgov"},
    ],
)
def test_a_token_is_shared_by_those_who_sign_in_alike_and_by_nobody_else(other: dict[str, t.Any]) -> None:
    mine = connection(client_secret=SECRET)
    assert mine.fingerprint == connection(client_secret=SECRET).fingerprint
    assert mine.fingerprint != connection(**other).fingerprint
    assert SECRET not in mine.fingerprint


def test_a_token_that_is_worn_out_or_refused_is_replaced_for_all() -> None:
    key = connection(client_secret=SECRET).fingerprint
    store = Store(**{key: Token.of(token(), expires_in=10)})
    with Conversation(asking(), asking()) as conversation:
        source = shared(conversation, store, client_secret=SECRET)
        first = source.token()
        assert store.left[key] is first
        source.renew(first)
        assert store.left[key] is source.token() is not first


def test_a_refused_token_that_another_task_replaced_already_is_not_asked_for_again() -> None:
    key = connection(client_secret=SECRET).fingerprint
    refused, newer = Token.of("refused", expires_in=3600), Token.of("newer", expires_in=3600)
    store = Store(**{key: refused})
    with Conversation() as conversation:
        source = shared(conversation, store, client_secret=SECRET)
        assert source.token() is refused
        store.left[key] = newer
        source.renew(refused)
        assert source.token() is newer


def test_a_ready_token_is_left_for_nobody() -> None:
    store = Store()
    with Conversation() as conversation:
        shared(conversation, store, access_token=token()).token()
    assert store.left == {}


# A busy or unreachable login endpoint


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_login_endpoint_is_asked_again(status: int) -> None:
    clock = Clock()
    busy: dict[str, t.Any] = {"status": status, "reply": "busy"}
    sign_in(asking(**busy), asking(**busy), asking(), client_secret=SECRET, clock=clock)
    assert clock.waits == [1.0, 2.0]


def test_a_lost_connection_to_the_login_endpoint_is_tried_again() -> None:
    clock = Clock()
    sign_in(asking(error=requests.ConnectionError("reset")), asking(), client_secret=SECRET, clock=clock)
    assert clock.waits == [1.0]


def test_a_login_endpoint_that_stays_busy_is_given_up() -> None:
    clock = Clock()
    busy = asking(status=503, reply="busy")
    told = refusal(*[busy] * ATTEMPTS, client_secret=SECRET, clock=clock)
    assert told.code == "Unreachable"
    assert "503" in told.message
    assert "login_url" in told.hint
    assert clock.waits == [1.0, 2.0, 4.0]


def test_the_task_does_not_wait_longer_than_it_may() -> None:
    clock = Clock()
    busy = asking(status=503, reply="busy")
    refusal(busy, busy, client_secret=SECRET, clock=clock, max_wait=2.5)
    assert clock.waits == [1.0]


def test_a_certificate_that_is_not_trusted_is_not_tried_twice() -> None:
    clock = Clock()
    told = refusal(asking(error=requests.exceptions.SSLError("self-signed")), client_secret=SECRET, clock=clock)
    assert told.code == "Unreachable"
    assert "self-signed" in told.message
    assert "ca_path" in told.hint
    assert clock.waits == []


@pytest.mark.parametrize("status", [200, 302, 400, 404])
@pytest.mark.parametrize("reply", ["<html>Welcome to this hotel", "", "[]", "null"])
def test_what_answers_in_place_of_a_login_endpoint_is_told_from_it(status: int, reply: str) -> None:
    clock = Clock()
    told = refusal(asking(status=status, reply=reply), client_secret=SECRET, clock=clock)
    assert told.code == "Unreachable"
    assert f"HTTP {status}" in told.message
    assert "hotel" not in told.explanation()
    assert "login_url" in told.hint
    assert clock.waits == []


# Ready tokens


def test_a_ready_token_is_used_as_it_is() -> None:
    source = sign_in(access_token=token())
    assert not source.renewable


def test_a_ready_token_of_another_tenant_is_refused() -> None:
    assert refusal(access_token=token(tid=OTHER)).code == "TenantMismatch"


def test_a_ready_token_that_does_not_say_its_tenant_is_taken() -> None:
    sign_in(access_token=token(tid=None))
    sign_in(access_token="an-opaque-token")


def test_a_ready_token_of_a_tenant_named_by_domain_is_checked_at_the_login_endpoint() -> None:
    sign_in(discovery(DOMAIN), access_token=token(), tenant_id=DOMAIN)
    told = refusal(discovery(DOMAIN, issuer=OTHER), access_token=token(), tenant_id=DOMAIN)
    assert told.code == "TenantMismatch"
    assert DOMAIN in told.message


def test_a_domain_that_nobody_owns_is_nobodys_token() -> None:
    unknown = discovery(DOMAIN, status=400, reply={"error": "invalid_tenant"})
    assert refusal(unknown, access_token=token(), tenant_id=DOMAIN).code == "TenantMismatch"


def test_a_domain_that_cannot_be_looked_up_is_a_failure_that_says_so() -> None:
    clock = Clock()
    busy = discovery(DOMAIN, status=503, reply="busy")
    with pytest.raises(AuthError) as raised, Conversation(*[busy] * ATTEMPTS) as conversation:
        token_source(conversation, clock, access_token=token(), tenant_id=DOMAIN).token()
    assert raised.value.code == "Unreachable"
    assert raised.value.tenant_id == DOMAIN


@pytest.mark.parametrize(
    "reply", ["<html>", {"issuer": 7}, {"issuer": "https://sts.example/common/"}, [], {"other": "x"}]
)
def test_a_login_endpoint_that_talks_nonsense_owns_no_domain(reply: t.Any) -> None:
    with Conversation(discovery(DOMAIN, reply=reply)) as conversation:
        assert token_source(conversation).tenant_of_domain(DOMAIN) is None


# Certificates


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def certificate(key: rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )


def encryption(password: str) -> serialization.KeySerializationEncryption:
    return serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()


def pem(key: rsa.RSAPrivateKey, certificate: x509.Certificate, password: str = "", form: t.Any = None) -> bytes:
    form = form or serialization.PrivateFormat.PKCS8
    private = key.private_bytes(serialization.Encoding.PEM, form, encryption(password))
    return private + certificate.public_bytes(serialization.Encoding.PEM)


def pfx(key: rsa.RSAPrivateKey, certificate: x509.Certificate, password: str = "") -> bytes:
    return pkcs12.serialize_key_and_certificates(b"test", key, certificate, None, encryption(password))


def sign_in_by_file(path: Path, content: bytes, password: str = "") -> None:
    path.write_bytes(content)
    sign_in(
        asking(credential=ASSERTED),
        client_certificate_path=str(path),
        client_certificate_password=password or None,
    )


@pytest.mark.parametrize("password", ["", PASSWORD], ids=["open", "password"])
@pytest.mark.parametrize("name", ["cert.pem", "cert.pfx", "cert"])
def test_a_pem_file_signs_in_whatever_its_name(
    tmp_path: Path, key: rsa.RSAPrivateKey, certificate: x509.Certificate, name: str, password: str
) -> None:
    sign_in_by_file(tmp_path / name, pem(key, certificate, password), password)


def test_a_pem_file_may_hold_the_older_form_of_a_key(
    tmp_path: Path, key: rsa.RSAPrivateKey, certificate: x509.Certificate
) -> None:
    content = pem(key, certificate, form=serialization.PrivateFormat.TraditionalOpenSSL)
    assert b"BEGIN RSA PRIVATE KEY" in content
    sign_in_by_file(tmp_path / "cert.pem", content)


@pytest.mark.parametrize("password", ["", PASSWORD], ids=["open", "password"])
@pytest.mark.parametrize("name", ["cert.pem", "cert.pfx"])
def test_a_pfx_file_signs_in_whatever_its_name(
    tmp_path: Path, key: rsa.RSAPrivateKey, certificate: x509.Certificate, name: str, password: str
) -> None:
    sign_in_by_file(tmp_path / name, pfx(key, certificate, password), password)


def test_the_assertion_names_the_certificate(
    tmp_path: Path, key: rsa.RSAPrivateKey, certificate: x509.Certificate
) -> None:
    import jwt

    path = tmp_path / "cert.pem"
    path.write_bytes(pem(key, certificate))
    with Conversation(asking(credential=ASSERTED)) as conversation:
        token_source(conversation, client_certificate_path=str(path)).token()
        body = str(conversation.requests[0].body)
    found = re.search(r"client_assertion=([^&]+)", body)
    assert found
    claims = jwt.decode(
        found.group(1), key.public_key(), algorithms=["PS256", "RS256"], audience=f"{LOGIN}/{HOME}/oauth2/v2.0/token"
    )
    assert (claims["iss"], claims["sub"]) == (CLIENT, CLIENT)


@pytest.mark.parametrize("kind", ["pem", "pfx"])
@pytest.mark.parametrize("password", [None, "not-the-password"])
def test_a_wrong_password_is_told_as_such(
    tmp_path: Path, key: rsa.RSAPrivateKey, certificate: x509.Certificate, kind: str, password: str | None
) -> None:
    path = tmp_path / "cert"
    path.write_bytes({"pem": pem, "pfx": pfx}[kind](key, certificate, PASSWORD))
    told = refusal(kind=InputError, client_certificate_path=str(path), client_certificate_password=password)
    text = told.explanation()
    assert told.option == "client_certificate_path"
    assert str(path) in text
    assert "client_certificate_password" in text
    assert "not-the-password" not in text


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "cannot be read: No such file"),
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"nonsense", "cannot be used"),
        (BROKEN_CERTIFICATE.encode(), "private key"),
        (BROKEN_KEY.encode(), "certificate"),
        (f"{BROKEN_KEY}{BROKEN_CERTIFICATE}".encode(), "cannot be used"),
    ],
    ids=["missing", "empty", "blank", "nonsense", "no key", "no certificate", "broken"],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, content: bytes | None, problem: str) -> None:
    path = tmp_path / "cert.pem"
    if content is not None:
        path.write_bytes(content)
    told = refusal(kind=InputError, client_certificate_path=str(path))
    assert told.option == "client_certificate_path"
    assert f"'{path}'" in told.message
    assert problem in told.message


def test_a_certificate_that_is_not_registered_is_told_as_such(
    tmp_path: Path, key: rsa.RSAPrivateKey, certificate: x509.Certificate
) -> None:
    path = tmp_path / "cert.pem"
    path.write_bytes(pem(key, certificate))
    told = refusal(asking(credential=ASSERTED, **refusing("AADSTS700027")), client_certificate_path=str(path))
    assert told.code == "AADSTS700027"
    assert "client_certificate_path" in told.hint


def test_an_unknown_tenant_is_not_blamed_on_the_certificate(
    tmp_path: Path, key: rsa.RSAPrivateKey, certificate: x509.Certificate
) -> None:
    path = tmp_path / "cert.pem"
    path.write_bytes(pem(key, certificate))
    unknown = asking(credential=ASSERTED, **refusing("AADSTS90002", "invalid_request", 400))
    told = refusal(unknown, client_certificate_path=str(path))
    assert told.code == "AADSTS90002"


def test_a_strange_answer_is_not_blamed_on_the_certificate(
    tmp_path: Path, key: rsa.RSAPrivateKey, certificate: x509.Certificate
) -> None:
    path = tmp_path / "cert.pem"
    path.write_bytes(pem(key, certificate))
    told = refusal(asking(credential=ASSERTED, reply="<html>"), client_certificate_path=str(path))
    assert told.code == "Unreachable"


# Workload identity federation


def test_a_federated_token_is_read_anew_for_each_sign_in(tmp_path: Path) -> None:
    path = tmp_path / "token"
    first, second = ({**ASSERTED, "client_assertion": text} for text in (ASSERTION, "a.newer.one"))
    with Conversation(asking(credential=first), asking(credential=second)) as conversation:
        source = token_source(conversation, federated_token_file=str(path))
        path.write_text(f"{ASSERTION}\n")
        first_token = source.token()
        path.write_text("a.newer.one")
        source.renew(first_token)
        source.token()


@pytest.mark.parametrize(("content", "problem"), [(None, "cannot be read"), ("", "is empty")])
def test_a_federated_token_that_is_not_there_is_named(tmp_path: Path, content: str | None, problem: str) -> None:
    path = tmp_path / "token"
    if content is not None:
        path.write_text(content)
    told = refusal(kind=InputError, federated_token_file=str(path))
    assert told.option == "federated_token_file"
    assert problem in told.message


def test_a_federated_token_that_matches_no_credential_is_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(ASSERTION)
    told = refusal(asking(credential=ASSERTED, **refusing("AADSTS70021")), federated_token_file=str(path))
    assert told.code == "AADSTS70021"
    assert "federated credential" in told.hint


# Managed identity


def imds(client: str | None = None, **more: t.Any) -> Exchange:
    query = {"api-version": "2018-02-01", "resource": GRAPH, **({"client_id": client} if client else {})}
    given = {"reply": {"access_token": token(), "expires_in": "3599", "resource": GRAPH, "token_type": "Bearer"}}
    return Exchange("GET", IMDS, query=query, headers={"Metadata": "true"}, **{**given, **more})


@pytest.fixture
def _on_a_plain_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IDENTITY_SERVER_THUMBPRINT", "MSI_ENDPOINT", "MSI_SECRET"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("_on_a_plain_machine")
def test_a_machine_signs_in_as_itself() -> None:
    sign_in(imds(), auth_method="managed_identity", client_id=None)


@pytest.mark.usefixtures("_on_a_plain_machine")
def test_a_machine_signs_in_as_the_identity_that_client_id_names() -> None:
    sign_in(imds(CLIENT), auth_method="managed_identity")


@pytest.mark.usefixtures("_on_a_plain_machine")
def test_a_machine_of_another_tenant_is_refused() -> None:
    foreign = {"access_token": token(tid=OTHER), "expires_in": "3599", "resource": GRAPH, "token_type": "Bearer"}
    told = refusal(imds(reply=foreign), auth_method="managed_identity", client_id=None)
    assert told.code == "TenantMismatch"


@pytest.mark.usefixtures("_on_a_plain_machine")
def test_a_machine_without_an_identity_is_told_as_such() -> None:
    told = refusal(
        imds(status=400, reply={"error": "invalid_request", "error_description": "Identity not found"}),
        auth_method="managed_identity",
        client_id=None,
    )
    assert "Identity not found" in told.explanation()
    assert told.tenant_id == HOME


@pytest.mark.usefixtures("_on_a_plain_machine")
def test_a_machine_whose_identity_is_answered_for_with_nonsense_is_told_as_such() -> None:
    told = refusal(imds(reply="<html>"), auth_method="managed_identity", client_id=None)
    assert told.code == "managed_identity"
    assert told.tenant_id == HOME


# Azure CLI


def fake_az(directory: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> Path:
    """A command az on PATH that keeps what it was asked."""
    asked = directory / "asked"
    script = directory / "az"
    script.write_text(
        f"#!{sys.executable}\nimport sys\nopen({str(asked)!r}, 'w').write(' '.join(sys.argv[1:]))\n{body}\n"
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(directory))
    return asked


def test_the_azure_cli_is_asked_for_this_tenant_and_this_graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = json.dumps({"accessToken": token(), "tokenType": "Bearer"})
    asked = fake_az(tmp_path, monkeypatch, f"print({answer!r})")
    sign_in(auth_method="azure_cli")
    assert asked.read_text() == (f"account get-access-token --output json --scope {GRAPH}/.default --tenant {HOME}")


def test_the_azure_cli_of_somebody_elses_tenant_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_az(tmp_path, monkeypatch, f"print({json.dumps({'accessToken': token(tid=OTHER)})!r})")
    assert refusal(auth_method="azure_cli").code == "TenantMismatch"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("sys.exit('warning\\nERROR: Please run az login.')", "Please run az login"),
        ("sys.exit(3)", "az failed"),
        ("print('{}')", "no token"),
        ("print('no JSON')", "no token"),
        ("print('[]')", "no token"),
    ],
)
def test_what_the_azure_cli_says_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, text: str) -> None:
    fake_az(tmp_path, monkeypatch, body)
    told = refusal(auth_method="azure_cli")
    assert text in told.message
    assert told.action == "get a token"
    assert told.tenant_id == HOME


def test_an_azure_cli_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "not installed" in refusal(auth_method="azure_cli").message


# Libraries


def test_a_missing_library_is_named_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "msal", None)
    told = refusal(kind=MissingLibrary, client_secret=SECRET)
    assert "msal" in told.message
    assert told.hint


def test_a_ready_token_needs_no_msal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "msal", None)
    sign_in(access_token=token())
