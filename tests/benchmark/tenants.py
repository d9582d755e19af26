# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulated tenants of the benchmark, the process that simulates them, and the hosts that stand for pairs."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
ROLES = (
    "Policy.Read.All",
    "Policy.ReadWrite.CrossTenantAccess",
    "CrossTenantInformation.ReadBasic.All",
    "Application.ReadWrite.All",
    "Synchronization.ReadWrite.All",
    "AppRoleAssignment.ReadWrite.All",
    "User.Read.All",
    "Group.Read.All",
    "ProvisioningLog.Read.All",
    "Organization.Read.All",
)
USER = "adele"


def _id(*parts: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, "/".join(parts)))


@dataclass(frozen=True)
class Pair:
    """A source and a target tenant of their own."""

    number: int

    def tenant_id(self, side: str) -> str:
        """The id of the tenant on this side."""
        return _id(side, str(self.number))

    def client_id(self, side: str) -> str:
        """The id of the app on this side."""
        return _id(side, str(self.number), "app")

    def domain(self, side: str) -> str:
        """The domain of the tenant on this side."""
        return f"{side}{self.number}.example"

    @property
    def user(self) -> str:
        """The one user who is in scope."""
        return f"{USER}@{self.domain('source')}"

    def seed(self) -> list[dict[str, Any]]:
        """Both tenants, untouched."""
        return [
            {
                "id": self.tenant_id(side),
                "display_name": f"{side} {self.number}",
                "domains": [self.domain(side), f"{side}{self.number}.onmicrosoft.example"],
                "apps": [
                    {
                        "name": "automation",
                        "client_id": self.client_id(side),
                        "secret": self._secret(side),
                        "roles": list(ROLES),
                    }
                ],
                "users": [{"upn": f"{USER}@{self.domain(side)}", "display_name": "Adele Vance"}],
            }
            for side in ("source", "target")
        ]

    def _secret(self, side: str) -> str:
        return f"{side}-{self.number}-not-a-real-secret"

    def connection(self, side: str, url: str) -> dict[str, Any]:
        """The connection options of one side."""
        return {
            "tenant_id": self.tenant_id(side),
            "client_id": self.client_id(side),
            "client_secret": self._secret(side),
            "graph_url": url,
            "login_url": url,
        }

    def variables(self, url: str) -> dict[str, Any]:
        """What a host that stands for this pair has."""
        return {
            "cross_tenant_sync_source": self.connection("source", url),
            "cross_tenant_sync_target": self.connection("target", url),
            "cross_tenant_sync_principals": [{"user": self.user}],
        }


class Simulation:
    """What the benchmark asks of the simulator's process."""

    def __init__(self, url: str) -> None:
        self.url = url

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Call the control API."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_control/{path}", data, method=method)  # noqa: S310
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return json.load(answer)["result"]

    def settings(self, **changes: Any) -> None:
        """Change switches of the simulator."""
        self.control("PATCH", "settings", changes)

    def forget(self) -> None:
        """Clear the log of requests."""
        self.control("DELETE", "requests")

    def requests(self) -> list[dict[str, Any]]:
        """The log of requests."""
        found: list[dict[str, Any]] = self.control("GET", "requests")
        return found


@contextmanager
def simulation(directory: Path, pairs: int, *arguments: str) -> Iterator[Simulation]:
    """A running simulator with so many pairs of tenants."""
    seed = directory / f"seed-{pairs}.json"
    seed.write_text(
        json.dumps({"tenants": [tenant for number in range(pairs) for tenant in Pair(number).seed()]}), encoding="utf-8"
    )
    command = [sys.executable, "-m", "benchmark.server", str(seed), *arguments]
    with subprocess.Popen(command, cwd=TESTS, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Simulation(json.loads(process.stdout.readline())["graph_url"])
        finally:
            process.terminate()


def inventory(directory: Path, hosts: int, url: str, tenants: int) -> Path:
    """An inventory of so many hosts, which take turns with so many pairs of tenants."""
    file = directory / f"hosts-{hosts}-{tenants}.json"
    rows = {f"pair{number}": Pair(number % tenants).variables(url) for number in range(hosts)}
    shared = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    file.write_text(json.dumps({"crosstenant_pairs": {"hosts": rows, "vars": shared}}), encoding="utf-8")
    return file


def counts(requests: list[dict[str, Any]]) -> dict[str, int]:
    """How many requests of which kind were made; a batch is one."""
    graph = [each for each in requests if each["kind"] == "graph"]
    single = [each for each in graph if each["batch"] is not None]
    return {
        "graph": len(graph) - len(single),
        "tokens": len([each for each in requests if each["kind"] == "token"]),
        "writes": len([each for each in graph if _is_write(each)]),
        "in batches": len(single),
        "throttled": len([each for each in single if each["status"] == 429]),
    }


def _is_write(entry: dict[str, Any]) -> bool:
    return entry["method"] != "GET" and not entry["path"].endswith(("/$batch", "/validateCredentials"))
