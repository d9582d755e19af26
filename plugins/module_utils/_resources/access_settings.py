# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The access settings that partners and the default policy share (graph-api.md section 4.3). PRIVATE."""

from __future__ import annotations

from .._errors import InputError
from .._properties import Property, as_options
from .._types import Tree

# What only the global cloud has (graph-api.md section 1).
GLOBAL_ONLY = (
    "tenant_restrictions",
    "app_service_connect_inbound",
    "m365_collaboration_inbound",
    "m365_collaboration_outbound",
)


def refuse_outside_global(params: Tree) -> None:
    """Refuse options that the cloud in question lacks.

    :raises InputError: there are some; each is named.
    """
    named = [option for option in GLOBAL_ONLY if params.get(option) is not None]
    if named and params["cloud"] != "global":
        raise InputError(
            ", ".join(named),
            f"there is no such setting in cloud {params['cloud']}, only in the global one",
            hint="Leave it out",
        )


def _target_configuration(option: Tree) -> Tree:
    """Who or what is allowed or blocked, in Graph's form."""
    return {
        "accessType": option["access_type"],
        "targets": [{"target": each["target"], "targetType": each["target_type"]} for each in option["targets"]],
    }


def _target_configuration_option(graph: Tree) -> Tree:
    return {
        "access_type": graph.get("accessType"),
        "targets": [
            {"target": each.get("target"), "target_type": each.get("targetType")} for each in graph.get("targets") or []
        ],
    }


def _devices(option: Tree) -> Tree:
    return {name: value for name, value in option.items() if value is not None}


def _same_devices(one: Tree, other: Tree) -> bool:
    return _devices(one) == _devices(other)


def _same_targets(one: Tree, other: Tree) -> bool:
    """Whether two target configurations mean the same: the order of targets and the case of ids do not matter."""

    def meaning(configuration: Tree) -> tuple[str, frozenset[tuple[str, str]]]:
        targets = configuration.get("targets") or []
        return str(configuration.get("accessType")), frozenset(
            (str(each.get("target")).lower(), str(each.get("targetType"))) for each in targets
        )

    return meaning(one) == meaning(other)


def _targets(option: str, path: str) -> Property:
    return Property(option, path, _target_configuration, _target_configuration_option, _same_targets)


_USERS_AND_APPLICATIONS = (
    ("b2b_collaboration_inbound", "b2bCollaborationInbound"),
    ("b2b_collaboration_outbound", "b2bCollaborationOutbound"),
    ("b2b_direct_connect_inbound", "b2bDirectConnectInbound"),
    ("b2b_direct_connect_outbound", "b2bDirectConnectOutbound"),
    ("tenant_restrictions", "tenantRestrictions"),
)

ACCESS_SETTINGS: tuple[Property, ...] = (
    Property("inbound_trust.mfa_accepted", "inboundTrust.isMfaAccepted"),
    Property("inbound_trust.compliant_device_accepted", "inboundTrust.isCompliantDeviceAccepted"),
    Property("inbound_trust.hybrid_joined_device_accepted", "inboundTrust.isHybridAzureADJoinedDeviceAccepted"),
    *(
        _targets(f"{option}.{member}", f"{path}.{graph_member}")
        for option, path in _USERS_AND_APPLICATIONS
        for member, graph_member in (("users_and_groups", "usersAndGroups"), ("applications", "applications"))
    ),
    Property("tenant_restrictions.devices", "tenantRestrictions.devices", _devices, same=_same_devices),
    _targets("app_service_connect_inbound.applications", "appServiceConnectInbound.applications"),
    _targets("m365_collaboration_inbound.users", "m365CollaborationInbound.users"),
    _targets("m365_collaboration_outbound.users_and_groups", "m365CollaborationOutbound.usersAndGroups"),
)

PARTNER_SETTINGS: tuple[Property, ...] = (
    Property("automatic_user_consent.inbound_allowed", "automaticUserConsentSettings.inboundAllowed"),
    Property("automatic_user_consent.outbound_allowed", "automaticUserConsentSettings.outboundAllowed"),
    *ACCESS_SETTINGS,
)


def partner_view(partner: str, configuration: Tree) -> Tree:
    """The configuration for a partner as modules return it."""
    return {
        "partner_tenant_id": partner,
        **as_options(PARTNER_SETTINGS, configuration),
        "is_service_provider": configuration.get("isServiceProvider"),
        "is_in_multi_tenant_organization": configuration.get("isInMultiTenantOrganization"),
    }
