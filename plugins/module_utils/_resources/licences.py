# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which licences a tenant shows (domain.md section 2.1, graph-api.md section 6). PRIVATE to the collection.

Documents contradict each other on who needs which, so a licence that is not seen is a warning and never a failure.
"""

from __future__ import annotations

import typing as t

from .._errors import GraphError

if t.TYPE_CHECKING:
    from .._graph import GraphClient

P1, P2, GOVERNANCE = "AAD_PREMIUM", "AAD_PREMIUM_P2", "Entra_Identity_Governance"
# Service plans are listed by id; the Entra Suite contains the one for governance.
PLANS = {
    "41781fb2-bc02-4b7c-bd55-b576c07bb09d": P1,
    "eec0eb4f-6444-4f95-aba0-50c24d67f998": P2,
    "e866a266-3cff-43a3-acca-0c90a7e00c8b": GOVERNANCE,
}
_IN_FORCE = ("enabled", "warning", "none")


def licences_of(graph: GraphClient, *, groups: bool) -> tuple[list[str] | None, list[str]]:
    """The service plans that matter, None if they cannot be seen, and warnings.

    :param groups: whether groups are going to be synchronized.
    """
    tenant = graph.tenant_id
    try:
        rows = graph.pages("/organization", {"$select": "id,assignedPlans"})
    except GraphError as error:
        return None, [f"The licences of tenant {tenant} could not be read: {error.explanation()}"]
    # Whoever may read the organization but not all of it is shown null.
    plans = rows[0].get("assignedPlans") if rows else None
    if not isinstance(plans, list):
        return None, [f"The licences of tenant {tenant} are not shown to this app: grant it Organization.Read.All."]
    held = {
        PLANS.get(str(plan.get("servicePlanId")).lower())
        for plan in plans
        if str(plan.get("capabilityStatus")).lower() in _IN_FORCE
    }
    seen = [name for name in PLANS.values() if name in held]
    warnings = []
    if P1 not in seen and P2 not in seen:
        warnings.append(
            f"Tenant {tenant} shows no Microsoft Entra ID P1 or P2 licence ({P1}, {P2}), which a source tenant needs"
            " for every user that is synchronized."
        )
    if groups and GOVERNANCE not in seen:
        warnings.append(
            f"Tenant {tenant} shows no Microsoft Entra ID Governance or Entra Suite licence ({GOVERNANCE}), which a"
            " source tenant needs for synchronizing groups."
        )
    return seen, warnings
