# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a source tenant may push users into this tenant (graph-api.md section 5). PRIVATE to the collection."""

from __future__ import annotations

import typing as t

from .._connection import guid_or_domain
from .._engine import Resource
from .._errors import GraphError
from .._properties import Change, body_of, compare
from .._tenants import refuse_own_tenant, tenant_guid
from .._types import Tree
from .._waiting import ask_until
from .identity_sync_settings import IDENTITY_SYNC_SETTINGS, identity_sync_view

if t.TYPE_CHECKING:
    from .._graph import GraphClient

PARTNERS = "/policies/crossTenantAccessPolicy/partners"


class IdentitySync(Resource):
    """The identity synchronization policy that a target tenant keeps for a source tenant."""

    noun = "identity synchronization policy"
    key = "identity_sync"
    properties = IDENTITY_SYNC_SETTINGS

    def __init__(self, params: Tree) -> None:
        super().__init__(params)
        self.partner = guid_or_domain("partner_tenant_id", params["partner_tenant_id"])
        # Group synchronization exists in beta only; whoever does not name it stays on v1.0.
        self.api = "beta" if params.get("group_sync_inbound_allowed") is not None else "v1.0"

    @property
    def title(self) -> str:
        return f"the {self.noun} for partner {self.partner}"

    @property
    def path(self) -> str:
        return f"{PARTNERS}/{self.partner}/identitySynchronization"

    def verify(self, graph: GraphClient) -> None:
        self.partner = tenant_guid(graph, "partner_tenant_id", self.partner)
        refuse_own_tenant(graph, "partner_tenant_id", self.partner)

    def identity(self, current: Tree) -> Tree:
        return {"partner_tenant_id": self.partner}

    def view(self, current: Tree) -> Tree:
        return identity_sync_view(self.partner, current)

    def read(self, graph: GraphClient) -> Tree | None:
        return graph.find(self.path, api=self.api)

    def create(self, graph: GraphClient, body: Tree) -> Tree:
        """PUT creates, and only creates (section 5)."""

        def put() -> GraphError | None:
            try:
                graph.put(self.path, body, api=self.api)
            except GraphError as error:
                # The partner may have been made a moment ago; one that is not there at all is the user's to make.
                if error.absent and graph.find(f"{PARTNERS}/{self.partner}") is not None:
                    return error
                if error.absent:
                    error.hint = f"Create the partner first, with crosstenant_partner for {self.partner}"
                raise
            return None

        refused, dummy = ask_until(put, lambda error: error is None, graph.patience, self.visible_within)
        if refused is not None:
            raise refused
        return {"tenantId": self.partner, **body}

    def update(self, graph: GraphClient, current: Tree, changes: list[Change]) -> None:
        try:
            graph.patch(self.path, body_of(self.properties, current, changes), api=self.api)
        except GraphError as error:
            # PATCH only updates (section 5): a policy that is gone since it was read is made again.
            if not error.absent:
                raise
            self.create(graph, body_of(self.properties, {}, compare(self.desired(), {})))

    def delete(self, graph: GraphClient, current: Tree) -> None:
        graph.delete(self.path)
