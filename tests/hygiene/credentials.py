# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every way to sign in, with a credential that works and one that does not. All of them are invented."""

from __future__ import annotations

import os
import secrets
import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import jwt
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from integration.tenants import SOURCE, TARGET, Tenant
from simulator import Simulator
from simulator.managed_identity import IDENTITY_HEADER
from simulator.simulator import TWO_TENANTS

# Every character that quoting, templating, URLs, forms, shells or regular expressions might trip over.
ODD = "\"'\\/+%&=#<>{[(^$*?~ ;|`!"
SECRETS = {tenant.id: f"Vq8{ODD}7Xw-{tenant.name[::-1]}-zR2Ht" for tenant in (SOURCE, TARGET)}
PASSWORD = f"Kd5{ODD}pB9-drowssap-mJ3"
MANAGED_IDENTITY = "11111111-0000-4000-8000-0000000000d1"
ISSUER, SUBJECT, AUDIENCE = "https://issuer.example", "repo:contoso/automation", "api://AzureADTokenExchange"


def seed_with_odd_secrets() -> dict[str, Any]:
    """The seed with two tenants, the secrets of the automation apps replaced."""
    seed: dict[str, Any] = yaml.safe_load(TWO_TENANTS.read_text(encoding="utf-8"))
    for tenant in seed["tenants"]:
        tenant["apps"][0]["secret"] = SECRETS[tenant["id"]]
    return seed


@dataclass
class Credential:
    """What one sign-in needs.

    :param options: connection options that hold no secret.
    :param secret_options: connection options that do.
    :param environment: environment variables, secrets among them.
    :param secrets: what must be seen nowhere.
    """

    options: dict[str, Any] = field(default_factory=dict)
    secret_options: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    secrets: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.secrets += self.secret_options.values()


# Makes the credential of an app of a tenant, or with False one that the app does not have.
Maker = Callable[[Simulator, Path, Tenant, bool], Credential]


def client_secret(sim: Simulator, inputs: Path, tenant: Tenant, right: bool) -> Credential:
    """The secret, or another."""
    secret = SECRETS[tenant.id] if right else secrets.token_urlsafe(24)
    return Credential({"client_id": tenant.client("automation")}, {"client_secret": secret})


def pem(sim: Simulator, inputs: Path, tenant: Tenant, right: bool) -> Credential:
    """A certificate whose key is encrypted, as PEM, with the password or another."""
    key, certificate = _certificate(sim, tenant)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(PASSWORD.encode()),
    )
    public = certificate.public_bytes(serialization.Encoding.PEM)
    return _with_password(inputs / f"{tenant.name}-{right}.pem", private + public, key, right)


def pfx(sim: Simulator, inputs: Path, tenant: Tenant, right: bool) -> Credential:
    """The same as PFX."""
    key, certificate = _certificate(sim, tenant)
    encryption = serialization.BestAvailableEncryption(PASSWORD.encode())
    content = pkcs12.serialize_key_and_certificates(b"automation", key, certificate, None, encryption)
    return _with_password(inputs / f"{tenant.name}-{right}.dat", content, key, right)


def _with_password(file: Path, content: bytes, key: rsa.RSAPrivateKey, right: bool) -> Credential:
    tenant = SOURCE if file.name.startswith(SOURCE.name) else TARGET
    file.write_bytes(content)
    password = PASSWORD if right else secrets.token_urlsafe(24)
    options = {"client_id": tenant.client("automation"), "client_certificate_path": str(file)}
    plain = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    body = plain.decode().splitlines()[1:-1]
    return Credential(options, {"client_certificate_password": password}, secrets=[PASSWORD, *body])


def _certificate(sim: Simulator, tenant: Tenant) -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "automation")])
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    public = certificate.public_bytes(serialization.Encoding.PEM).decode()
    sim.register_certificate(tenant.id, tenant.client("automation"), public)
    return key, certificate


def federated(sim: Simulator, inputs: Path, tenant: Tenant, right: bool) -> Credential:
    """A file with an assertion of an issuer that the app trusts, about this workload or another."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    issuer = f"{ISSUER}/{secrets.token_hex(8)}"
    sim.register_federated_credential(tenant.id, tenant.client("automation"), issuer, SUBJECT, public.decode())
    now = int(time.time())
    claims = {"iss": issuer, "sub": SUBJECT if right else "repo:other/other", "aud": AUDIENCE, "iat": now}
    assertion = jwt.encode({**claims, "exp": now + 600, "jti": secrets.token_hex(16)}, key, algorithm="RS256")
    file = inputs / f"{tenant.name}-{right}.token"
    file.write_text(assertion + "\n", encoding="utf-8")
    options = {"client_id": tenant.client("automation"), "federated_token_file": str(file)}
    return Credential(options, secrets=[assertion])


def instance_metadata(sim: Simulator, inputs: Path, tenant: Tenant, right: bool) -> Credential:
    """The identity of a virtual machine, which is Contoso's whichever tenant is named."""
    options = {"auth_method": "managed_identity", "client_id": _identity(right)}
    return Credential(options, environment={"AZURE_POD_IDENTITY_AUTHORITY_HOST": sim.login_url})


def app_service(sim: Simulator, inputs: Path, tenant: Tenant, right: bool) -> Credential:
    """The identity of an App Service, likewise."""
    environment = {"IDENTITY_ENDPOINT": f"{sim.login_url}/msi/token", "IDENTITY_HEADER": IDENTITY_HEADER}
    options = {"auth_method": "managed_identity", "client_id": _identity(right)}
    return Credential(options, environment=environment, secrets=[IDENTITY_HEADER])


def _identity(right: bool) -> str:
    return MANAGED_IDENTITY if right else MANAGED_IDENTITY.replace("d1", "d9")


def azure_cli(sim: Simulator, inputs: Path, tenant: Tenant, right: bool) -> Credential:
    """An `az` that prints a token; or prints one, complains with another and fails."""
    token = sim.issue_token(tenant.id, tenant.client("automation"))
    program = inputs / f"{tenant.name}-bin" / "az"
    program.parent.mkdir(exist_ok=True)
    print_token = """printf '{"accessToken": "%s", "tokenType": "Bearer"}\\n' "$HYGIENE_AZ_TOKEN\""""
    # The failing call is told by the domain that names the tenant.
    program.write_text(
        f'#!/bin/sh\n{print_token}\ncase "$*" in *{shlex.quote(tenant.domain)}*)'
        " printf 'ERROR: refused\\nPlease run az login.\\n' >&2; exit 1;; esac\n",
        encoding="utf-8",
    )
    program.chmod(0o755)
    options = {"auth_method": "azure_cli", **({} if right else {"tenant_id": tenant.domain})}
    environment = {"PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}", "HYGIENE_AZ_TOKEN": token}
    return Credential(options, environment=environment, secrets=[token])


def access_token(sim: Simulator, inputs: Path, tenant: Tenant, right: bool) -> Credential:
    """A ready token, or one that has expired."""
    token = sim.issue_token(tenant.id, tenant.client("automation"), lifetime=3600 if right else -60)
    return Credential(secret_options={"access_token": token})


WAYS_TO_SIGN_IN: dict[str, Maker] = {
    "client secret": client_secret,
    "PEM certificate": pem,
    "PFX certificate": pfx,
    "federated token": federated,
    "instance metadata": instance_metadata,
    "app service": app_service,
    "azure cli": azure_cli,
    "access token": access_token,
}
