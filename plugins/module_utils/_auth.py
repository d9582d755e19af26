# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connection -> token. Knows msal, knows no Graph path. PRIVATE to the collection."""

from __future__ import annotations

import json
import re
import subprocess
import typing as t
from pathlib import Path
from urllib.parse import urlsplit

from ._connection import is_guid
from ._errors import AuthError, InputError
from ._http import Http, Unreachable, missing
from ._token import Token
from ._waiting import growing_delays

if t.TYPE_CHECKING:
    from ._connection import Connection
    from ._waiting import Patience

ATTEMPTS = 4

# One sentence of remedy for each refusal that users meet (graph-api.md section 2).
REMEDIES = {
    "AADSTS90002": "Check tenant_id: no such tenant is known to this login endpoint; is cloud the right one?",
    "AADSTS900023": "Check tenant_id: it is neither a tenant's id nor one of its domains",
    "AADSTS700016": "Check client_id and tenant_id: the app is not known in this tenant; was it consented to there, or"
    " does the credential belong to the other tenant?",
    "AADSTS7000215": "Check client_secret: it is not one of this app's; give the secret's value, not its id",
    "AADSTS7000222": "The client secret has expired: make a new one in the app registration",
    "AADSTS700027": "Check client_certificate_path: the certificate is not (or no longer) registered with the app",
    "AADSTS700024": "The signed assertion is not valid at this time: check this machine's clock",
    "AADSTS70021": "No federated credential of the app matches the token's issuer, subject and audience",
    "AADSTS700213": "No federated credential of the app matches the token's subject",
    "AADSTS65001": "An administrator has to consent to the app's permissions in this tenant",
    "AADSTS7000112": "The app is disabled in this tenant: enable its service principal",
    "AADSTS500011": "Graph is not known under this audience: check cloud and graph_url",
    "AADSTS70011": "The scope is not valid here: check cloud and graph_url",
    "AADSTS53003": "A Conditional Access policy for workload identities blocks the sign-in",
}


class TokenStore(t.Protocol):
    """Where tasks of one run leave tokens for each other."""

    def locked(self, key: str) -> t.ContextManager[None]:
        """Hold off the others."""

    def get(self, key: str) -> Token | None:
        """The token that was left, or None."""

    def put(self, key: str, token: Token) -> None:
        """Leave a token."""


class TokenSource:
    """Tokens for one connection: asked for when first needed, kept while they last.

    :param http: the session that the sign-in uses.
    :param patience: pays for waiting when the login endpoint is busy.
    :param store: where other tasks may have left a token; None for a task that stands alone.
    """

    def __init__(self, connection: Connection, http: Http, patience: Patience, store: TokenStore | None = None) -> None:
        self._connection = connection
        self._http = http
        self._patience = patience
        self._store = store if self.renewable else None
        self._token: Token | None = None

    def token(self) -> Token:
        """A token for the tenant.

        :raises AuthError: the sign-in failed, or the token is another tenant's.
        """
        if self._token is None or not self._token.usable:
            self._token = self._shared(refused=None)
        return self._token

    @property
    def renewable(self) -> bool:
        """Whether asking again can give a newer token."""
        return self._connection.auth_method != "access_token"

    def renew(self) -> None:
        """Take another token than the one that the service no longer takes."""
        self._token = self._shared(refused=self._token)

    def _shared(self, refused: Token | None) -> Token:
        """The token that another task left, unless it is worn out or refused; else a new one, left for the others."""
        if self._store is None:
            return self._sign_in()
        key = self._connection.fingerprint
        with self._store.locked(key):
            token = self._store.get(key)
            if token is None or not token.usable or (refused and token.text == refused.text):
                token = self._sign_in()
                self._store.put(key, token)
        return token

    def _sign_in(self) -> Token:
        delays = growing_delays(1.0)
        attempts = 0
        while True:
            attempts += 1
            try:
                token = SIGN_IN[self._connection.auth_method](self._connection, self._http)
            except Unreachable as error:
                delay = next(delays)
                if error.lasting or attempts == ATTEMPTS or not self._patience.allows(delay):
                    raise self._failure(
                        "Unreachable",
                        f"the login endpoint could not be reached: {error}",
                        "Check login_url, proxy, ca_path and the network",
                    ) from error
                self._patience.wait(delay)
            except AuthError as error:
                error.tenant_id = self._connection.tenant_id
                raise
            else:
                self._refuse_other_tenant(token)
                return token

    def _refuse_other_tenant(self, token: Token) -> None:
        wanted = self._connection.tenant_id
        if token.tenant_id is None or wanted == token.tenant_id:
            return
        # A token asked for by domain is that domain's by construction; a ready one may be anybody's.
        if not is_guid(wanted):
            if self._connection.auth_method in ("client_secret", "client_certificate", "federated"):
                return
            if self.tenant_of_domain(wanted) == token.tenant_id:
                return
        raise self._failure(
            "TenantMismatch",
            f"tenant_id names {wanted}, but the token was issued by tenant {token.tenant_id}",
            "Give the credential of the tenant that tenant_id names; are source and target exchanged?",
        )

    def tenant_of_domain(self, domain: str) -> str | None:
        """The id of the tenant that owns a domain, from the login endpoint's public description; None if unknown."""
        url = f"{self._connection.login_url}/{domain}/v2.0/.well-known/openid-configuration"
        try:
            answer = _LoginHttp(self._connection, self._http).get(url)
            issuer = urlsplit(json.loads(answer.text)["issuer"])
        except (ValueError, KeyError, TypeError):
            return None
        tenant = issuer.path.strip("/").split("/")[0].lower()
        return tenant if is_guid(tenant) else None

    def _failure(self, code: str, message: str, hint: str) -> AuthError:
        error = AuthError(code, message, hint=hint)
        error.action = "sign in"
        error.tenant_id = self._connection.tenant_id
        return error


def _from_ready_token(connection: Connection, http: Http) -> Token:
    return Token.of(connection.access_token)


def _from_client_secret(connection: Connection, http: Http) -> Token:
    return _by_msal(connection, http, connection.client_secret)


def _from_certificate(connection: Connection, http: Http) -> Token:
    try:
        return _by_msal(connection, http, _certificate(connection))
    except (ValueError, TypeError) as error:
        raise InputError(
            "client_certificate_path",
            f"'{connection.client_certificate_path}' cannot be used: {error}",
            hint="Check the file and client_certificate_password",
        ) from error


def _from_federated_token(connection: Connection, http: Http) -> Token:
    path = Path(connection.federated_token_file)
    try:
        assertion = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise InputError("federated_token_file", f"'{path}' cannot be read: {error.strerror}") from error
    return _by_msal(connection, http, {"client_assertion": assertion})


def _from_managed_identity(connection: Connection, http: Http) -> Token:
    msal = _import_msal()
    identity = (
        msal.UserAssignedManagedIdentity(client_id=connection.client_id)
        if connection.client_id
        else msal.SystemAssignedManagedIdentity()
    )
    client = msal.ManagedIdentityClient(identity, http_client=_LoginHttp(connection, http))
    try:
        result = client.acquire_token_for_client(resource=connection.scope.removesuffix("/.default"))
    except msal.ManagedIdentityError as error:
        raise _refusal("managed_identity", str(error)) from error
    return _token_or_refusal(result)


def _from_azure_cli(connection: Connection, http: Http) -> Token:
    command = ["az", "account", "get-access-token", "--output", "json"]
    command += ["--scope", connection.scope, "--tenant", connection.tenant_id]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=connection.timeout * 2, check=False)
    except FileNotFoundError as error:
        raise _refusal("azure_cli", "the command az is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise _refusal("azure_cli", "the command az gave no answer in time") from error
    if done.returncode:
        raise _refusal("azure_cli", done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "az failed")
    try:
        return Token.of(json.loads(done.stdout)["accessToken"])
    except (ValueError, KeyError, TypeError) as error:
        raise _refusal("azure_cli", "az gave an answer without a token") from error


SIGN_IN: dict[str, t.Callable[[Connection, Http], Token]] = {
    "access_token": _from_ready_token,
    "client_secret": _from_client_secret,
    "client_certificate": _from_certificate,
    "federated": _from_federated_token,
    "managed_identity": _from_managed_identity,
    "azure_cli": _from_azure_cli,
}


def _certificate(connection: Connection) -> dict[str, t.Any]:
    """The client certificate as msal takes it; PEM or PFX is told by its content, not by its name."""
    path = Path(connection.client_certificate_path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError("client_certificate_path", f"'{path}' cannot be read: {error.strerror}") from error
    if not content.strip():
        raise InputError("client_certificate_path", f"'{path}' is empty")
    password = connection.client_certificate_password
    if b"-----BEGIN" not in content:
        return {"private_key_pfx_path": str(path), "passphrase": password or None}
    text = content.decode("utf-8", errors="replace")
    key, certificate = _pem_block(text, "PRIVATE KEY"), _pem_block(text, "CERTIFICATE")
    if not key or not certificate:
        raise InputError(
            "client_certificate_path",
            f"'{path}' must hold both the certificate and its private key",
            hint="Put both into one PEM file, or use a PFX file",
        )
    credential = {"private_key": key, "public_certificate": certificate}
    return {**credential, "passphrase": password} if password else credential


def _pem_block(text: str, label: str) -> str:
    found = re.search(rf"-----BEGIN (?:[A-Z]+ )*{label}-----.+?-----END (?:[A-Z]+ )*{label}-----", text, re.DOTALL)
    return found.group() if found else ""


def _by_msal(connection: Connection, http: Http, credential: t.Any) -> Token:
    msal = _import_msal()
    login = urlsplit(connection.login_url)
    try:
        client = msal.ConfidentialClientApplication(
            connection.client_id,
            client_credential=credential,
            authority=f"https://{login.netloc}{login.path}/{connection.tenant_id}",
            instance_discovery=False,
            http_client=_LoginHttp(connection, http),
        )
        result = client.acquire_token_for_client(scopes=[connection.scope])
    except ValueError as error:
        if "authority" not in str(error):
            raise
        # msal hides the login endpoint's answer, which tells what is wrong, behind its own sentence.
        raise _refusal("invalid_request", f"{error.__context__ or error}") from error
    return _token_or_refusal(result)


def _token_or_refusal(result: t.Mapping[str, t.Any]) -> Token:
    if "access_token" in result:
        return Token.of(result["access_token"], float(result.get("expires_in", 3600)))
    raise _refusal(
        str(result.get("error", "unknown")), str(result.get("error_description", "")), result.get("correlation_id")
    )


def _refusal(code: str, description: str, request_id: str | None = None) -> AuthError:
    found = re.search(r"AADSTS\d+", description)
    code = found.group() if found else code
    # The description's later lines are a trace id and a time.
    lines = description.splitlines()
    first = lines[0] if lines else f"the sign-in was refused ({code})"
    hint = REMEDIES.get(code, "Check client_id, the credential and tenant_id")
    error = AuthError(code, first if code in first else f"{code}: {first}", hint=hint, request_id=request_id)
    error.action = "sign in"
    return error


def _import_msal() -> t.Any:
    try:
        import msal
    except ImportError as error:
        raise missing("msal", error) from error
    return msal


class _LoginAnswer(t.NamedTuple):
    """What msal reads of an answer."""

    status_code: int
    text: str
    headers: t.Mapping[str, str]

    def raise_for_status(self) -> None:
        if self.status_code >= 400:
            raise Unreachable(f"the login endpoint answered HTTP {self.status_code}", sent=True)


class _LoginHttp:
    """Our session in the form that msal expects.

    msal takes only https authorities. A login endpoint on loopback may be plain http: it is called https towards msal
    and http on the wire.
    """

    def __init__(self, connection: Connection, http: Http) -> None:
        login = urlsplit(connection.login_url)
        self._plain = f"http://{login.netloc}/" if login.scheme == "http" else ""
        self._http = http

    def get(self, url: str, params: t.Any = None, headers: t.Any = None, **dummy: t.Any) -> _LoginAnswer:
        return self._send("GET", url, params=params, headers=headers)

    def post(
        self, url: str, params: t.Any = None, data: t.Any = None, headers: t.Any = None, **dummy: t.Any
    ) -> _LoginAnswer:
        return self._send("POST", url, params=params, data=data, headers=headers)

    def close(self) -> None:
        """The session is the task's; it is closed there."""

    def _send(self, method: str, url: str, **options: t.Any) -> _LoginAnswer:
        secure = self._plain.replace("http://", "https://")
        if self._plain and url.startswith(secure):
            url = self._plain + url[len(secure) :]
        answer = self._http.request(method, url, **options)
        if answer.status_code == 429 or answer.status_code >= 500:
            raise Unreachable(f"the login endpoint answered HTTP {answer.status_code}", sent=True)
        text = answer.text.replace(self._plain, secure) if self._plain else answer.text
        return _LoginAnswer(answer.status_code, text, answer.headers)
