# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an application proves who it is: secret, certificate assertion, federated assertion (graph-api.md section 2)."""

from __future__ import annotations

import base64
import hmac
import time
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from .tenant import AppRegistration

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS = ["RS256", "PS256"]


class LoginError(Exception):
    """A refusal of the token endpoint."""

    def __init__(self, status: int, error: str, number: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.error = error
        self.number = number
        self.text = text


def invalid_client(number: int, text: str) -> LoginError:
    """401 invalid_client."""
    return LoginError(401, "invalid_client", number, text)


def check_secret(app: AppRegistration, secret: str) -> None:
    """Raise unless ``secret`` is one of the application's valid secrets."""
    for credential in app.secrets:
        if hmac.compare_digest(credential.value.encode(), secret.encode()):
            if credential.expired:
                raise invalid_client(
                    7000222,
                    f"The provided client secret keys for app '{app.client_id}' are expired. Visit the Azure portal to "
                    "create new keys for your app.",
                )
            return
    raise invalid_client(
        7000215,
        "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not "
        f"the client secret ID, for a secret added to app '{app.client_id}'.",
    )


def check_assertion(app: AppRegistration, assertion: str, audiences: set[str]) -> None:
    """Raise unless the signed assertion comes from a registered certificate or a trusted issuer."""
    try:
        header = jwt.get_unverified_header(assertion)
        claims: dict[str, Any] = jwt.decode(assertion, options={"verify_signature": False})
    except jwt.PyJWTError:
        raise LoginError(400, "invalid_request", 50027, "JWT token is invalid or malformed.") from None
    if header.get("alg") not in ALGORITHMS:
        raise invalid_client(700027, "The client assertion uses an algorithm that is not supported.")
    if claims.get("iss") == app.client_id:
        key = _certificate_key(app, header)
        _check_signature(assertion, key)
        if claims.get("sub") != app.client_id:
            raise invalid_client(700021, "Client assertion application identifier doesn't match 'client_id' parameter.")
        if claims.get("aud") not in audiences:
            raise invalid_client(700023, "Client assertion audience claim does not match Realm issuer.")
    else:
        _check_federated(app, assertion, claims)
    _check_times(claims)


def _check_times(claims: dict[str, Any]) -> None:
    now = time.time()
    begin, end = claims.get("nbf", claims.get("iat", 0)), claims.get("exp")
    if end is None or now > float(end) + 300 or now < float(begin) - 300:
        raise invalid_client(
            700024,
            "Client assertion is not within its valid time range. Current time: "
            f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(now))}, expiry time of assertion: {end}.",
        )


def _certificate_key(app: AppRegistration, header: dict[str, Any]) -> Any:
    wanted = {str(header[name]) for name in ("x5t", "x5t#S256", "kid") if header.get(name)}
    for pem in app.certificates:
        certificate = x509.load_pem_x509_certificate(pem.encode())
        if wanted & _thumbprints(certificate):
            return certificate.public_key()
    raise invalid_client(
        700027,
        "The certificate with identifier used to sign the client assertion is not registered on application. "
        f"[Reason - The key was not found., Thumbprint of key used by client: '{header.get('x5t', '')}']",
    )


def _thumbprints(certificate: x509.Certificate) -> set[str]:
    sha1 = certificate.fingerprint(hashes.SHA1())  # noqa: S303 - how the x5t header is defined
    sha256 = certificate.fingerprint(hashes.SHA256())
    encoded = {base64.urlsafe_b64encode(digest).decode().rstrip("=") for digest in (sha1, sha256)}
    return encoded | {entry + "=" * (-len(entry) % 4) for entry in encoded} | {sha1.hex().upper(), sha1.hex()}


def _check_signature(assertion: str, key: Any) -> None:
    try:
        jwt.decode(
            assertion,
            key,
            algorithms=ALGORITHMS,
            options={"verify_aud": False, "verify_exp": False, "verify_nbf": False, "verify_iat": False},
        )
    except jwt.PyJWTError:
        raise invalid_client(
            700027,
            "The certificate with identifier used to sign the client assertion is not registered on application. "
            "[Reason - The key was found, but use of the key to verify the signature failed.]",
        ) from None


def _check_federated(app: AppRegistration, assertion: str, claims: dict[str, Any]) -> None:
    issuers = [entry for entry in app.federated if entry["issuer"] == claims.get("iss")]
    if not issuers:
        raise invalid_client(
            700211, f"No matching federated identity record found for presented assertion issuer '{claims.get('iss')}'."
        )
    subjects = [entry for entry in issuers if entry["subject"] == claims.get("sub")]
    if not subjects:
        raise invalid_client(
            700213,
            f"No matching federated identity record found for presented assertion subject '{claims.get('sub')}'.",
        )
    matching = [entry for entry in subjects if entry.get("audience", "api://AzureADTokenExchange") == claims.get("aud")]
    if not matching:
        raise invalid_client(
            700212,
            f"No matching federated identity record found for presented assertion audience '{claims.get('aud')}'.",
        )
    pem = matching[0].get("public_key")
    if not pem:
        raise invalid_client(700027, "The signing key of the federated issuer is not known.")
    _check_signature(assertion, serialization.load_pem_public_key(pem.encode()))
