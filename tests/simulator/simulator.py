# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Python API: a simulator in a background thread of this process."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

from .control import Control
from .seed import load_seed
from .server import Server, tls_context
from .world import World

SEEDS = Path(__file__).parent / "seeds"
TWO_TENANTS = SEEDS / "two_tenants.yml"


class Simulator(Control):
    """Runs on a free loopback port between ``with Simulator() as sim:`` and its end.

    ``seed`` is a YAML file or a dictionary; ``settings`` overrides the switches of the seed (settings.py).
    """

    def __init__(
        self,
        seed: str | Path | dict[str, Any] = TWO_TENANTS,
        *,
        settings: dict[str, Any] | None = None,
        tls: bool = False,
        ca_path: str | Path | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        super().__init__(World(load_seed(seed), settings))
        if not (host == "localhost" or ipaddress.ip_address(host).is_loopback):
            raise ValueError("the simulator listens on loopback addresses only")
        self._host, self._port, self._tls = host, port, tls
        self._own_ca: Path | None = None
        self.ca_path: str | None = None
        if tls:
            if ca_path is None:
                handle, name = tempfile.mkstemp(prefix="simulator-ca-", suffix=".pem")
                os.close(handle)
                self._own_ca = Path(name)
                ca_path = name
            self.ca_path = str(ca_path)
        self.base_url = ""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._stop: asyncio.Event | None = None

    @property
    def graph_url(self) -> str:
        """Root of Graph; append ``/v1.0`` or ``/beta``."""
        return self.base_url

    @property
    def login_url(self) -> str:
        """Root of the login service; append a tenant."""
        return self.base_url

    @property
    def control_url(self) -> str:
        """Root of the control API."""
        return f"{self.base_url}/_control"

    @property
    def urls(self) -> dict[str, Any]:
        """What the command line prints."""
        return {
            "graph_url": self.graph_url,
            "login_url": self.login_url,
            "control_url": self.control_url,
            "ca_path": self.ca_path,
        }

    def start(self) -> Simulator:
        """Begin to serve."""
        ready = threading.Event()
        failure: list[BaseException] = []
        self._thread = threading.Thread(target=self._run, args=(ready, failure), name="simulator", daemon=True)
        self._thread.start()
        ready.wait()
        if failure:
            raise failure[0]
        return self

    def stop(self) -> None:
        """Stop serving and remove a temporary authority file."""
        if self._loop is not None and self._stop is not None and self._thread is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(5)
        if self._own_ca is not None:
            self._own_ca.unlink(missing_ok=True)

    def __enter__(self) -> Simulator:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self, ready: threading.Event, failure: list[BaseException]) -> None:
        try:
            asyncio.run(self._serve(ready))
        except BaseException as problem:  # noqa: BLE001 - start() raises it in the caller's thread
            failure.append(problem)
            ready.set()

    async def _serve(self, ready: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        context = tls_context(Path(self.ca_path), ["127.0.0.1", "localhost"]) if self.ca_path else None
        server = Server(self)
        port = await server.start(self._host, self._port, context)
        self.base_url = f"{'https' if self._tls else 'http'}://{self._host}:{port}"
        ready.set()
        await self._stop.wait()
        await server.stop()
        # Closing transports finish in the next rounds of the loop.
        await asyncio.sleep(0.01)
