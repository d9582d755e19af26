# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the policies of both tenants allow the synchronization (graph-api.md section 8.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .replication import ABSENT
from .typecheck import is_guid

if TYPE_CHECKING:
    from .tenant import Tenant
    from .world import World

CHECK_FAILURE = "AzureActiveDirectoryCrossTenantSyncPolicyCheckFailure"
SOURCE_TEXT = (
    "The source tenant has not enabled automatic user consent with the target tenant. Please enable the outbound "
    "cross-tenant access policy for automatic user consent in the source tenant. "
    "aka.ms/TroubleshootingCrossTenantSyncPolicyCheck"
)
TARGET_TEXT = (
    "The target tenant has not enabled inbound synchronization with this tenant. Please request the target tenant "
    "admin to enable the inbound synchronization on their cross-tenant access policy. Learn more: "
    "aka.ms/TroubleshootingCrossTenantSyncPolicyCheck"
)


@dataclass(frozen=True)
class Failure:
    """Why credentials do not work."""

    code: str
    message: str


def _partner(world: World, tenant: Tenant, other: str, lagging: bool) -> dict[str, Any]:
    partner = tenant.partners.get(other)
    if lagging:
        partner = world.seen(tenant, "policyPropagation", f"partner/{other}", partner)
    return {} if partner is None or partner is ABSENT else partner


def _identity_sync(world: World, tenant: Tenant, other: str, lagging: bool) -> dict[str, Any]:
    policy = tenant.identity_sync.get(other)
    if lagging:
        policy = world.seen(tenant, "policyPropagation", f"identitySync/{other}", policy)
    return {} if policy is None or policy is ABSENT else policy


def check_policies(world: World, source: Tenant, target_id: str, *, lagging: bool = False) -> Failure | None:
    """Outbound consent here, inbound consent and inbound synchronization there.

    ``lagging`` looks through the replication settings: policy changes propagate slowly.
    """
    target = world.tenants.get(target_id.lower())
    if target is None or target.id == source.id:
        return Failure("ExternalTenantNotFound", f"The external tenant '{target_id}' was not found.")
    code = str(world.settings["validate_failure_code"])
    outbound = _partner(world, source, target.id, lagging).get("automaticUserConsentSettings") or {}
    inbound = _partner(world, target, source.id, lagging).get("automaticUserConsentSettings") or {}
    policy = _identity_sync(world, target, source.id, lagging)
    if not outbound.get("outboundAllowed"):
        return Failure(code, SOURCE_TEXT)
    if not inbound.get("inboundAllowed") or not (policy.get("userSyncInbound") or {}).get("isSyncAllowed"):
        return Failure(code, TARGET_TEXT)
    return None


def check_credentials(
    world: World, source: Tenant, secrets: dict[str, str], *, lagging: bool = False
) -> Failure | None:
    """The secrets themselves, then the policies."""
    kind, company = secrets.get("AuthenticationType"), secrets.get("CompanyId")
    # UNCONFIRMED codes for missing and blank secrets (section 8.4).
    if not kind or not company:
        return Failure("CredentialsMissing", "The credentials AuthenticationType and CompanyId are required.")
    if kind != "SyncPolicy" or not is_guid(company):
        return Failure("InvalidCredentials", "The credentials are invalid.")
    return check_policies(world, source, company, lagging=lagging)
