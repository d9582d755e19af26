# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make the collection and the test equipment importable, whatever the checkout is called and wherever it lies."""

from __future__ import annotations

import contextlib
import importlib
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent
TREE = TESTS.parent / ".build" / "tree"

_link = TREE / "ansible_collections" / "entra" / "crosstenant"
_link.parent.mkdir(parents=True, exist_ok=True)
with contextlib.suppress(FileExistsError):
    _link.symlink_to("../../../..", target_is_directory=True)

sys.path[:0] = [str(TESTS), str(TREE)]
importlib.invalidate_caches()
