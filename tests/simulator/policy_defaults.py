# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the cross-tenant access policy of an untouched tenant holds (graph-api.md section 4)."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

SETTINGS = (
    "inboundTrust",
    "automaticUserConsentSettings",
    "b2bCollaborationInbound",
    "b2bCollaborationOutbound",
    "b2bDirectConnectInbound",
    "b2bDirectConnectOutbound",
    "tenantRestrictions",
    "isServiceProvider",
    "isInMultiTenantOrganization",
    "m365CollaborationInbound",
    "m365CollaborationOutbound",
    "appServiceConnectInbound",
)


def _everybody(access: str) -> dict[str, Any]:
    return {
        "usersAndGroups": {"accessType": access, "targets": [{"target": "AllUsers", "targetType": "user"}]},
        "applications": {"accessType": access, "targets": [{"target": "AllApplications", "targetType": "application"}]},
    }


def service_policy() -> dict[str, Any]:
    """The singleton itself."""
    return {
        "id": "crossTenantAccessPolicy",
        "deletedDateTime": None,
        "displayName": "CrossTenantAccessPolicy",
        "description": None,
        "allowedCloudEndpoints": [],
    }


def service_default() -> dict[str, Any]:
    """The system default of ``/default``."""
    return {
        "id": "default",
        "isServiceDefault": True,
        "inboundTrust": {
            "isMfaAccepted": False,
            "isCompliantDeviceAccepted": False,
            "isHybridAzureADJoinedDeviceAccepted": False,
        },
        "b2bCollaborationOutbound": _everybody("allowed"),
        "b2bCollaborationInbound": _everybody("allowed"),
        "b2bDirectConnectOutbound": _everybody("blocked"),
        "b2bDirectConnectInbound": _everybody("blocked"),
        "tenantRestrictions": {"devices": None, **_everybody("blocked")},
        "automaticUserConsentSettings": {"inboundAllowed": False, "outboundAllowed": False},
        "invitationRedemptionIdentityProviderConfiguration": {
            "primaryIdentityProviderPrecedenceOrder": [
                "externalFederation",
                "azureActiveDirectory",
                "socialIdentityProviders",
            ],
            "fallbackIdentityProvider": "defaultConfiguredIdp",
        },
        "m365CollaborationInbound": None,
        "m365CollaborationOutbound": None,
        "appServiceConnectInbound": None,
    }


def service_templates() -> dict[str, dict[str, Any]]:
    """The two policy templates of multitenant organizations (graph-api.md section 4.4)."""
    partner: dict[str, Any] = {name: None for name in SETTINGS if name.startswith(("inbound", "automatic", "b2b"))}
    return {
        "multiTenantOrganizationPartnerConfiguration": {
            "id": "multiTenantOrganizationPartnerConfiguration",
            "templateApplicationLevel": "none",
            **partner,
        },
        "multiTenantOrganizationIdentitySynchronization": {
            "id": "multiTenantOrganizationIdentitySynchronization",
            "templateApplicationLevel": "none",
            "userSyncInbound": None,
        },
    }


def fresh_partner(tenant_id: str) -> dict[str, Any]:
    """A partner nobody has configured: everything null, consent an object with null members (section 4.3)."""
    partner: dict[str, Any] = dict.fromkeys(SETTINGS)
    partner["tenantId"] = tenant_id
    partner["automaticUserConsentSettings"] = {"inboundAllowed": None, "outboundAllowed": None}
    return partner


def partner_from_seed(entry: dict[str, Any]) -> dict[str, Any]:
    """A partner of a seed, in Graph's own property names."""
    partner = fresh_partner(entry["tenantId"].lower())
    consent = entry.get("automaticUserConsentSettings")
    partner.update(
        {
            key: deepcopy(value)
            for key, value in entry.items()
            if key not in ("tenantId", "automaticUserConsentSettings")
        }
    )
    if consent:
        partner["automaticUserConsentSettings"].update(consent)
    return partner
