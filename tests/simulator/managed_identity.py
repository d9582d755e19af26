# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Managed identity endpoints: the instance metadata service and the App Service variant."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from . import tokens
from .calls import Answer, Incoming
from .tenant import AppRegistration, Tenant

if TYPE_CHECKING:
    from .request_log import Entry
    from .world import World

IDENTITY_HEADER = "simulated-identity-header"
IMDS_PATH = "/metadata/identity/oauth2/token"
APP_SERVICE_PATH = "/msi/token"


def handle(world: World, incoming: Incoming, entry: Entry) -> Answer | None:
    """Answer a managed identity request, or return None when the path is none of these."""
    if incoming.path not in (IMDS_PATH, APP_SERVICE_PATH):
        return None
    entry.kind = "token"
    query = {key: values[0] for key, values in parse_qs(incoming.query_text).items()}
    if incoming.path == IMDS_PATH and incoming.headers.get("metadata", "").lower() != "true":
        return _refused("invalid_request", "Required metadata header not specified")
    if incoming.path == APP_SERVICE_PATH and incoming.headers.get("x-identity-header") != IDENTITY_HEADER:
        return Answer(401, {"statusCode": 401, "message": "Missing or wrong X-IDENTITY-HEADER"})
    if not query.get("api-version"):
        return _refused("invalid_request", "Required query variable 'api-version' is missing")
    resource = query.get("resource")
    if not resource:
        return _refused("invalid_request", "Required query variable 'resource' is missing")
    if resource.rstrip("/") not in tokens.graph_audiences(incoming.base_url):
        return _refused("invalid_resource", f"AADSTS500011: The resource principal named {resource} was not found.")
    found = _identity(world, query.get("client_id"))
    if found is None:
        return _refused("invalid_request", "Identity not found")
    tenant, app = found
    entry.tenant, entry.app_id = tenant.id, app.client_id
    world.log.count_token(tenant.id, app.client_id)
    lifetime = int(world.settings["token_lifetime"])
    now = int(time.time())
    return Answer(
        200,
        {
            "access_token": tokens.issue(tenant, app, resource.rstrip("/"), lifetime),
            "client_id": app.client_id,
            "expires_in": str(lifetime),
            "expires_on": str(now + lifetime),
            "ext_expires_in": str(lifetime),
            "not_before": str(now - 5),
            "resource": resource,
            "token_type": "Bearer",
        },
    )


def _refused(error: str, text: str) -> Answer:
    return Answer(400, {"error": error, "error_description": text})


def _identity(world: World, client_id: str | None) -> tuple[Tenant, AppRegistration] | None:
    for tenant in world.tenants.values():
        for app in tenant.apps.values():
            if app.managed_identity and client_id in (None, app.client_id):
                return tenant, app
    return None
