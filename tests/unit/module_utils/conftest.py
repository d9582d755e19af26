# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No chance, and no options from outside."""

from __future__ import annotations

from unit.steadiness import steady

__all__ = ["steady"]
