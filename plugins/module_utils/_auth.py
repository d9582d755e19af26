# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connection -> token: asked for when first needed, shared where it can be, renewed in time. PRIVATE."""

from __future__ import annotations

import json
import typing as t
from threading import Lock
from urllib.parse import urlsplit

from ._connection import Connection, is_guid
from ._errors import AuthError
from ._http import Http, Unreachable
from ._sign_in import SIGN_IN
from ._token import Token
from ._waiting import Patience, growing_delays

ATTEMPTS = 4


class TokenSource:
    """Tokens for one connection.

    :param store: where other tasks of the run may have left a token, with ``locked``, ``get`` and ``put``; None for a
        task that stands alone.
    """

    def __init__(self, connection: Connection, http: Http, patience: Patience, store: t.Any = None) -> None:
        self._connection = connection
        self._http = http
        self._patience = patience
        self._store = store if self.renewable else None
        self._token: Token | None = None
        self._renewing = Lock()

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

    def renew(self, refused: Token) -> None:
        """Take another token than the one that the service no longer takes."""
        with self._renewing:
            if self._token is refused:
                self._token = self._shared(refused)

    def tenant_of_domain(self, domain: str) -> str | None:
        """The id of the tenant that owns a domain, which the login endpoint tells everybody; None if nobody does."""
        url = f"{self._connection.login_url}/{domain}/v2.0/.well-known/openid-configuration"
        try:
            answer = self._http.request("GET", url)
            if answer.status_code == 429 or answer.status_code >= 500:
                raise Unreachable(f"it answered HTTP {answer.status_code}", sent=True)
            issuer = urlsplit(str(json.loads(answer.text)["issuer"]))
        except Unreachable as error:
            raise self._unreachable(error) from error
        except (ValueError, KeyError, TypeError):
            return None
        tenant = issuer.path.strip("/").split("/")[0].lower()
        return tenant if is_guid(tenant) else None

    def _shared(self, refused: Token | None) -> Token:
        """The token that another task left, unless it is worn out or refused; else a new one, left for the others."""
        if self._store is None:
            return self._sign_in()
        key = self._connection.fingerprint
        with self._store.locked(key):
            token: Token | None = self._store.get(key)
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
                self._refuse_other_tenant(token)
                return token
            except Unreachable as error:
                delay = next(delays)
                if error.lasting or attempts == ATTEMPTS or not self._patience.allows(delay):
                    raise self._unreachable(error) from error
                self._patience.wait(delay)
            except AuthError as error:
                raise self._named(error) from error.__cause__

    def _refuse_other_tenant(self, token: Token) -> None:
        wanted = self._connection.tenant_id
        if token.tenant_id is None or token.tenant_id == wanted:
            return
        if not is_guid(wanted) and self.tenant_of_domain(wanted) == token.tenant_id:
            return
        raise AuthError(
            "TenantMismatch",
            f"tenant_id names {wanted}, but the token was issued by tenant {token.tenant_id}",
            hint="Give the credential of the tenant that tenant_id names; are source and target exchanged?",
        )

    def _unreachable(self, error: Unreachable) -> AuthError:
        message = f"the login endpoint could not be reached: {error}"
        hint = "Check login_url, proxy, ca_path and the network"
        return self._named(AuthError("Unreachable", message, hint=hint))

    def _named(self, error: AuthError) -> AuthError:
        error.action = "get a token"
        error.tenant_id = self._connection.tenant_id
        return error
