# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An access token and what can be read in it. PRIVATE to the collection.

Claims are read without checking the signature: for messages and for catching a mix-up early, never for trust
(graph-api.md section 2).
"""

from __future__ import annotations

import base64
import json
import time
import typing as t
from dataclasses import dataclass, field

RENEW_BEFORE = 300.0


@dataclass(frozen=True)
class Token:
    """A bearer token.

    :param expires_on: seconds since the epoch; 0 when unknown.
    """

    text: str = field(repr=False)
    expires_on: float = 0.0
    claims: t.Mapping[str, t.Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, text: str, expires_in: float | None = None) -> Token:
        """Read a token; one that is no JWT has no claims."""
        try:
            payload = text.split(".")[1]
            claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        except (IndexError, ValueError):
            claims = {}
        claims = claims if isinstance(claims, dict) else {}
        expiry = time.time() + expires_in if expires_in is not None else claims.get("exp")
        return cls(text, float(expiry) if isinstance(expiry, (int, float)) else 0.0, claims)

    @property
    def tenant_id(self) -> str | None:
        """The tenant that issued it, where it says so."""
        tenant = self.claims.get("tid")
        return tenant.lower() if isinstance(tenant, str) else None

    @property
    def client_id(self) -> str | None:
        """The client that it was issued to, where it says so."""
        client = self.claims.get("appid") or self.claims.get("azp")
        return client if isinstance(client, str) else None

    @property
    def permissions(self) -> frozenset[str] | None:
        """Application roles and delegated scopes; None where the token says nothing of them."""
        roles, scopes = self.claims.get("roles"), self.claims.get("scp")
        if not isinstance(roles, list) and not isinstance(scopes, str) and self.claims.get("idtyp") != "app":
            return None
        return frozenset(roles if isinstance(roles, list) else ()) | frozenset((scopes or "").split())

    @property
    def usable(self) -> bool:
        """Whether it lasts long enough to begin a task with."""
        return not self.expires_on or self.expires_on - time.time() > RENEW_BEFORE
