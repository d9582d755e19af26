# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Groups inside groups, and the phones of users."""

from __future__ import annotations

from simulator import Simulator
from simulator.users import MOBILE_PHONE
from unit.simulator.simulator_helpers import SOURCE, Graph, error

UNKNOWN = "99999999-aaaa-4bbb-8ccc-000000000009"


def group_id(graph: Graph, name: str) -> str:
    """The id of a group."""
    return str(graph.get(f"/groups?$filter=displayName eq '{name}'")["value"][0]["id"])


def test_members_are_filtered_by_their_type(source: Graph, sim: Simulator) -> None:
    members = f"/groups/{group_id(source, 'All Staff')}/members"
    assert len(source.get(members)["value"]) == 4
    assert len(source.get(f"{members}/microsoft.graph.user?$select=id")["value"]) == 3
    (inner,) = source.get(f"{members}/microsoft.graph.group?$select=id,displayName")["value"]
    assert (inner["displayName"], inner["@odata.type"]) == ("Engineering", "#microsoft.graph.group")
    mail = sim.add_group(SOURCE, "Mail", group_types=["Unified"])
    error(source("GET", f"/groups/{mail}/members/microsoft.graph.group"), 400, "Request_UnsupportedQuery")
    assert source.get(f"/groups/{mail}/members/microsoft.graph.user")["value"] == []
    few = Graph(sim, SOURCE, roles=["User.Read.All"])
    error(few("GET", f"{members}/microsoft.graph.group"), 403, "Authorization_RequestDenied")


def test_a_phone_takes_a_permission_of_its_own(source: Graph, sim: Simulator) -> None:
    phone = f"/users/{{}}/authentication/phoneMethods/{MOBILE_PHONE}"
    error(source("GET", phone.format("lee@contoso.example")), 403, "Authorization_RequestDenied")
    reader = Graph(sim, SOURCE, roles=["UserAuthenticationMethod.Read.All"])
    assert reader.get(phone.format("lee@contoso.example"))["smsSignInState"] == "ready"
    error(reader("GET", phone.format("adele@contoso.example")), 404, "Request_ResourceNotFound")
    error(reader("GET", phone.format(UNKNOWN)), 404, "Request_ResourceNotFound")
