# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two tenants of the simulator's seed, and states that tests begin with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from simulator import Simulator

ZERO = "00000000-0000-0000-0000-000000000000"
STRANGER = "33333333-aaaa-4bbb-8ccc-000000000003"
SYNC_NAME = "Contoso to Fabrikam"
ADELE, ALEX, CHRISTIE = "adele@contoso.example", "alex@contoso.example", "christie@contoso.example"
DIEGO, GRADY = "diego@contoso.example", "grady@contoso.example"
GUEST = "partner_northwind.example#EXT#@contoso.onmicrosoft.example"


@dataclass(frozen=True)
class Tenant:
    """A tenant of the seed and the apps registered there."""

    name: str
    id: str
    prefix: str
    suffix: str

    @property
    def domain(self) -> str:
        """Its verified domain."""
        return f"{self.name}.example"

    def client(self, app: str) -> str:
        """The client id of one of its apps: automation, audit or nothing."""
        letter = {"automation": "a", "audit": "b", "nothing": "c"}[app]
        return f"{self.prefix}-0000-4000-8000-0000000000{letter}{self.suffix}"

    def secret(self, app: str = "automation") -> str:
        """That app's client secret."""
        return f"{self.name}-{app}-not-a-real-secret"

    def access(self, sim: Simulator, app: str = "automation", **changes: Any) -> dict[str, Any]:
        """The connection options of an app; None takes one out."""
        options = {
            "tenant_id": self.id,
            "client_id": self.client(app),
            "client_secret": self.secret(app),
            "graph_url": sim.graph_url,
            "login_url": sim.login_url,
            "max_wait": 30,
            **changes,
        }
        return {name: value for name, value in options.items() if value is not None}


SOURCE = Tenant("contoso", "11111111-aaaa-4bbb-8ccc-000000000001", "11111111", "1")
TARGET = Tenant("fabrikam", "22222222-aaaa-4bbb-8ccc-000000000002", "22222222", "2")

NOTIFICATIONS = {
    "Enabled": False,
    "Recipients": "",
    "DeleteThresholdEnabled": True,
    "DeleteThresholdValue": 500,
    "HumanResourcesLookaheadQueryEnabled": False,
}


def secrets(target: str = TARGET.id, **changes: str) -> dict[str, str]:
    """What a configuration that is set up stores."""
    stored = {
        "AuthenticationType": "SyncPolicy",
        "CompanyId": target,
        "SyncAll": "false",
        "SyncNotificationSettings": json.dumps(NOTIFICATIONS),
    }
    return {**stored, **changes}


def allow_synchronization(sim: Simulator) -> None:
    """Both tenants' policies as the synchronization needs them."""
    sim.set_partner(
        TARGET.id, SOURCE.id, automaticUserConsentSettings={"inboundAllowed": True, "outboundAllowed": None}
    )
    sim.set_identity_sync(TARGET.id, SOURCE.id, userSyncInbound={"isSyncAllowed": True})
    sim.set_partner(
        SOURCE.id, TARGET.id, automaticUserConsentSettings={"inboundAllowed": None, "outboundAllowed": True}
    )


def add_configuration(sim: Simulator, **entry: Any) -> str:
    """A configuration in the source tenant; returns the service principal's id."""
    return sim.add_configuration(SOURCE.id, {"display_name": SYNC_NAME, "secrets": secrets(), **entry})


def set_up_pair(sim: Simulator, **entry: Any) -> str:
    """A pair that is set up and started, with one user assigned; returns the service principal's id."""
    allow_synchronization(sim)
    return add_configuration(sim, **{"job": "started", "assignments": [ADELE], **entry})
