# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stateful, strict simulator of Microsoft Graph and the Entra token endpoint: test equipment, see README.md."""

from __future__ import annotations

from .seed import load_seed
from .simulator import SEEDS, TWO_TENANTS, Simulator

__all__ = ["SEEDS", "TWO_TENANTS", "Simulator", "load_seed"]
