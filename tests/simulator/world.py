# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole simulated world: tenants, clock, switches, log. One lock guards it all."""

from __future__ import annotations

import threading
import uuid
from typing import Any

from .clock import Clock
from .faults import Faults
from .paging import Pages
from .replication import Replication
from .request_log import RequestLog
from .seed import build_tenants, known_tenants
from .settings import Settings
from .tenant import Tenant
from .throttle import Throttle


class World:
    """State shared by all endpoints; :meth:`reset` brings back the seed."""

    def __init__(self, seed: dict[str, Any], settings: dict[str, Any] | None = None) -> None:
        self.lock = threading.RLock()
        self.seed = seed
        self._given_settings = settings or {}
        self.settings = Settings()
        self.clock = Clock()
        self.faults = Faults()
        self.log = RequestLog()
        self.pages = Pages()
        self.replication = Replication(self.settings)
        self.throttle = Throttle(self.settings)
        self.tenants: dict[str, Tenant] = {}
        self.known_tenants: dict[str, dict[str, Any]] = {}
        self.keys: dict[tuple[str, str], list[tuple[str, Any]]] = {}
        self.reset()

    def reset(self) -> None:
        """Back to the seed: state, settings, faults, log, clock. Keys registered at run time stay registered."""
        self.clock.reset()
        self.settings = Settings()
        self.settings.update(self.seed.get("settings") or {})
        self.settings.update(self._given_settings)
        self.faults.remove()
        self.log.clear()
        self.pages.clear()
        self.replication = Replication(self.settings)
        self.throttle = Throttle(self.settings)
        self.tenants = build_tenants(self.seed, self.settings, self.clock)
        self.known_tenants = known_tenants(self.seed, self.tenants)
        for (tenant_id, client_id), registered in self.keys.items():
            app = self.tenants[tenant_id].apps[client_id]
            for kind, value in registered:
                (app.certificates if kind == "certificate" else app.federated).append(value)

    def tenant_by_name(self, name: str) -> Tenant | None:
        """By GUID or verified domain."""
        tenant = self.tenants.get(name.lower())
        if tenant is not None:
            return tenant
        for candidate in self.tenants.values():
            if candidate.has_domain(name):
                return candidate
        return None

    def page_size(self, kind: str) -> int:
        """Default page size of a kind of collection."""
        sizes: dict[str, int] = self.settings["page_size"]
        return int(sizes.get(kind, sizes["default"]))

    @staticmethod
    def new_id() -> str:
        """A fresh GUID."""
        return str(uuid.uuid4())

    def seen(self, tenant: Tenant, kind: str, key: str, current: Any) -> Any:
        """What a reader sees under the replication settings; counts as one read."""
        return self.replication.seen(tenant.id, kind, key, current)
