# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Soft-deleted partners and identity synchronization policies: beta only (graph-api.md sections 0 and 5)."""

from __future__ import annotations

from typing import Any

from .calls import Answer, Call
from .errors import GraphError, policy_not_found
from .routing import Routes

ROUTES = Routes("policies")
BASE = "/policies/deletedItems"
BETA = ("beta",)
COLLECTIONS = {"crossTenantPartners": "partner", "crossTenantSyncPolicyPartners": "identitySync"}


def _store(call: Call, kind: str) -> dict[str, dict[str, Any]]:
    return call.tenant.partners if kind == "partner" else call.tenant.identity_sync


for _collection, _kind in COLLECTIONS.items():

    def _list(call: Call, kind: str = _kind, collection: str = _collection) -> Answer:
        found = [policy for (its_kind, dummy), policy in call.tenant.deleted_policies.items() if its_kind == kind]
        return Answer(200, {"@odata.context": call.context(f"policies/deletedItems/{collection}"), "value": found})

    def _restore(call: Call, kind: str = _kind) -> Answer:
        key = call.params["tenant"].lower()
        policy = call.tenant.deleted_policies.get((kind, key))
        if policy is None:
            raise policy_not_found()
        if key in _store(call, kind):
            raise GraphError(409, "Request_MultipleObjectsWithSameKeyValue", "A policy for this tenant exists already.")
        if kind == "identitySync" and key not in call.tenant.partners:
            raise policy_not_found()
        del call.tenant.deleted_policies[(kind, key)]
        restored = {name: value for name, value in policy.items() if name != "deletedDateTime"}
        _store(call, kind)[key] = restored
        return Answer(204)

    ROUTES.on("GET", f"{BASE}/{_collection}", apis=BETA)(_list)
    ROUTES.on("POST", f"{BASE}/{_collection}/{{tenant}}/restore", apis=BETA)(_restore)
