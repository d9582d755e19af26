# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ways to sign in, nearly all of them msal's. Knows no Graph path. PRIVATE to the collection."""

from __future__ import annotations

import json
import re
import subprocess
import typing as t
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

from ._connection import Connection
from ._errors import AuthError, InputError
from ._http import Http, Unreachable, imported
from ._token import Token

_DISCOVERY = "/v2.0/.well-known/openid-configuration"
# One sentence of remedy for each refusal that users meet (graph-api.md section 2).
REMEDIES = {
    "AADSTS90002": "Check tenant_id: this login endpoint knows no such tenant; is cloud the right one?",
    "AADSTS900023": "Check tenant_id: it is neither a tenant's id nor one of its domains",
    "AADSTS700016": "Check client_id and tenant_id: the app is not known in this tenant. Has it been consented to"
    " there, or does the credential belong to the other tenant?",
    "AADSTS7000215": "Check client_secret: it is not one of this app's; give the secret's value, not its id",
    "AADSTS7000222": "The client secret has expired: make a new one in the app registration",
    "AADSTS700027": "Check client_certificate_path: the certificate is not (or no longer) registered with the app",
    "AADSTS700024": "The signed assertion is not valid at this time: check this machine's clock",
    "AADSTS70021": "No federated credential of the app matches the token's issuer, subject and audience",
    "AADSTS65001": "An administrator has to consent to the app's permissions in this tenant",
    "AADSTS7000112": "The app is disabled in this tenant: enable its service principal",
    "AADSTS500011": "Graph is not known under this audience: check cloud and graph_url",
    "AADSTS70011": "The scope is not valid here: check cloud and graph_url",
    "AADSTS53003": "A Conditional Access policy for workload identities blocks the sign-in",
}


class LoginHttp:
    """Our session in the form that msal expects.

    msal takes only https authorities. A login endpoint on loopback may be plain http: it is called https towards msal
    and http on the wire.
    """

    def __init__(self, connection: Connection, http: Http) -> None:
        self._http = http
        self._plain = connection.login_url if connection.login_url.startswith("http:") else ""
        self._secure = self._plain.replace("http:", "https:", 1)

    def get(self, url: str, **options: t.Any) -> t.Any:
        """What msal reads: a managed identity's token, or where a tenant's endpoints are.

        They are always at the same place below the tenant (graph-api.md section 2), so nobody has to be asked.
        """
        if not url.endswith(_DISCOVERY):
            return self._send("GET", url, options)
        tenant = url.removesuffix(_DISCOVERY)
        endpoints = {
            "issuer": f"{tenant}/v2.0",
            "authorization_endpoint": f"{tenant}/oauth2/v2.0/authorize",
            "token_endpoint": f"{tenant}/oauth2/v2.0/token",
        }
        return SimpleNamespace(status_code=200, headers={}, text=json.dumps(endpoints))

    def post(self, url: str, **options: t.Any) -> t.Any:
        """What msal asks: a token. A login endpoint answers with a JSON object, whatever it says."""
        answer = self._send("POST", url, options)
        try:
            spoken = isinstance(json.loads(answer.text), dict)
        except ValueError:
            spoken = False
        if not spoken:
            raise Unreachable(f"it answered HTTP {answer.status_code}, and not with JSON", sent=True, lasting=True)
        return answer

    def close(self) -> None:
        """The session is the task's, which closes it."""

    def _send(self, method: str, url: str, options: dict[str, t.Any]) -> t.Any:
        if self._plain:
            url = url.replace(self._secure, self._plain, 1)
        kept = {name: options[name] for name in ("params", "data", "headers") if name in options}
        answer = self._http.request(method, url, **kept)
        if answer.status_code == 429 or answer.status_code >= 500:
            raise Unreachable(f"it answered HTTP {answer.status_code}", sent=True)
        return answer


def _by_access_token(connection: Connection, dummy: Http) -> Token:
    return Token.of(connection.access_token)


def _by_client_secret(connection: Connection, http: Http) -> Token:
    return _by_msal(connection, http, connection.client_secret)


def _by_certificate(connection: Connection, http: Http) -> Token:
    """PEM or PFX is told by the file's content, not by its name."""
    option, path = "client_certificate_path", connection.client_certificate_path
    content = _read(option, path)
    credential: dict[str, t.Any] = {"private_key_pfx_path": path}
    if b"-----BEGIN" in content:
        key, certificate = _pem_block(content, "PRIVATE KEY"), _pem_block(content, "CERTIFICATE")
        if not key or not certificate:
            raise InputError(option, f"'{path}' must hold both the certificate and its private key")
        credential = {"private_key": key, "public_certificate": certificate}
    if connection.client_certificate_password:
        credential["passphrase"] = connection.client_certificate_password
    try:
        return _by_msal(connection, http, credential)
    except (ValueError, TypeError) as error:
        hint = "Check the file and client_certificate_password"
        raise InputError(option, f"'{path}' cannot be used: {error}", hint=hint) from error


def _by_federated_token(connection: Connection, http: Http) -> Token:
    assertion = _read("federated_token_file", connection.federated_token_file).decode(errors="replace").strip()
    return _by_msal(connection, http, {"client_assertion": lambda: assertion})


def _by_managed_identity(connection: Connection, http: Http) -> Token:
    msal = imported("msal")
    identity = msal.SystemAssignedManagedIdentity()
    if connection.client_id:
        identity = msal.UserAssignedManagedIdentity(client_id=connection.client_id)
    client = msal.ManagedIdentityClient(identity, http_client=LoginHttp(connection, http))
    try:
        return _token(client.acquire_token_for_client(resource=connection.scope.removesuffix("/.default")))
    except ValueError as error:
        # It is msal's ManagedIdentityError, or the answer is no JSON.
        raise _refusal("managed_identity", str(error)) from error


def _by_azure_cli(connection: Connection, dummy: Http) -> Token:
    command = ["az", "account", "get-access-token", "--output", "json"]
    command += ["--scope", connection.scope, "--tenant", connection.tenant_id]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=connection.timeout * 2, check=True)
        return Token.of(json.loads(done.stdout)["accessToken"])
    except FileNotFoundError as error:
        raise _refusal("azure_cli", "the command az is not installed") from error
    except subprocess.CalledProcessError as error:
        raise _refusal("azure_cli", (error.stderr.strip().splitlines() or ["az failed"])[-1]) from error
    except (subprocess.TimeoutExpired, ValueError, KeyError, TypeError) as error:
        raise _refusal("azure_cli", "the command az gave no token") from error


SIGN_IN: dict[str, t.Callable[[Connection, Http], Token]] = {
    "access_token": _by_access_token,
    "client_secret": _by_client_secret,
    "client_certificate": _by_certificate,
    "federated": _by_federated_token,
    "managed_identity": _by_managed_identity,
    "azure_cli": _by_azure_cli,
}


def _by_msal(connection: Connection, http: Http, credential: t.Any) -> Token:
    login = urlsplit(connection.login_url)
    client = imported("msal").ConfidentialClientApplication(
        connection.client_id,
        client_credential=credential,
        authority=f"https://{login.netloc}{login.path}/{connection.tenant_id}",
        instance_discovery=False,
        http_client=LoginHttp(connection, http),
    )
    return _token(client.acquire_token_for_client(scopes=[connection.scope]))


def _token(result: t.Mapping[str, t.Any]) -> Token:
    if "access_token" in result:
        return Token.of(result["access_token"], float(result.get("expires_in", 3600)))
    raise _refusal(str(result.get("error")), str(result.get("error_description", "")), result.get("correlation_id"))


def _refusal(code: str, description: str, request_id: str | None = None) -> AuthError:
    found = re.search(r"AADSTS\d+", description)
    code = found.group() if found else code
    # The description's later lines are a trace id and a time.
    reason = (description.splitlines() or ["the sign-in was refused"])[0]
    hint = REMEDIES.get(code, "Check client_id, the credential and tenant_id")
    return AuthError(code, reason if code in reason else f"{code}: {reason}", hint=hint, request_id=request_id)


def _read(option: str, path: str) -> bytes:
    try:
        content = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise InputError(option, f"'{path}' cannot be read: {getattr(error, 'strerror', error)}") from error
    if not content.strip():
        raise InputError(option, f"'{path}' is empty")
    return content


def _pem_block(content: bytes, label: str) -> str:
    text = content.decode(errors="replace")
    found = re.search(rf"-----BEGIN (?:[A-Z]+ )*{label}-----.+?-----END (?:[A-Z]+ )*{label}-----", text, re.DOTALL)
    return found.group() if found else ""
