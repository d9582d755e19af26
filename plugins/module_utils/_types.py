# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task works with and what it reports. PRIVATE to the collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

Tree = dict[str, t.Any]


@dataclass
class Result:
    """What a task reports.

    :param values: the return keys of the module.
    :param before: what was, in the words of the options; only what differs.
    :param after: what is, or in check mode would be.
    """

    changed: bool
    values: Tree
    before: Tree = field(default_factory=dict)
    after: Tree = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


class Operation(t.Protocol):
    """What a module does: plain parameters and a Graph client in, a result out."""

    def run(self, graph: t.Any, check_mode: bool) -> Result:
        """Do it, or in check mode say what would be done."""
