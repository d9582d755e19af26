# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which permissions the token in use has and lacks (graph-api.md section 2). PRIVATE to the collection."""

from __future__ import annotations

import typing as t

from .._errors import EntraError
from .._permissions import OPERATIONS, missing_for
from .._types import Result

if t.TYPE_CHECKING:
    from .._graph import GraphClient
    from .._types import Tree


class Permissions:
    """Reads the token only; no request goes to Graph."""

    def __init__(self, params: Tree) -> None:
        self.params = params

    def run(self, graph: GraphClient, check_mode: bool) -> Result:
        """Compare the token with what each operation needs."""
        token = graph.token
        held = token.permissions
        rows = []
        for operation in self.params.get("operations") or list(OPERATIONS):
            missing = [] if held is None else missing_for(operation, held)
            rows.append({"operation": operation, "granted": None if held is None else not missing, "missing": missing})
        warnings = []
        if held is None:
            warnings.append(f"The token of tenant {graph.tenant_id} does not say which permissions it has.")
        lacking = sorted({each for row in rows for each in row["missing"]})
        if lacking and self.params["fail_on_missing"]:
            raise EntraError(
                f"the app {token.client_id} lacks {', '.join(lacking)} in tenant {graph.tenant_id}",
                hint=f"Grant it, and let an administrator consent at {graph.consent_url}",
            )
        values = {
            "permissions": rows,
            "missing": lacking,
            "cloud": self.params["cloud"],
            "tenant_id": graph.tenant_id,
            "client_id": token.client_id,
            "consent_url": graph.consent_url,
        }
        return Result(False, values, warnings=warnings)
