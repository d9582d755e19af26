# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Access settings for tenants that are no partner of their own (graph-api.md section 4.2). PRIVATE."""

from __future__ import annotations

import typing as t

from .._engine import Resource, converge
from .._errors import InputError, doing
from .._properties import Change, Property, as_options, body_of, changes_as_options, compare, value_at
from .._types import Result, Tree
from .._waiting import ask_until
from .access_settings import ACCESS_SETTINGS, refuse_outside_global

if t.TYPE_CHECKING:
    from .._graph import GraphClient

PATH = "/policies/crossTenantAccessPolicy/default"

IDENTITY_PROVIDERS = {
    "azure_active_directory": "azureActiveDirectory",
    "external_federation": "externalFederation",
    "social_identity_providers": "socialIdentityProviders",
    "email_one_time_passcode": "emailOneTimePasscode",
    "microsoft_account": "microsoftAccount",
    "default_configured_idp": "defaultConfiguredIdp",
}
_OPTION_OF = {name.lower(): option for option, name in IDENTITY_PROVIDERS.items()}
_REDEMPTION = "invitationRedemptionIdentityProviderConfiguration"


def _everybody(access: str) -> Tree:
    return {
        "usersAndGroups": {"accessType": access, "targets": [{"target": "AllUsers", "targetType": "user"}]},
        "applications": {"accessType": access, "targets": [{"target": "AllApplications", "targetType": "application"}]},
    }


# The policy that nobody has touched. What is not in it is not documented.
SERVICE_DEFAULT: Tree = {
    "inboundTrust": {
        "isMfaAccepted": False,
        "isCompliantDeviceAccepted": False,
        "isHybridAzureADJoinedDeviceAccepted": False,
    },
    "b2bCollaborationInbound": _everybody("allowed"),
    "b2bCollaborationOutbound": _everybody("allowed"),
    "b2bDirectConnectInbound": _everybody("blocked"),
    "b2bDirectConnectOutbound": _everybody("blocked"),
    "tenantRestrictions": _everybody("blocked"),
    _REDEMPTION: {
        "primaryIdentityProviderPrecedenceOrder": [
            "externalFederation",
            "azureActiveDirectory",
            "socialIdentityProviders",
        ],
        "fallbackIdentityProvider": "defaultConfiguredIdp",
    },
}
IS_SERVICE_DEFAULT = Property("is_service_default", "isServiceDefault")


def _provider_option(name: t.Any) -> str:
    return _OPTION_OF.get(str(name).lower(), str(name))


def _provider_options(names: list[str]) -> list[str]:
    return [_provider_option(name) for name in names]


def _top(row: Property) -> str:
    return row.path.split(".")[0]


class DefaultPolicy(Resource):
    """What holds for every tenant that has no configuration of its own. It is always there."""

    noun = "default cross-tenant access policy"
    key = "default_policy"
    properties = (
        *ACCESS_SETTINGS,
        Property(
            "invitation_redemption.primary_order",
            f"{_REDEMPTION}.primaryIdentityProviderPrecedenceOrder",
            lambda order: [IDENTITY_PROVIDERS[each] for each in order],
            _provider_options,
            lambda one, other: _provider_options(one) == _provider_options(other),
        ),
        Property(
            "invitation_redemption.fallback",
            f"{_REDEMPTION}.fallbackIdentityProvider",
            IDENTITY_PROVIDERS.__getitem__,
            _provider_option,
            lambda one, other: _provider_option(one) == _provider_option(other),
        ),
    )

    def __init__(self, params: Tree) -> None:
        super().__init__(params)
        refuse_outside_global(params)
        named = sorted({row.option.split(".")[0] for row in self.desired()})
        if params["state"] == "reset" and named:
            raise InputError(
                ", ".join(named), "state=reset gives back every setting", hint="Leave it out, or set state=present"
            )
        self._refuse_unknown_defaults()

    def _refuse_unknown_defaults(self) -> None:
        """A setting whose service default is not documented cannot be given back alone."""
        for row, value in self.desired().items():
            if value is None and _top(row) not in SERVICE_DEFAULT:
                raise InputError(
                    row.option.split(".")[0],
                    "what the service sets by default is not documented, so it cannot be given back alone",
                    hint="Name what it shall be, or give back the whole policy with state=reset",
                )

    @property
    def title(self) -> str:
        return f"the {self.noun}"

    def desired(self) -> dict[Property, t.Any]:
        """What the user named. What is cleared becomes what the service sets: there is no policy below this one."""
        return {
            row: value_at(SERVICE_DEFAULT, row.path) if value is None else value
            for row, value in super().desired().items()
        }

    def run(self, graph: GraphClient, check_mode: bool) -> Result:
        return self._reset(graph, check_mode) if self.params["state"] == "reset" else converge(self, graph, check_mode)

    def read(self, graph: GraphClient) -> Tree:
        return graph.get(PATH)

    def view(self, current: Tree) -> Tree:
        return {"is_service_default": current.get("isServiceDefault"), **as_options(self.properties, current)}

    def predicted(self, current: Tree, changes: list[Change]) -> Tree:
        policy = super().predicted(current, changes)
        return {**policy, "isServiceDefault": False} if changes else policy

    def update(self, graph: GraphClient, current: Tree, changes: list[Change]) -> None:
        graph.patch(PATH, body_of(self.properties, current, changes))

    def _reset(self, graph: GraphClient, check_mode: bool) -> Result:
        """Give everything back to the service, unless it has not been taken from it."""
        with doing(f"read {self.title}"):
            current = self.read(graph)
        # A cloud that lacks a setting does not show it before or after; nor need the service say whose the policy is.
        known = {name: value for name, value in SERVICE_DEFAULT.items() if name in current}
        final = {**known, "isServiceDefault": True}
        says = current.get("isServiceDefault") is not None
        rows = [row for row in self.properties if (_top(row) in current if says else current.get(_top(row)))]
        desired = {row: value_at(final, row.path) for row in ([IS_SERVICE_DEFAULT, *rows] if says else rows)}
        changes = compare(desired, current)
        if current.get("isServiceDefault") is True or not changes:
            return Result(False, {self.key: self.view(current)})
        before, after = changes_as_options(changes)
        if not check_mode:
            with doing(f"reset {self.title}"):
                graph.post(f"{PATH}/resetToSystemDefault", repeatable=True)
                read, settled = ask_until(
                    lambda: self.read(graph),
                    lambda policy: (
                        policy.get("isServiceDefault") is True or (not says and not compare(desired, policy))
                    ),
                    graph.patience,
                    self.visible_within,
                )
            if settled:
                final = read
            else:
                self.warnings.append(f"{self.title} was reset, and the service does not show it yet.")
        return Result(True, {self.key: self.view(final)}, before, after, self.warnings)
