# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The front end of Graph: token, faults, routing, limits, permissions, then the handler (graph-api.md section 3)."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timezone
from email.utils import formatdate
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from . import (
    application_templates,
    applications,
    assignments,
    audit_logs,
    batch,
    counts,
    deleted_items,
    groups,
    identity_sync,
    jobs,
    on_demand,
    permissions,
    policies,
    policy_restore,
    schema_api,
    sync_secrets,
    synchronization,
    tenant_facts,
    tokens,
    users,
)
from .calls import Answer, Call, Incoming
from .errors import GraphError, bad_request
from .odata import Query
from .routing import Route, Router

if TYPE_CHECKING:
    from .faults import Fault
    from .request_log import Entry
    from .tokens import Caller
    from .world import World

MODULES = (
    application_templates,
    applications,
    assignments,
    audit_logs,
    counts,
    deleted_items,
    groups,
    identity_sync,
    jobs,
    on_demand,
    policies,
    policy_restore,
    schema_api,
    sync_secrets,
    synchronization,
    tenant_facts,
    users,
)
ROUTER = Router([route for module in MODULES for route in module.ROUTES])
VERSIONS = ("v1.0", "beta")
CONTENT_TYPE = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"


def handle(world: World, incoming: Incoming, entry: Entry) -> Answer:
    """Answer one Graph request, from the wire or from a batch."""
    request_id = str(uuid.uuid4())
    client_id = incoming.headers.get("client-request-id", request_id)
    api, dummy, path = incoming.path.strip("/").partition("/")
    entry.kind, entry.api = "graph", api
    caller: Caller | None = None
    refusal: GraphError | None = None
    try:
        caller = tokens.verify(
            incoming.headers.get("authorization"),
            tokens.graph_audiences(incoming.base_url),
            world.tenants,
            world.settings,
        )
        entry.tenant, entry.app_id = caller.tenant_id, caller.app_id
    except GraphError as problem:
        refusal = problem
    fault, delay = world.faults.select(
        kind="graph",
        method=incoming.method,
        path=unquote(incoming.path),
        tenant=entry.tenant,
        api=api,
        batch=incoming.batch_parent is not None,
    )
    answer = faulty(fault, incoming) if fault is not None else None
    if answer is None:
        try:
            if refusal is not None:
                raise refusal
            assert caller is not None
            answer = _process(world, incoming, entry, caller, api, path)
        except GraphError as problem:
            answer = _error_answer(problem, request_id, client_id)
        if fault is not None:
            answer = spoiled(fault, answer)
    answer.delay += delay
    answer.headers.setdefault("Content-Type", CONTENT_TYPE)
    answer.headers["Date"] = formatdate(world.clock.timestamp(), usegmt=True)
    answer.headers["request-id"] = request_id
    answer.headers["client-request-id"] = client_id
    answer.headers["OData-Version"] = "4.0"
    answer.headers["x-ms-ags-diagnostic"] = (
        '{"ServerInfo":{"DataCenter":"Simulated","Slice":"E","Ring":"0","ScaleUnit":"000","RoleInstance":"SIM"}}'
    )
    return answer


def faulty(fault: Fault, incoming: Incoming) -> Answer | None:
    """The answer of a fault that strikes before the request is carried out."""
    if fault.effect == "drop_before":
        return Answer(drop=True)
    if fault.effect == "status":
        status, body, headers = fault.answer()
        return Answer(status, body, headers)
    if fault.effect == "malformed":
        return Answer(int(fault.rule.get("status", 200)), text=str(fault.rule.get("body", '{"value": [{"id": "tru')))
    return None


def spoiled(fault: Fault, answer: Answer) -> Answer:
    """The answer of a fault that strikes after the request was carried out."""
    if fault.effect == "drop_after":
        return Answer(answer.status, answer.body, drop=True)
    if fault.effect == "error_after":
        status, body, headers = fault.answer()
        return Answer(status, body, headers)
    return answer


def _error_answer(problem: GraphError, request_id: str, client_id: str) -> Answer:
    error = problem.error_object()
    error["innerError"] = {
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S"),
        "request-id": request_id,
        "client-request-id": client_id,
    }
    headers = dict(problem.headers)
    if problem.status == 401:
        headers.setdefault(
            "WWW-Authenticate",
            'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"',
        )
    return Answer(problem.status, {"error": error}, headers)


def _process(world: World, incoming: Incoming, entry: Entry, caller: Caller, api: str, path: str) -> Answer:
    if api not in VERSIONS:
        raise GraphError(400, "BadRequest", f"Invalid version: {api}.")
    tenant = world.tenants[caller.tenant_id]
    if path == "$batch":
        return batch.handle(world, incoming, entry, handle)
    route, params = ROUTER.resolve(incoming.method, path, api)
    entry.write = route.write
    query = Query.parse(incoming.query_text)
    call = Call(world, tenant, caller, api, route, incoming, params, query, _body(incoming, route))
    _check_accept(incoming)
    informative = _charge(call)
    permissions.check(call)
    query.check(route.query)
    answer = route.handler(call)
    answer.headers.update(informative)
    return answer


def _check_accept(incoming: Incoming) -> None:
    accepted = incoming.headers.get("accept", "*/*").lower()
    if not any(kind in accepted for kind in ("application/json", "*/*", "application/*", "text/plain")):
        raise GraphError(406, "NotAcceptable", f"The response cannot be produced as '{accepted}'.")


def _charge(call: Call) -> dict[str, str]:
    """Resource units, writes and the tighter limits of some services (section 3.7); returns the telling headers."""
    throttle, app, tenant = call.world.throttle, call.caller.app_id, call.tenant.id
    if call.route.area == "reports":
        throttle.charge("reports", app, tenant)
        return {}
    if call.route.template.endswith("/provisionOnDemand"):
        throttle.charge("on_demand", app, tenant)
    cost = call.route.cost
    top = call.query.get("$top")
    cost += (call.query.get("$expand") is not None) - (call.query.get("$select") is not None)
    cost -= top is not None and top.isdigit() and int(top) < 20
    used = throttle.charge("resource_units", app, tenant, max(1, cost))
    if call.route.write:
        used = max(used, throttle.charge("writes", app, tenant))
    if call.route.area == "synchronization":
        return {}
    headers = {"x-ms-resource-unit": str(max(1, cost))}
    if used >= 0.8:
        headers["x-ms-throttle-limit-percentage"] = f"{used:.2f}"
    return headers


def _body(incoming: Incoming, route: Route) -> Any:
    """Read the body as the route demands it."""
    if not incoming.body:
        if route.body is True:
            raise bad_request("Empty Payload. JSON content expected.")
        if incoming.method in ("POST", "PUT", "PATCH") and incoming.batch_parent is None:
            headers = incoming.headers
            if "content-length" not in headers and "transfer-encoding" not in headers:
                raise GraphError(411, "LengthRequired", "The request must be chunked or have a content length.")
        return None
    if route.body is False:
        raise bad_request("This operation does not take a request body.")
    return parse_json(incoming)


def parse_json(incoming: Incoming) -> Any:
    """The JSON body; 400 without a content type or for malformed JSON, 415 for another type."""
    content_type = incoming.headers.get("content-type")
    if not content_type:
        raise GraphError(
            400, "BadRequest", "Write requests (excluding DELETE) must contain the Content-Type header declaration."
        )
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise GraphError(415, "UnsupportedMediaType", f"The content type '{content_type}' is not supported.")
    try:
        return json.loads(incoming.body, object_pairs_hook=_unique)
    except ValueError as problem:
        raise GraphError(400, "BadRequest", f"Unable to read JSON request payload. {problem}") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("A property name occurs more than once.")
    return result
