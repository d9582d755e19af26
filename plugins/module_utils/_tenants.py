# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Naming other tenants: a domain becomes an id, and nobody's partner is himself. PRIVATE to the collection."""

from __future__ import annotations

import typing as t

from ._connection import is_guid
from ._errors import GraphError, InputError
from ._graph import quoted

if t.TYPE_CHECKING:
    from ._graph import GraphClient


def tenant_guid(graph: GraphClient, option: str, tenant: str) -> str:
    """The id of a tenant that is named by id or by domain (graph-api.md section 6).

    :raises InputError: no tenant has that domain.
    """
    if is_guid(tenant):
        return tenant
    try:
        found = graph.find(f"/tenantRelationships/findTenantInformationByDomainName(domainName={quoted(tenant)})")
    except GraphError as error:
        if error.status != 403:
            raise
        # What Graph tells only to the permitted, the login endpoint tells everybody.
        found = {"tenantId": graph.tenant_of_domain(tenant)}
    if not found or not found.get("tenantId"):
        raise InputError(
            option,
            f"no tenant of this cloud has the domain '{tenant}'",
            hint="Check the domain, or give the tenant's id. Synchronization with a tenant of another cloud is not"
            " supported",
        )
    return str(found["tenantId"]).lower()


def refuse_own_tenant(graph: GraphClient, option: str, tenant: str) -> None:
    """A tenant cannot be its own partner.

    :raises InputError: it is the tenant that the task works in.
    """
    if tenant == graph.tenant_id:
        raise InputError(option, f"{tenant} is the tenant that the task works in", hint="Name the other tenant")
