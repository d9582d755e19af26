# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP side: one aiohttp server for Graph, login, managed identity and control."""

from __future__ import annotations

import asyncio
import json
import logging
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from . import control_http, graph, login, managed_identity
from .calls import Answer, Incoming
from .provisioning_schedule import run_due

if TYPE_CHECKING:
    import ssl

    from .control import Control
    from .request_log import Entry
    from .world import World

MAXIMUM_BODY = 64 * 2**20


class Server:
    """Serves one world on the current event loop."""

    def __init__(self, control: Control) -> None:
        self.control = control
        self.world: World = control.world
        self._runner: web.ServerRunner | None = None
        self._transports: weakref.WeakSet[asyncio.Transport] = weakref.WeakSet()

    async def start(self, host: str, port: int, context: ssl.SSLContext | None) -> int:
        """Begin to listen and return the port."""
        logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
        self._runner = web.ServerRunner(web.Server(self._handle, access_log=None), shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port, ssl_context=context)
        await site.start()
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Stop listening; idle clients get no time for a farewell, which TLS would wait for."""
        for transport in list(self._transports):
            transport.abort()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.transport is not None:
            self._transports.add(request.transport)
        body = await request.read()
        incoming = Incoming(
            request.method,
            request.raw_path,
            {name.lower(): value for name, value in request.headers.items()},
            body,
            f"{request.scheme}://{request.host}",
        )
        latency = float(self.world.settings["latency_ms"])
        if latency and not incoming.path.startswith("/_control"):
            await asyncio.sleep(latency / 1000)
        with self.world.lock:
            answer = self.dispatch(incoming)
        if answer.delay:
            await asyncio.sleep(answer.delay)
        if answer.drop:
            transport = request.transport
            if transport is not None:
                transport.abort()
            raise asyncio.CancelledError
        return _response(answer)

    def dispatch(self, incoming: Incoming) -> Answer:
        """Answer one request; the caller holds the lock."""
        world = self.world
        if incoming.path.startswith("/_control"):
            return control_http.handle(self.control, incoming)
        run_due(world)
        entry = world.log.begin(
            incoming.method, incoming.path, incoming.query_text, "other", incoming.headers, incoming.body
        )
        first = incoming.path.strip("/").partition("/")[0]
        serve = graph.handle if first in graph.VERSIONS else _login
        answer = serve(world, incoming, entry)
        entry.status = None if answer.drop else answer.status
        entry.response = answer.body if answer.text is None else answer.text
        return answer


def _login(world: World, incoming: Incoming, entry: Entry) -> Answer:
    kind = "token" if incoming.path.endswith("/token") else "discovery"
    tenant = world.tenant_by_name(incoming.path.strip("/").partition("/")[0])
    fault, delay = world.faults.select(
        kind=kind,
        method=incoming.method,
        path=incoming.path,
        tenant=tenant.id if tenant else None,
        api=None,
        batch=False,
    )
    answer = graph.faulty(fault, incoming) if fault is not None else None
    if answer is None:
        found = managed_identity.handle(world, incoming, entry) or login.handle(world, incoming, entry)
        answer = found or Answer(404, {"error": {"code": "NotFound", "message": "Unknown path of the simulator."}})
        if fault is not None:
            answer = graph.spoiled(fault, answer)
    else:
        entry.kind = kind
    answer.delay += delay
    return answer


def _response(answer: Answer) -> web.Response:
    headers = dict(answer.headers)
    if answer.text is not None:
        content = answer.text.encode()
    elif answer.body is not None:
        content = json.dumps(answer.body).encode()
    else:
        content = b""
        headers.pop("Content-Type", None)
        return web.Response(status=answer.status, headers=headers)
    headers.setdefault("Content-Type", "application/json; charset=utf-8")
    return web.Response(status=answer.status, headers=headers, body=content)


def tls_context(ca_path: Path, hosts: list[str]) -> ssl.SSLContext:
    """A throw-away authority and a certificate for the loopback names; writes the authority's PEM."""
    import ssl

    import trustme

    authority = trustme.CA()
    certificate = authority.issue_cert(*hosts)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    authority.cert_pem.write_to_path(str(ca_path))
    return context
