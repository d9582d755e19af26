# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access tokens: signed JWTs with the claims Graph application tokens carry (graph-api.md section 2)."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from .errors import invalid_token
from .settings import Settings
from .tenant import GRAPH_APP_ID, AppRegistration, Tenant

KEY_ID = "simulated-signing-key"


@cache
def signing_key() -> rsa.RSAPrivateKey:
    """The issuer's key: made once per process, on first use, and never stored."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Caller:
    """Who calls, as the token says."""

    tenant_id: str
    app_id: str
    object_id: str
    roles: frozenset[str] = frozenset()
    claims: dict[str, Any] = field(default_factory=dict)

    def has(self, *roles: str) -> bool:
        """Whether at least one of the permissions was granted."""
        return any(role in self.roles for role in roles)


def issue(tenant: Tenant, app: AppRegistration, audience: str, lifetime: float) -> str:
    """Sign a token for an application with the permissions it has at this moment."""
    now = int(time.time())
    claims: dict[str, Any] = {
        "aud": audience,
        "iss": f"https://sts.windows.net/{tenant.id}/",
        "iat": now,
        "nbf": now - 5 if lifetime > 0 else now + int(lifetime) - 10,
        "exp": now + int(lifetime),
        "app_displayname": app.name,
        "appid": app.client_id,
        "appidacr": "1",
        "idp": f"https://sts.windows.net/{tenant.id}/",
        "idtyp": "app",
        "oid": app.object_id,
        "sub": app.object_id,
        "tid": tenant.id,
        "uti": uuid.uuid4().hex[:22],
        "ver": "1.0",
        "wids": [],
    }
    if app.roles:
        claims["roles"] = sorted(app.roles)
    return jwt.encode(claims, signing_key(), algorithm="RS256", headers={"kid": KEY_ID})


def verify(header: str | None, audiences: set[str], tenants: dict[str, Tenant], settings: Settings) -> Caller:
    """Check the Authorization header of a Graph request; raises 401 ``InvalidAuthenticationToken``."""
    if not header:
        raise invalid_token("Access token is empty.")
    scheme, dummy, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise invalid_token("Access token is empty.")
    if token.count(".") != 2:
        raise invalid_token("IDX14100: JWT is not well formed, there are no dots (.).")
    try:
        caller = _signed(token.strip())
    except jwt.PyJWTError:
        raise invalid_token("Access token validation failure. Invalid signature.") from None
    claims = caller.claims
    if not claims["nbf"] <= time.time() < claims["exp"] and not settings["accept_expired_tokens"]:
        raise invalid_token()
    if claims["aud"] not in audiences:
        raise invalid_token("Access token validation failure. Invalid audience.")
    if caller.tenant_id not in tenants:
        raise invalid_token("Access token validation failure. Invalid tenant.")
    return caller


@lru_cache(maxsize=256)
def _signed(token: str) -> Caller:
    """The claims of a token whose signature is good; remembered, as clients send the same token again and again."""
    claims: dict[str, Any] = jwt.decode(
        token,
        signing_key().public_key(),
        algorithms=["RS256"],
        options={
            "verify_exp": False,
            "verify_nbf": False,
            "verify_iat": False,
            "verify_aud": False,
            "require": ["exp", "nbf", "aud", "tid", "appid", "oid"],
        },
    )
    return Caller(claims["tid"], claims["appid"], claims["oid"], frozenset(claims.get("roles", ())), claims)


def graph_audiences(base_url: str) -> set[str]:
    """The resource names by which this Graph may be asked for (graph-api.md sections 1 and 2)."""
    host = base_url.partition("://")[2]
    names = {f"http://{host}", f"https://{host}", "https://graph.microsoft.com", GRAPH_APP_ID}
    return names | {f"{name}/" for name in names}
