# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""All partners of a tenant with what may come in from them (graph-api.md sections 4 to 6). PRIVATE."""

from __future__ import annotations

import typing as t

from .._batch import send_together
from .._connection import guid_or_domain
from .._errors import GraphError, doing
from .._graph import Request, quoted
from .._permissions import permission_hint
from .._tenants import refuse_own_tenant, tenant_guid
from .._types import Result
from .access_settings import partner_view
from .identity_sync_settings import identity_sync_view

if t.TYPE_CHECKING:
    from .._graph import GraphClient
    from .._types import Tree

PARTNERS = "/policies/crossTenantAccessPolicy/partners"
POLICY = "identitySynchronization"
EXPANDED = {"$expand": POLICY}
# How a service says that it does not know a part of a request.
NOT_UNDERSTOOD = (400, 405, 501)


class PartnerInfo:
    """Reads the partners, each with its identity synchronization policy and its name."""

    def __init__(self, params: Tree) -> None:
        named = params.get("partner_tenant_id")
        self.partner = None if named is None else guid_or_domain("partner_tenant_id", named)
        self.with_names = params["tenant_names"]
        # Group synchronization exists in beta only.
        self.api = "beta" if params["group_sync"] else "v1.0"
        self.warnings: list[str] = []

    def run(self, graph: GraphClient, check_mode: bool) -> Result:
        """Look; check mode is no different."""
        if self.partner is not None:
            self.partner = tenant_guid(graph, "partner_tenant_id", self.partner)
            refuse_own_tenant(graph, "partner_tenant_id", self.partner)
        with doing("read the partner configurations"):
            rows = self._rows(graph)
        partners = {str(row["tenantId"]).lower(): row for row in rows}
        self._add_policies(graph, partners)
        tenants = self._tenants(graph, list(partners)) if self.with_names else {}
        views = [_view(partner, row, tenants.get(partner) or {}) for partner, row in partners.items()]
        return Result(False, {"partners": views}, warnings=self.warnings)

    def _rows(self, graph: GraphClient) -> list[Tree]:
        """The configurations, along with their policies where the service shows both at once."""
        try:
            return self._ask(graph, EXPANDED)
        except GraphError as error:
            if error.status not in NOT_UNDERSTOOD:
                raise
            return self._ask(graph, {})

    def _ask(self, graph: GraphClient, query: t.Mapping[str, str]) -> list[Tree]:
        if self.partner is None:
            return graph.pages(PARTNERS, query, api=self.api)
        row = graph.find(f"{PARTNERS}/{self.partner}", query, api=self.api)
        return [] if row is None else [row]

    def _add_policies(self, graph: GraphClient, partners: dict[str, Tree]) -> None:
        """Read the policies that did not come along: a row that says nothing of its policy does not say there is none.

        :raises GraphError: one could not be read.
        """
        missing = [partner for partner, row in partners.items() if POLICY not in row]
        requests = [Request("GET", f"{PARTNERS}/{partner}/{POLICY}", api=self.api) for partner in missing]
        for partner, answer in zip(missing, send_together(graph, requests), strict=True):
            with doing(f"read the identity synchronization policy for partner {partner}"):
                partners[partner][POLICY] = _found(answer)

    def _tenants(self, graph: GraphClient, partners: list[str]) -> dict[str, Tree | None]:
        """What each tenant is called; without the permission to ask there is a warning in place of names."""
        requests = [
            Request("GET", f"/tenantRelationships/findTenantInformationByTenantId(tenantId={quoted(partner)})")
            for partner in partners
        ]
        tenants: dict[str, Tree | None] = {}
        for partner, request, answer in zip(partners, requests, send_together(graph, requests), strict=True):
            if isinstance(answer, GraphError) and answer.status == 403:
                hint = permission_hint("GET", request.path)
                self.warnings = [f"The names of the partners may not be looked up. {hint}; or set tenant_names=false."]
                continue
            if isinstance(answer, GraphError) and answer.status == 400:
                # In which way a service says that it does not know a tenant, as of another cloud, is not sure.
                self.warnings.append(f"The name of partner {partner} could not be looked up: {answer.cause}.")
                continue
            with doing(f"look up the name of partner {partner}"):
                tenants[partner] = _found(answer)
        return tenants


def _found(answer: Tree | GraphError) -> Tree | None:
    """The answer; None where the service says that there is nothing.

    :raises GraphError: it could not be had.
    """
    if not isinstance(answer, GraphError):
        return answer
    if answer.absent:
        return None
    raise answer


def _view(partner: str, row: Tree, tenant: Tree) -> Tree:
    policy = row[POLICY]
    return {
        **partner_view(partner, row),
        "identity_sync": None if policy is None else identity_sync_view(partner, policy),
        "tenant_name": tenant.get("displayName"),
        "default_domain": tenant.get("defaultDomainName"),
    }
