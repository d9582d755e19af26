# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an identity synchronization policy says (graph-api.md section 5). PRIVATE to the collection."""

from __future__ import annotations

from .._properties import Property, as_options
from .._types import Tree

IDENTITY_SYNC_SETTINGS = (
    Property("display_name", "displayName"),
    Property("user_sync_inbound_allowed", "userSyncInbound.isSyncAllowed"),
    Property("group_sync_inbound_allowed", "groupSyncInbound.isSyncAllowed"),
)


def identity_sync_view(partner: str, policy: Tree) -> Tree:
    """The policy for a partner as modules return it."""
    return {"partner_tenant_id": partner, **as_options(IDENTITY_SYNC_SETTINGS, policy)}
