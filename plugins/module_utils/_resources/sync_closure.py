# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Closing a tenant for one direction of synchronization (graph-api.md sections 4.3, 5 and 12). PRIVATE."""

from __future__ import annotations

import typing as t

from .._connection import guid_or_domain
from .._errors import GraphError, doing
from .._properties import Property, as_options, value_at
from .._tenants import refuse_own_tenant, tenant_guid
from .._types import Result, Tree
from .._waiting import ask_until
from .access_settings import ACCESS_SETTINGS

if t.TYPE_CHECKING:
    from .._graph import GraphClient

PARTNERS = "/policies/crossTenantAccessPolicy/partners"
CONSENT = "automaticUserConsentSettings"
# Seconds that the service may take to show what was written (section 13).
VISIBLE_WITHIN = 60.0
MEMBERS = {"inbound": "inboundAllowed", "outbound": "outboundAllowed"}
OPPOSITE = {"inbound": "outbound", "outbound": "inbound"}
PARTNER = (
    Property("automatic_user_consent.inbound_allowed", f"{CONSENT}.inboundAllowed"),
    Property("automatic_user_consent.outbound_allowed", f"{CONSENT}.outboundAllowed"),
    *ACCESS_SETTINGS,
)
POLICY = (
    Property("display_name", "displayName"),
    Property("user_sync_inbound_allowed", "userSyncInbound.isSyncAllowed"),
)
# What is no setting of its own, or is looked at by itself.
APART = {"id", "tenantId", CONSENT, "identitySynchronization", "isServiceProvider", "isInMultiTenantOrganization"}
# Where a setting that is off says more than one that is not there: it overrides the default.
OVERRIDING = {"inboundTrust"}


class SyncClosure:
    """Takes back what one direction of synchronization needs of a tenant, and nothing that anything else uses."""

    noun = "closure"
    key = "partner"

    def __init__(self, params: Tree) -> None:
        self.params = params
        self.partner = guid_or_domain("partner_tenant_id", params["partner_tenant_id"])
        self.direction: str = params["direction"]
        self.warnings: list[str] = []

    @property
    def path(self) -> str:
        return f"{PARTNERS}/{self.partner}"

    @property
    def policy_path(self) -> str:
        return f"{self.path}/identitySynchronization"

    def run(self, graph: GraphClient, check_mode: bool) -> Result:
        """Look, decide, and take back."""
        self.partner = tenant_guid(graph, "partner_tenant_id", self.partner)
        refuse_own_tenant(graph, "partner_tenant_id", self.partner)
        with doing(f"read the settings for partner {self.partner}"):
            partner = graph.find(self.path)
            policy = None if partner is None else graph.find(self.policy_path)
        if partner is None:
            return Result(False, {"partner": None, "identity_sync": None, "kept_for": []})
        needed = self._opposite(partner, policy) + platform_uses(partner)
        kept_for = needed + ([] if self.params["partner"] == "remove" else settings_of(partner))
        deletes = self.params["partner"] != "keep" and not kept_for
        drops_policy = self.direction == "inbound" and policy is not None
        member = MEMBERS[self.direction]
        before: Tree = {}
        after: Tree = {}
        if drops_policy:
            before["identity_sync"], after["identity_sync"] = as_options(POLICY, policy or {}), None
            policy = None
        left: Tree | None = partner
        if deletes:
            before["partner"], after["partner"] = self._view(partner), None
            left = None
        elif value_at(partner, f"{CONSENT}.{member}"):
            option = f"{self.direction}_allowed"
            before["partner"] = {"automatic_user_consent": {option: True}}
            after["partner"] = {"automatic_user_consent": {option: False}}
            left = {**partner, CONSENT: {**partner[CONSENT], member: False}}
        if after and not check_mode and not self._take_back(graph, partner, left, drops_policy):
            before.pop("partner"), after.pop("partner")
            left = partner
        values = {
            "partner": self._view(left) if left is not None else None,
            "identity_sync": as_options(POLICY, policy) if policy is not None else None,
            "kept_for": kept_for,
        }
        return Result(bool(after), values, before, after, self.warnings)

    def _opposite(self, partner: Tree, policy: Tree | None) -> list[str]:
        """What the opposite direction uses."""
        other = OPPOSITE[self.direction]
        uses = []
        if value_at(partner, f"{CONSENT}.{MEMBERS[other]}"):
            uses.append(f"automatic_user_consent.{other}_allowed, for the opposite direction")
        if self.direction == "outbound" and policy is not None:
            uses.append("the identity synchronization policy, for the opposite direction")
        return uses

    def _take_back(self, graph: GraphClient, partner: Tree, left: Tree | None, drops_policy: bool) -> bool:
        """Send it; returns whether the service took what concerns the partner."""
        if drops_policy:
            # First the policy: a partner that has one cannot be deleted (section 4.3).
            with doing(f"delete the identity synchronization policy for partner {self.partner}"):
                graph.delete(self.policy_path)
                self._until_gone(graph, self.policy_path)
        if left is None:
            with doing(f"delete the partner configuration for {self.partner}"):
                self._delete_partner(graph, VISIBLE_WITHIN if drops_policy else 0)
                self._until_gone(graph, self.path)
        elif left is not partner:
            with doing(f"update the partner configuration for {self.partner}"):
                if not self._withdraw_consent(graph, left):
                    return False
                member = f"{CONSENT}.{MEMBERS[self.direction]}"
                ask_until(
                    lambda: graph.find(self.path),
                    lambda shown: shown is None or not value_at(shown, member),
                    graph.patience,
                    VISIBLE_WITHIN,
                )
        return True

    def _withdraw_consent(self, graph: GraphClient, left: Tree) -> bool:
        """Withdraw it; false where the service keeps that to the platform, whose the partner is (section 4.3)."""
        # Only what a consent is made of: the service may not take the rest back.
        consent = {name: left[CONSENT].get(name) for name in MEMBERS.values()}
        try:
            graph.patch(self.path, {CONSENT: {name: value for name, value in consent.items() if value is not None}})
        except GraphError as error:
            if not platform_uses(left) or not 400 <= error.status < 500 or error.code == "Authorization_RequestDenied":
                raise
            self.warnings.append(
                f"The service did not let the {self.direction} consent for {self.partner} be withdrawn, which is"
                f" a partner of {' and '.join(platform_uses(left))}: {error.cause}."
            )
            return False
        return True

    def _delete_partner(self, graph: GraphClient, doubt: float) -> None:
        """Delete it; the service may not know yet that its policy is gone.

        :param doubt: seconds for which a refusal may mean that.
        """

        def refused() -> GraphError | None:
            try:
                graph.delete(self.path)
            except GraphError as error:
                if error.status not in (400, 409):
                    raise
                return error
            return None

        error, dummy = ask_until(refused, lambda error: error is None, graph.patience, doubt)
        if error is not None:
            raise error

    @staticmethod
    def _until_gone(graph: GraphClient, path: str) -> None:
        ask_until(lambda: graph.find(path), lambda found: found is None, graph.patience, VISIBLE_WITHIN)

    def _view(self, partner: Tree) -> Tree:
        return {"partner_tenant_id": self.partner, **as_options(PARTNER, partner)}


def platform_uses(partner: Tree) -> list[str]:
    """What makes a partner the platform's, so that it cannot be deleted."""
    uses = {"isServiceProvider": "a service provider", "isInMultiTenantOrganization": "the multitenant organization"}
    return [use for name, use in uses.items() if partner.get(name)]


def settings_of(partner: Tree) -> list[str]:
    """The settings that are made for a partner besides consent, by the names that the service has for them."""
    return [
        name
        for name, value in partner.items()
        if name not in APART and "@" not in name and _says(value, also_no=name in OVERRIDING)
    ]


def _says(value: t.Any, *, also_no: bool) -> bool:
    """Whether there is anything in a setting; null means that the default holds."""
    if isinstance(value, dict):
        return any(_says(each, also_no=also_no) for name, each in value.items() if "@" not in name)
    if isinstance(value, list):
        return bool(value)
    return value is not None and (value is not False or also_no)
