# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connection options, checked and completed: which tenant, as whom, over which endpoints. PRIVATE to the collection."""

from __future__ import annotations

import hashlib
import ipaddress
import re
import typing as t
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from ._errors import InputError

ZERO_GUID = "00000000-0000-0000-0000-000000000000"
SHORTEST_SECRET = 8
A_DAY = 86400

_GUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", re.IGNORECASE)
_DOMAIN = re.compile(r"^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$", re.IGNORECASE)


@dataclass(frozen=True)
class Cloud:
    """A national cloud's endpoints (graph-api.md section 1)."""

    graph_url: str
    login_url: str


CLOUDS = {
    "global": Cloud("https://graph.microsoft.com", "https://login.microsoftonline.com"),
    "usgov": Cloud("https://graph.microsoft.us", "https://login.microsoftonline.us"),
    "usgov_dod": Cloud("https://dod-graph.microsoft.us", "https://login.microsoftonline.us"),
    "china": Cloud("https://microsoftgraph.chinacloudapi.cn", "https://login.chinacloudapi.cn"),
}


def is_guid(text: str) -> bool:
    """Whether the text is a GUID in its usual form with dashes."""
    return bool(_GUID.match(text))


def guid(option: str, text: str) -> str:
    """The GUID in lower case.

    :raises InputError: it is none.
    """
    if not is_guid(text.strip()):
        raise InputError(option, f"'{text}' is not a GUID", hint="Give it as 8-4-4-4-12 hexadecimal digits")
    return text.strip().lower()


def guid_or_domain(option: str, text: str) -> str:
    """A tenant's GUID or one of its verified domains, in lower case.

    :raises InputError: it is neither.
    """
    text = text.strip()
    if not is_guid(text) and not _DOMAIN.match(text):
        raise InputError(
            option,
            f"'{text}' is neither a GUID nor a domain name",
            hint="Give the tenant's directory id, or one of its verified domains",
        )
    return text.lower()


@dataclass(frozen=True)
class Connection:
    """One tenant as one client, and how to get there."""

    tenant_id: str
    auth_method: str
    graph_url: str
    login_url: str
    scope: str
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    client_certificate_path: str = ""
    client_certificate_password: str = field(default="", repr=False)
    federated_token_file: str = ""
    access_token: str = field(default="", repr=False)
    verify: bool | str = True
    proxy: str = ""
    timeout: float = 30
    max_wait: float = 600

    @property
    def fingerprint(self) -> str:
        """A digest of all that decides which token a sign-in gives; no secret can be read in it."""
        facts = [self.login_url, self.scope, self.tenant_id, self.auth_method, self.client_id, self.client_secret]
        facts += [self.client_certificate_path, self.client_certificate_password, self.federated_token_file]
        return hashlib.sha256("\0".join(facts).encode()).hexdigest()

    @classmethod
    def from_options(cls, options: t.Mapping[str, t.Any]) -> Connection:
        """Complete and check the connection options of a task.

        :raises InputError: an option is missing or cannot work; its name is in the message.
        """
        given: dict[str, t.Any] = {name: "" if value is None else value for name, value in options.items()}
        if not given["tenant_id"]:
            raise InputError(
                "tenant_id", "no tenant is named", hint="Set tenant_id, or the environment variable ENTRA_TENANT_ID"
            )
        cloud = CLOUDS[given["cloud"]]
        graph_url = _endpoint("graph_url", given["graph_url"]) or cloud.graph_url
        login_url = _endpoint("login_url", given["login_url"]) or cloud.login_url
        # Both endpoints replaced is another cloud with an audience of its own; Graph alone replaced is a private way
        # to this cloud's Graph, whose audience stays.
        audience = graph_url if given["graph_url"] and given["login_url"] else cloud.graph_url
        return cls(
            tenant_id=guid_or_domain("tenant_id", given["tenant_id"]),
            auth_method=_auth_method(given),
            graph_url=graph_url,
            login_url=login_url,
            scope=f"{audience}/.default",
            client_id=guid("client_id", given["client_id"]) if given["client_id"] else "",
            client_secret=_secret("client_secret", given["client_secret"]),
            client_certificate_path=given["client_certificate_path"],
            client_certificate_password=_secret("client_certificate_password", given["client_certificate_password"]),
            federated_token_file=given["federated_token_file"],
            access_token=_token("access_token", given["access_token"]),
            verify=False if given["skip_tls_verification"] else (given["ca_path"] or True),
            proxy=_proxy("proxy", given["proxy"]),
            timeout=_positive("timeout", given["timeout"]),
            max_wait=_positive("max_wait", given["max_wait"]),
        )


# What each way to sign in needs, in the order in which "auto" looks.
SIGN_IN_NEEDS: dict[str, tuple[str, ...]] = {
    "access_token": ("access_token",),
    "client_secret": ("client_id", "client_secret"),
    "client_certificate": ("client_id", "client_certificate_path"),
    "federated": ("client_id", "federated_token_file"),
}


def _auth_method(given: t.Mapping[str, t.Any]) -> str:
    """The way to sign in: as told, or the first whose own option is set."""
    method = given["auth_method"]
    if method == "auto":
        method = next((name for name, needs in SIGN_IN_NEEDS.items() if given[needs[-1]]), "")
        if not method:
            raise InputError(
                "auth_method",
                "nothing to sign in with: none of access_token, client_secret, client_certificate_path and"
                " federated_token_file is set",
                hint="Set one of them, or name managed_identity or azure_cli",
            )
    for needed in SIGN_IN_NEEDS.get(method, ()):
        if not given[needed]:
            raise InputError(needed, f"signing in by {method} needs it", hint=f"Set {needed}, or another auth_method")
    return str(method)


def _endpoint(option: str, url: str) -> str:
    """An endpoint without its last slash; plain http only to this machine."""
    url = url.rstrip("/")
    if not url:
        return ""
    parts = _address(option, url, ("http", "https"))
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise InputError(
            option, f"'{url}' would send tokens in the clear", hint="Use https; plain http is for loopback"
        )
    return url


def _proxy(option: str, url: str) -> str:
    if url:
        _address(option, url, ("http", "https", "socks5", "socks5h"))
    return url


def _address(option: str, url: str, schemes: tuple[str, ...]) -> SplitResult:
    try:
        parts = urlsplit(url)
        dummy = parts.port
    except ValueError as error:
        raise InputError(option, f"'{url}' is not an address: {error}") from error
    if parts.scheme not in schemes or not re.fullmatch(r"[\w.:-]+", parts.hostname or ""):
        raise InputError(option, f"'{url}' is not an address with one of {', '.join(schemes)}")
    return parts


def is_loopback(host: str) -> bool:
    """Whether the host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _secret(option: str, value: str) -> str:
    # Ansible masks a secret wherever its text occurs: one of a few letters would mask half of every id.
    if value and len(value) < SHORTEST_SECRET:
        raise InputError(
            option,
            f"it has fewer than {SHORTEST_SECRET} characters, which no real one has, and masking it would"
            " garble the results",
        )
    return value


def _token(option: str, value: str) -> str:
    """A ready token without the line end that it may have been read with."""
    token = _secret(option, value.strip())
    if not all("!" <= character <= "~" for character in token):
        raise InputError(option, "it holds characters that no token has", hint="Give the token alone, without quotes")
    return token


def _positive(option: str, seconds: float) -> float:
    if not 0 < seconds <= A_DAY:
        raise InputError(option, f"{seconds} is not a number of seconds between 0 and {A_DAY}")
    return seconds
