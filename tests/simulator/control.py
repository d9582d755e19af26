# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a test may do to the simulated world, thread-safe; also reachable over HTTP (control_http.py)."""

from __future__ import annotations

from typing import Any

from . import tokens
from .control_changes import Changes
from .provisioning_schedule import advance, run_cycle_now
from .state import dump, normalized
from .world import World


class Control(Changes):
    """Observation and clock; the changes behind the clients' back are in :class:`Changes`."""

    def __init__(self, world: World) -> None:
        self.world = world

    # the log
    def requests(self, **criteria: Any) -> list[dict[str, Any]]:
        """The request log; keyword criteria compare fields, ``requests(kind="graph", write=True)``."""
        with self.world.lock:
            entries = self.world.log.as_list()
        return [entry for entry in entries if all(entry[name] == value for name, value in criteria.items())]

    def clear_requests(self) -> None:
        """Forget the log."""
        with self.world.lock:
            self.world.log.clear()

    def token_requests(self) -> dict[tuple[str, str], int]:
        """How often each (tenant, client) asked for a token."""
        with self.world.lock:
            return dict(self.world.log.token_requests)

    # the state
    def state(self) -> dict[str, Any]:
        """Everything every tenant holds."""
        with self.world.lock:
            return dump(self.world)

    def normalized_state(self) -> dict[str, Any]:
        """The state with stable names instead of generated ids and without timestamps: comparable between histories."""
        with self.world.lock:
            return normalized(self.world)

    def reset(self) -> None:
        """Back to the seed; settings, faults, log and clock too."""
        with self.world.lock:
            self.world.reset()

    # the clock
    def advance(self, seconds: float) -> list[dict[str, Any]]:
        """Move the clock and run every cycle that falls due; returns what ran."""
        with self.world.lock:
            return advance(self.world, seconds)

    def cycle(self, tenant: str, job: str | None = None) -> list[dict[str, Any]]:
        """Run one cycle of a job, or of all started jobs of a tenant, now."""
        with self.world.lock:
            return run_cycle_now(self.world, self._tenant(tenant), job)

    # switches and faults
    def settings(self) -> dict[str, Any]:
        """All switches."""
        with self.world.lock:
            return self.world.settings.as_dict()

    def update_settings(self, changes: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """Change switches; unknown ones are refused."""
        with self.world.lock:
            self.world.settings.update({**(changes or {}), **more})
            return self.world.settings.as_dict()

    def add_fault(self, rule: dict[str, Any] | None = None, **more: Any) -> int:
        """Add a fault rule (faults.py) and return its id."""
        with self.world.lock:
            return self.world.faults.add({**(rule or {}), **more})

    def faults(self) -> list[dict[str, Any]]:
        """All fault rules with how often they matched and fired."""
        with self.world.lock:
            return self.world.faults.as_list()

    def clear_faults(self, fault_id: int | None = None) -> None:
        """Remove one fault rule, or all."""
        with self.world.lock:
            self.world.faults.remove(fault_id)

    # tokens
    def issue_token(
        self, tenant: str, client_id: str, *, lifetime: float = 3599, roles: list[str] | None = None
    ) -> str:
        """A token without asking the endpoint; negative lifetimes give an expired one."""
        with self.world.lock:
            found = self._tenant(tenant)
            app = found.apps[client_id.lower()]
            before = app.roles
            app.roles = before if roles is None else roles
            try:
                return tokens.issue(found, app, "https://graph.microsoft.com", lifetime)
            finally:
                app.roles = before

    def register_certificate(self, tenant: str, client_id: str, pem: str) -> None:
        """Let an application sign its assertions with this certificate; survives :meth:`reset`."""
        self._register(tenant, client_id, "certificate", pem)

    def register_federated_credential(
        self,
        tenant: str,
        client_id: str,
        issuer: str,
        subject: str,
        public_key: str,
        audience: str = "api://AzureADTokenExchange",
    ) -> None:
        """Let an application use assertions of a foreign issuer; survives :meth:`reset`."""
        entry = {"issuer": issuer, "subject": subject, "audience": audience, "public_key": public_key}
        self._register(tenant, client_id, "federated", entry)

    def _register(self, tenant: str, client_id: str, kind: str, value: Any) -> None:
        with self.world.lock:
            found = self._tenant(tenant)
            app = found.apps[client_id.lower()]
            (app.certificates if kind == "certificate" else app.federated).append(value)
            self.world.keys.setdefault((found.id, app.client_id), []).append((kind, value))
