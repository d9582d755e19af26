# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens, client credentials, managed identity (graph-api.md section 2)."""

from __future__ import annotations

import base64
import datetime
import time
from typing import Any

import jwt
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from simulator import Simulator
from simulator.login import read_claims
from unit.simulator.simulator_helpers import AUTOMATION, NOTHING, SOURCE, TARGET, Graph, error

SECRET = "contoso-automation-not-a-real-secret"


def ask(sim: Simulator, tenant: str = SOURCE, **form: Any) -> requests.Response:
    body = {
        "grant_type": "client_credentials",
        "client_id": AUTOMATION[SOURCE],
        "client_secret": SECRET,
        "scope": f"{sim.graph_url}/.default",
        **form,
    }
    data = {key: value for key, value in body.items() if value is not None}
    return requests.post(f"{sim.login_url}/{tenant}/oauth2/v2.0/token", data=data, timeout=10)


def refused(answer: requests.Response, status: int, error_name: str, number: int) -> str:
    body = answer.json()
    assert answer.status_code == status, body
    assert (body["error"], body["error_codes"]) == (error_name, [number])
    assert body["error_description"].startswith(f"AADSTS{number}: ")
    assert {"timestamp", "trace_id", "correlation_id", "error_uri"} <= set(body)
    return str(body["error_description"])


@pytest.mark.parametrize("tenant", [SOURCE, "contoso.example", "contoso.onmicrosoft.example"])
def test_secret(sim: Simulator, tenant: str) -> None:
    answer = ask(sim, tenant)
    assert answer.status_code == 200
    body = answer.json()
    assert body["token_type"] == "Bearer"
    assert body["expires_in"] == 3599
    claims = read_claims(body["access_token"])
    assert claims["tid"] == SOURCE
    assert claims["appid"] == AUTOMATION[SOURCE]
    assert claims["idtyp"] == "app"
    assert claims["aud"] == sim.graph_url
    assert "Policy.ReadWrite.CrossTenantAccess" in claims["roles"]
    assert claims["exp"] - claims["iat"] == 3599
    assert {"oid", "iss", "nbf"} <= set(claims)


def test_official_scope_is_accepted(sim: Simulator) -> None:
    assert ask(sim, scope="https://graph.microsoft.com/.default").status_code == 200


@pytest.mark.parametrize(
    ("form", "status", "name", "number"),
    [
        ({"client_id": "99999999-0000-4000-8000-000000000000"}, 400, "unauthorized_client", 700016),
        ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
        ({"client_secret": "contoso-automation-expired-fake-secret"}, 401, "invalid_client", 7000222),
        ({"client_secret": None}, 401, "invalid_client", 7000218),
        ({"scope": "https://graph.microsoft.com/User.Read"}, 400, "invalid_scope", 70011),
        ({"scope": "https://other.example/.default"}, 400, "invalid_resource", 500011),
        ({"scope": None}, 400, "invalid_request", 900144),
        ({"client_id": None}, 400, "invalid_request", 900144),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
    ],
)
def test_refusals(sim: Simulator, form: dict[str, Any], status: int, name: str, number: int) -> None:
    refused(ask(sim, **form), status, name, number)


def test_unknown_tenant(sim: Simulator) -> None:
    assert "nowhere.example" in refused(ask(sim, "nowhere.example"), 400, "invalid_request", 90002)
    answer = requests.get(f"{sim.login_url}/nowhere.example/v2.0/.well-known/openid-configuration", timeout=10)
    refused(answer, 400, "invalid_request", 90002)


def test_application_of_the_other_tenant(sim: Simulator) -> None:
    refused(ask(sim, TARGET), 400, "unauthorized_client", 700016)


def test_no_consent(sim: Simulator) -> None:
    sim.world.tenants[SOURCE].apps[AUTOMATION[SOURCE]].consented = False
    refused(ask(sim), 400, "invalid_grant", 65001)


def test_secret_expires_behind_the_back(sim: Simulator) -> None:
    sim.expire_secret(SOURCE, AUTOMATION[SOURCE])
    refused(ask(sim), 401, "invalid_client", 7000222)


def test_discovery_says_https_and_the_guid(sim: Simulator) -> None:
    document = requests.get(f"{sim.login_url}/contoso.example/v2.0/.well-known/openid-configuration", timeout=10).json()
    host = sim.login_url.partition("://")[2]
    assert document["issuer"] == f"https://{host}/{SOURCE}/v2.0"
    assert document["token_endpoint"] == f"https://{host}/{SOURCE}/oauth2/v2.0/token"
    assert requests.get(f"{sim.login_url}/common/discovery/instance?api-version=1.1", timeout=10).status_code == 200
    keys = requests.get(f"{sim.login_url}/{SOURCE}/discovery/v2.0/keys", timeout=10).json()["keys"]
    jwt.decode(
        ask(sim).json()["access_token"], jwt.PyJWK(keys[0]).key, algorithms=["RS256"], audience=sim.graph_url, leeway=5
    )


def test_cloud_metadata_for_independent_clients(sim: Simulator) -> None:
    document = requests.get(f"{sim.graph_url}/metadata/endpoints?api-version=2022-09-01", timeout=10).json()
    assert document["microsoftGraphResourceId"] == sim.graph_url
    assert document["authentication"]["loginEndpoint"] == sim.login_url


class Certificate:
    """A key and its self-signed certificate."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
        now = datetime.datetime.now(datetime.timezone.utc)
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.key.public_key())
            .serial_number(1)
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .sign(self.key, hashes.SHA256())
        )
        self.pem = self.certificate.public_bytes(serialization.Encoding.PEM).decode()
        digest = self.certificate.fingerprint(hashes.SHA256())
        self.thumbprint = base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def assertion(self, audience: str, **changes: Any) -> str:
        now = int(time.time())
        client = AUTOMATION[SOURCE]
        claims = {"iss": client, "sub": client, "aud": audience, "exp": now + 300, "nbf": now, "jti": "1", **changes}
        return jwt.encode(claims, self.key, algorithm="PS256", headers={"x5t#S256": self.thumbprint})


@pytest.fixture(scope="module")
def certificate() -> Certificate:
    return Certificate()


def with_assertion(sim: Simulator, assertion: str) -> requests.Response:
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    return ask(sim, client_secret=None, client_assertion_type=kind, client_assertion=assertion)


def test_certificate(sim: Simulator, certificate: Certificate) -> None:
    audience = f"{sim.login_url}/{SOURCE}/oauth2/v2.0/token"
    refused(with_assertion(sim, certificate.assertion(audience)), 401, "invalid_client", 700027)
    sim.register_certificate(SOURCE, AUTOMATION[SOURCE], certificate.pem)
    assert with_assertion(sim, certificate.assertion(audience)).status_code == 200
    sim.reset()
    assert with_assertion(sim, certificate.assertion(audience)).status_code == 200
    now = int(time.time())
    refused(with_assertion(sim, certificate.assertion(audience, exp=now - 1000)), 401, "invalid_client", 700024)
    refused(with_assertion(sim, certificate.assertion("https://else.example/")), 401, "invalid_client", 700023)
    refused(with_assertion(sim, certificate.assertion(audience, sub="x")), 401, "invalid_client", 700021)
    other = Certificate()
    other.thumbprint = certificate.thumbprint
    refused(with_assertion(sim, other.assertion(audience)), 401, "invalid_client", 700027)
    refused(with_assertion(sim, "not a token"), 400, "invalid_request", 50027)


def test_federated_credential(sim: Simulator, certificate: Certificate) -> None:
    public = certificate.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    sim.register_federated_credential(SOURCE, AUTOMATION[SOURCE], "https://issuer.example", "repo:x", public.decode())

    def send(**changes: Any) -> requests.Response:
        claims = {"iss": "https://issuer.example", "sub": "repo:x", **changes}
        return with_assertion(sim, certificate.assertion(claims.pop("aud", "api://AzureADTokenExchange"), **claims))

    assert send().status_code == 200
    refused(send(sub="repo:y"), 401, "invalid_client", 700213)
    refused(send(iss="https://else.example"), 401, "invalid_client", 700211)
    refused(send(aud="api://else"), 401, "invalid_client", 700212)


def test_token_requests_are_counted_and_secrets_hidden(sim: Simulator) -> None:
    ask(sim)
    ask(sim)
    assert sim.token_requests() == {(SOURCE, AUTOMATION[SOURCE]): 2}
    entry = sim.requests(kind="token")[0]
    assert entry["body"]["client_secret"] == "***"
    assert entry["response_body"]["access_token"] == "***"
    assert SECRET not in str(sim.requests())


def test_bad_tokens(sim: Simulator, source: Graph) -> None:
    def status(token: str | None) -> str:
        headers = {} if token is None else {"Authorization": token}
        answer = requests.get(f"{sim.graph_url}/v1.0/organization", headers=headers, timeout=10)
        return error(answer, 401, "InvalidAuthenticationToken")

    assert status(None) == "Access token is empty."
    assert "not well formed" in status("Bearer abc")
    expired = sim.issue_token(SOURCE, AUTOMATION[SOURCE], lifetime=-10)
    assert status(f"Bearer {expired}") == "Access token has expired or is not yet valid."
    assert "signature" in status(f"Bearer {source.token[:-8]}AAAAAAAA")
    sim.update_settings(accept_expired_tokens=True)
    assert requests.get(
        f"{sim.graph_url}/v1.0/organization", headers={"Authorization": f"Bearer {expired}"}, timeout=10
    ).ok


def test_no_roles_claim_without_permissions(sim: Simulator) -> None:
    assert "roles" not in read_claims(sim.issue_token(SOURCE, NOTHING[SOURCE]))


def test_token_lifetime(sim: Simulator) -> None:
    sim.update_settings(token_lifetime=60)
    assert ask(sim).json()["expires_in"] == 60


def test_instance_metadata(sim: Simulator) -> None:
    url = f"{sim.login_url}/metadata/identity/oauth2/token"
    query = {"api-version": "2018-02-01", "resource": "https://graph.microsoft.com"}
    assert requests.get(url, params=query, timeout=10).status_code == 400
    body = requests.get(url, params=query, headers={"Metadata": "true"}, timeout=10).json()
    assert isinstance(body["expires_on"], str)
    answer = requests.get(
        f"{sim.graph_url}/v1.0/organization", headers={"Authorization": f"Bearer {body['access_token']}"}, timeout=10
    )
    assert answer.json()["value"][0]["id"] == SOURCE
    unknown = {**query, "client_id": "99999999-0000-4000-8000-000000000000"}
    assert requests.get(url, params=unknown, headers={"Metadata": "true"}, timeout=10).status_code == 400


def test_app_service_identity(sim: Simulator) -> None:
    url = f"{sim.login_url}/msi/token"
    query = {"api-version": "2019-08-01", "resource": "https://graph.microsoft.com/"}
    assert requests.get(url, params=query, timeout=10).status_code == 401
    headers = {"X-IDENTITY-HEADER": "simulated-identity-header"}
    assert requests.get(url, params=query, headers=headers, timeout=10).json()["token_type"] == "Bearer"


def test_msal_over_tls() -> None:
    msal = pytest.importorskip("msal")
    with Simulator(tls=True) as sim:
        session = requests.Session()
        session.trust_env = False
        session.verify = str(sim.ca_path)
        app = msal.ConfidentialClientApplication(
            AUTOMATION[SOURCE],
            authority=f"{sim.login_url}/contoso.example",
            client_credential=SECRET,
            http_client=session,
            instance_discovery=False,
        )
        token = app.acquire_token_for_client([f"{sim.graph_url}/.default"])
        headers = {"Authorization": f"Bearer {token['access_token']}"}
        assert session.get(f"{sim.graph_url}/v1.0/organization", headers=headers, timeout=10).status_code == 200
