# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Argument specs shared by modules, mirrored one to one by doc_fragments. PRIVATE to the collection."""

from __future__ import annotations

import os
import typing as t
from dataclasses import dataclass

Spec = dict[str, dict[str, t.Any]]


def first_non_empty(*names: str) -> str:
    """The first of these environment variables that is set and not empty.

    :raises AnsibleFallbackNotFound: there is none; the option stays unset.
    """
    from ansible.module_utils.basic import AnsibleFallbackNotFound

    for name in names:
        if os.environ.get(name):
            return os.environ[name]
    raise AnsibleFallbackNotFound


def _option(*variables: str, **details: t.Any) -> dict[str, t.Any]:
    return {"type": "str", **details, "fallback": (first_non_empty, list(variables))}


CONNECTION: Spec = {
    "tenant_id": _option("ENTRA_TENANT_ID", "AZURE_TENANT_ID", "AZURE_TENANT"),
    "client_id": _option("ENTRA_CLIENT_ID", "AZURE_CLIENT_ID"),
    "client_secret": _option("ENTRA_CLIENT_SECRET", "AZURE_CLIENT_SECRET", "AZURE_SECRET", no_log=True),
    "client_certificate_path": _option("ENTRA_CLIENT_CERTIFICATE_PATH", "AZURE_CLIENT_CERTIFICATE_PATH", type="path"),
    "client_certificate_password": _option(
        "ENTRA_CLIENT_CERTIFICATE_PASSWORD", "AZURE_CLIENT_CERTIFICATE_PASSWORD", no_log=True
    ),
    "federated_token_file": _option(
        "ENTRA_FEDERATED_TOKEN_FILE", "AZURE_FEDERATED_TOKEN_FILE", type="path", no_log=False
    ),
    "access_token": _option("ENTRA_ACCESS_TOKEN", no_log=True),
    "auth_method": _option(
        "ENTRA_AUTH_METHOD",
        default="auto",
        choices=[
            "auto",
            "client_secret",
            "client_certificate",
            "federated",
            "managed_identity",
            "azure_cli",
            "access_token",
        ],
    ),
    "cloud": _option("ENTRA_CLOUD", default="global", choices=["global", "usgov", "usgov_dod", "china"]),
    "graph_url": _option("ENTRA_GRAPH_URL"),
    "login_url": _option("ENTRA_LOGIN_URL"),
    "ca_path": _option("ENTRA_CA_PATH", "REQUESTS_CA_BUNDLE", type="path"),
    "proxy": _option("ENTRA_PROXY"),
    "skip_tls_verification": _option("ENTRA_SKIP_TLS_VERIFICATION", type="bool", default=False),
    "timeout": _option("ENTRA_TIMEOUT", type="float", default=30.0),
    "max_wait": _option("ENTRA_MAX_WAIT", type="float", default=600.0),
}

# Which configuration is meant: `configuration selector` in the documentation.
SELECTOR: Spec = {
    "service_principal_id": {"type": "str"},
    "target_tenant_id": {"type": "str"},
    "template_id": {"type": "str"},
}
ONE_SELECTOR = ("service_principal_id", "target_tenant_id")


@dataclass(frozen=True)
class Arguments:
    """A module's own options and the rules between them; the connection options are added to every module."""

    options: Spec
    mutually_exclusive: tuple[tuple[str, ...], ...] = ()
    required_one_of: tuple[tuple[str, ...], ...] = ()
    required_if: tuple[tuple[t.Any, ...], ...] = ()

    @property
    def spec(self) -> Spec:
        """All options of the module."""
        return {**CONNECTION, **self.options}

    @property
    def rules(self) -> dict[str, list[t.Any]]:
        """The rules between options, as Ansible names them."""
        return {
            "mutually_exclusive": list(self.mutually_exclusive),
            "required_one_of": list(self.required_one_of),
            "required_if": list(self.required_if),
        }
