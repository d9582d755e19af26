# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cross-tenant access settings for one partner tenant (graph-api.md section 4.3). PRIVATE to the collection."""

from __future__ import annotations

import typing as t

from .._connection import guid_or_domain
from .._engine import Resource
from .._errors import GraphError
from .._properties import Change, body_of, compare
from .._tenants import refuse_own_tenant, tenant_guid
from .._types import Tree
from .access_settings import PARTNER_SETTINGS, partner_view, refuse_outside_global

if t.TYPE_CHECKING:
    from .._graph import GraphClient

PARTNERS = "/policies/crossTenantAccessPolicy/partners"


class Partner(Resource):
    """The configuration that a tenant keeps for a partner tenant. Whatever is not named stays as it is."""

    noun = "partner configuration"
    key = "partner"
    properties = PARTNER_SETTINGS

    def __init__(self, params: Tree) -> None:
        super().__init__(params)
        refuse_outside_global(params)
        self.partner = guid_or_domain("partner_tenant_id", params["partner_tenant_id"])

    @property
    def title(self) -> str:
        return f"the {self.noun} for {self.partner}"

    @property
    def path(self) -> str:
        return f"{PARTNERS}/{self.partner}"

    def verify(self, graph: GraphClient) -> None:
        self.partner = tenant_guid(graph, "partner_tenant_id", self.partner)
        refuse_own_tenant(graph, "partner_tenant_id", self.partner)

    def identity(self, current: Tree) -> Tree:
        return {"partner_tenant_id": self.partner}

    def view(self, current: Tree) -> Tree:
        return partner_view(self.partner, current)

    def read(self, graph: GraphClient) -> Tree | None:
        return graph.find(self.path)

    def create(self, graph: GraphClient, body: Tree) -> Tree:
        try:
            return graph.post(PARTNERS, {"tenantId": self.partner, **body})
        except GraphError as error:
            if error.status == 400 and not error.exists:
                error.hint = (
                    f"Check that {self.partner} is the id of a tenant. One of another cloud takes that cloud to be"
                    " enabled in the cross-tenant access settings of both"
                )
            raise

    def update(self, graph: GraphClient, current: Tree, changes: list[Change]) -> None:
        try:
            graph.patch(self.path, body_of(self.properties, current, changes))
        except GraphError as error:
            # One that is gone since it was read is made again (section 14).
            if not error.absent:
                raise
            self.create(graph, body_of(self.properties, {}, compare(self.desired(), {})))

    def delete(self, graph: GraphClient, current: Tree) -> None:
        try:
            graph.delete(self.path)
        except GraphError as error:
            # Refused while it has an identity synchronization policy (section 4.3); with which status is unconfirmed.
            if error.status in (400, 409) and not error.hint:
                error.hint = f"If {self.partner} may still push users, delete that policy first, with identity_sync"
            raise
