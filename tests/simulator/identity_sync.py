# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Identity synchronization policy of a partner (graph-api.md section 5)."""

from __future__ import annotations

from typing import Any

from .calls import Answer, Call, require_body
from .errors import GraphError, bad_request, policy_not_found
from .metadata_model import model
from .odata import selected
from .policies import BASE, existing_partner, partner_key
from .replication import ABSENT
from .routing import Routes
from .typecheck import check_entity

ROUTES = Routes("policies")
PATH = f"{BASE}/partners/{{tenant}}/identitySynchronization"
TYPE = "crossTenantIdentitySyncPolicyPartner"
CONFLICT = "A conflicting object with one or more of the specified property values is present in the directory."


@ROUTES.on("GET", PATH, query=("$select",))
def get_policy(call: Call) -> Answer:
    """The policy; 404 when there is none (the code is UNCONFIRMED)."""
    key = partner_key(call)
    policy = call.world.seen(call.tenant, "identitySynchronization", key, call.tenant.identity_sync.get(key))
    if policy is None or policy is ABSENT:
        raise policy_not_found()
    names = call.query.select(model(call.api).types[TYPE].properties)
    shown = selected(present(call, policy), names)
    return call.entity(f"policies/crossTenantAccessPolicy/partners('{key}')/identitySynchronization/$entity", shown)


@ROUTES.on("PUT", PATH, body=True)
def create_policy(call: Call) -> Answer:
    """Create only: 409 when a policy exists (section 5)."""
    key = partner_key(call)
    existing_partner(call, key)
    body = _checked(call, key)
    if key in call.tenant.identity_sync:
        details = [{"code": "ConflictingObjects", "message": CONFLICT, "target": key}]
        raise GraphError(409, "Request_MultipleObjectsWithSameKeyValue", CONFLICT, details=details)
    _changed(call, key, ABSENT)
    call.tenant.identity_sync[key] = {
        "displayName": None,
        "userSyncInbound": None,
        "groupSyncInbound": None,
        **body,
        "tenantId": key,
    }
    return Answer(204)


@ROUTES.on("PATCH", PATH, body=True)
def update_policy(call: Call) -> Answer:
    """Update only: 404 when there is none; a v1.0 update leaves the group part alone (UNCONFIRMED)."""
    key = partner_key(call)
    policy = call.tenant.identity_sync.get(key)
    if policy is None or not call.world.replication.visible(call.tenant.id, "identitySynchronization", key):
        raise policy_not_found()
    body = _checked(call, key)
    if not body:
        raise bad_request("The request body must contain at least one property to update.")
    _changed(call, key, policy)
    policy.update(body)
    return Answer(204)


@ROUTES.on("DELETE", PATH)
def delete_policy(call: Call) -> Answer:
    """Remove the policy; synchronized users stay."""
    key = partner_key(call)
    policy = call.tenant.identity_sync.get(key)
    if policy is None or not call.world.replication.visible(call.tenant.id, "identitySynchronization", key):
        raise policy_not_found()
    _changed(call, key, policy)
    del call.tenant.identity_sync[key]
    call.tenant.deleted_policies[("identitySync", key)] = {**policy, "deletedDateTime": call.world.clock.iso()}
    return Answer(204)


def present(call: Call, policy: dict[str, Any]) -> dict[str, Any]:
    """The policy as this API version shows it: the group part exists only in beta."""
    known = model(call.api).types[TYPE].properties
    shown = {"tenantId": policy["tenantId"]}
    shown.update({key: value for key, value in policy.items() if key in known})
    if call.api == "beta":
        shown.setdefault("externalCloudAuthorizedApplicationId", None)
    return shown


def _checked(call: Call, key: str) -> dict[str, Any]:
    body = check_entity(
        call.api, TYPE, require_body(call), read_only=("deletedDateTime", "externalCloudAuthorizedApplicationId")
    )
    if str(body.get("tenantId", key)).lower() != key:
        raise bad_request("The tenantId in the body does not match the path.")
    body.pop("tenantId", None)
    return body


def _changed(call: Call, key: str, old: Any) -> None:
    call.world.replication.changed(call.tenant.id, "identitySynchronization", key, old)
    call.world.replication.changed(call.tenant.id, "policyPropagation", f"identitySync/{key}", old)
