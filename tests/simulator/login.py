# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Entra token endpoint and its discovery documents (graph-api.md sections 1 and 2)."""

from __future__ import annotations

import uuid
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

import jwt
from jwt.algorithms import RSAAlgorithm

from . import tokens
from .calls import Answer, Incoming
from .client_credentials import ASSERTION_TYPE, LoginError, check_assertion, check_secret, invalid_client
from .tenant import AppRegistration, Tenant

if TYPE_CHECKING:
    from .request_log import Entry
    from .world import World

FORM = "application/x-www-form-urlencoded"


def handle(world: World, incoming: Incoming, entry: Entry) -> Answer | None:
    """Answer a request of the login service, or return None when the path is none of its own."""
    segments = [unquote(segment) for segment in incoming.path.strip("/").split("/")]
    if segments == ["common", "discovery", "instance"]:
        entry.kind = "discovery"
        return Answer(200, _instance_discovery(incoming))
    if segments == ["metadata", "endpoints"]:
        entry.kind = "discovery"
        return Answer(200, _cloud_metadata(incoming))
    if len(segments) < 2:
        return None
    rest = "/".join(segments[1:])
    if rest == "oauth2/v2.0/token":
        entry.kind = "token"
        if incoming.method != "POST":
            return Answer(405, {"error": "invalid_request"})
        return _guard(lambda: _token(world, incoming, segments[0], entry), incoming)
    if rest in ("v2.0/.well-known/openid-configuration", ".well-known/openid-configuration", "discovery/v2.0/keys"):
        entry.kind = "discovery"
        return _guard(lambda: _discovery(world, incoming, segments[0], rest), incoming)
    return None


def _guard(action: Any, incoming: Incoming) -> Answer:
    try:
        answer: Answer = action()
        return answer
    except LoginError as problem:
        return Answer(
            problem.status,
            error_body(problem, incoming),
            {"WWW-Authenticate": "Bearer"} if problem.status == 401 else {},
        )


def error_body(problem: LoginError, incoming: Incoming) -> dict[str, Any]:
    """The error document of the token endpoint."""
    moment = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M:%SZ")
    trace = str(uuid.uuid4())
    correlation = incoming.headers.get("client-request-id") or str(uuid.uuid4())
    return {
        "error": problem.error,
        "error_description": (
            f"AADSTS{problem.number}: {problem.text} Trace ID: {trace} "
            f"Correlation ID: {correlation} Timestamp: {moment}"
        ),
        "error_codes": [problem.number],
        "timestamp": moment,
        "trace_id": trace,
        "correlation_id": correlation,
        "error_uri": f"{incoming.base_url}/error?code={problem.number}",
    }


def find_tenant(world: World, name: str) -> Tenant:
    """A tenant by GUID or verified domain; AADSTS90002 otherwise."""
    tenant = world.tenant_by_name(name)
    if tenant is None:
        raise LoginError(
            400,
            "invalid_request",
            90002,
            f"Tenant '{name}' not found. Check to make sure you have the correct tenant ID and are signing into the "
            "correct cloud. Check with your subscription administrator, this may happen if there are no active "
            "subscriptions for the tenant.",
        )
    return tenant


def _token(world: World, incoming: Incoming, name: str, entry: Entry) -> Answer:
    if not incoming.headers.get("content-type", "").startswith(FORM):
        raise LoginError(
            400, "invalid_request", 900144, "The request body must contain the following parameter: 'grant_type'."
        )
    form = {
        key: values[0]
        for key, values in parse_qs(incoming.body.decode("utf-8", "replace"), keep_blank_values=True).items()
    }
    tenant = find_tenant(world, name)
    entry.tenant = tenant.id
    entry.app_id = form.get("client_id")
    world.log.count_token(tenant.id, form.get("client_id", ""))
    for parameter in ("grant_type", "client_id", "scope"):
        if not form.get(parameter):
            raise LoginError(
                400, "invalid_request", 900144, f"The request body must contain the following parameter: '{parameter}'."
            )
    if form["grant_type"] != "client_credentials":
        raise LoginError(
            400, "unsupported_grant_type", 70003, f"The app requested an unsupported grant type '{form['grant_type']}'."
        )
    app = _application(tenant, form["client_id"])
    _authenticate(app, form, _assertion_audiences(incoming, name, tenant))
    audience = _audience(form["scope"], incoming)
    if not app.consented:
        raise LoginError(
            400,
            "invalid_grant",
            65001,
            f"The user or administrator has not consented to use the application with ID '{app.client_id}' named "
            f"'{app.name}'. Send an interactive authorization request for this user and resource.",
        )
    lifetime = float(world.settings["token_lifetime"])
    return Answer(
        200,
        {
            "token_type": "Bearer",
            "expires_in": int(lifetime),
            "ext_expires_in": int(lifetime),
            "access_token": tokens.issue(tenant, app, audience, lifetime),
        },
        {"Cache-Control": "no-store, no-cache", "Pragma": "no-cache"},
    )


def _application(tenant: Tenant, client_id: str) -> AppRegistration:
    app = tenant.apps.get(client_id.lower())
    if app is None or app.managed_identity:
        raise LoginError(
            400,
            "unauthorized_client",
            700016,
            f"Application with identifier '{client_id}' was not found in the directory '{tenant.display_name}'. This "
            "can happen if the application has not been installed by the administrator of the tenant or consented to "
            "by any user in the tenant. You may have sent your authentication request to the wrong tenant.",
        )
    return app


def _authenticate(app: AppRegistration, form: dict[str, str], audiences: set[str]) -> None:
    if "client_assertion" in form:
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            raise LoginError(
                400,
                "invalid_request",
                900144,
                "The request body must contain the following parameter: 'client_assertion_type'.",
            )
        check_assertion(app, form["client_assertion"], audiences)
    elif form.get("client_secret"):
        check_secret(app, form["client_secret"])
    else:
        raise invalid_client(
            7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
        )


def _assertion_audiences(incoming: Incoming, name: str, tenant: Tenant) -> set[str]:
    host = incoming.base_url.partition("://")[2]
    return {
        f"{scheme}://{host}/{which}{tail}"
        for scheme in ("http", "https")
        for which in (name, tenant.id)
        for tail in ("/oauth2/v2.0/token", "/v2.0")
    }


def _audience(scope: str, incoming: Incoming) -> str:
    wanted = scope.split()
    if len(wanted) != 1 or not wanted[0].endswith("/.default"):
        raise LoginError(
            400,
            "invalid_scope",
            70011,
            f"The provided request must include a 'scope' input parameter. The provided value for the input parameter "
            f"'scope' is not valid. The scope {scope} is not valid.",
        )
    resource = wanted[0].removesuffix("/.default")
    if resource not in tokens.graph_audiences(incoming.base_url):
        raise LoginError(
            400, "invalid_resource", 500011, f"The resource principal named {resource} was not found in the tenant."
        )
    return resource


def https_root(incoming: Incoming) -> str:
    """The server's root with ``https``, whatever the wire uses.

    msal insists on https in authorities and endpoint URLs. A client that speaks plain http to this simulator gives msal
    an https authority and rewrites the scheme of its requests on the wire; so documents always say https.
    """
    return "https://" + incoming.base_url.partition("://")[2]


def _discovery(world: World, incoming: Incoming, name: str, rest: str) -> Answer:
    tenant = find_tenant(world, name)
    if rest == "discovery/v2.0/keys":
        key = RSAAlgorithm.to_jwk(tokens.signing_key().public_key(), as_dict=True)
        return Answer(200, {"keys": [{**key, "kid": tokens.KEY_ID, "use": "sig"}]})
    root = https_root(incoming)
    base = f"{root}/{tenant.id}"
    return Answer(
        200,
        {
            "issuer": f"{base}/v2.0",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "tenant_region_scope": "EU",
            "cloud_instance_name": "simulated",
            "msgraph_host": root.partition("://")[2],
        },
    )


def _instance_discovery(incoming: Incoming) -> dict[str, Any]:
    host = incoming.base_url.partition("://")[2]
    query = parse_qs(incoming.query_text)
    tenant = query.get("authorization_endpoint", [""])[0].split("/oauth2")[0].rsplit("/", 1)[-1] or "common"
    return {
        "tenant_discovery_endpoint": f"https://{host}/{tenant}/v2.0/.well-known/openid-configuration",
        "api-version": "1.1",
        "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
    }


def _cloud_metadata(incoming: Incoming) -> dict[str, Any]:
    """What an independent client reads to learn the endpoints (terraform-peer.md section 2)."""
    base = incoming.base_url
    return {
        "name": "Simulated",
        "resourceManager": f"{base}/",
        "microsoftGraphResourceId": base,
        "authentication": {"loginEndpoint": base, "audiences": [base], "tenant": "common", "identityProvider": "AAD"},
        "suffixes": {},
    }


def read_claims(token: str) -> dict[str, Any]:
    """The payload of a token without verification, for tests."""
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims
