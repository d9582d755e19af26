# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shows a run as its changes: one line a task, and below it each property before and after."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: story
type: stdout
short_description: A run as its changes
description:
  - For the demonstration. The names of changed tasks are appended to the file that E(STORY_FILE) names.
author: The entra.crosstenant authors
"""

GREEN, YELLOW, RED, GREY, PLAIN = ("\033[32m", "\033[33m", "\033[31m", "\033[90m", "\033[0m")
if os.environ.get("NO_COLOR"):
    GREEN = YELLOW = RED = GREY = PLAIN = ""


class CallbackModule(CallbackBase):
    """Prints while the run goes on."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "story"

    def v2_runner_on_ok(self, result: Any) -> None:
        """Done: as it was, or changed and how."""
        title = result._task.get_name().rpartition(" : ")[2]
        if not result._result.get("changed"):
            print(f"  {GREEN}✓{PLAIN} {GREY}{title}{PLAIN}", flush=True)
            return
        print(f"  {YELLOW}✎{PLAIN} {title}", flush=True)
        with open(os.environ["STORY_FILE"], "a", encoding="utf-8") as file:
            file.write(title + "\n")
        diff = result._result.get("diff") or {}
        before, after = (dict(flat(diff.get(side) or {})) for side in ("before", "after"))
        for name in after:
            was = f"{before[name]} → " if name in before else ""
            print(f"      {GREY}{name}:{PLAIN} {was}{YELLOW}{after[name]}{PLAIN}", flush=True)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Failed."""
        print(f"  {RED}✗ {result._task.get_name().rpartition(' : ')[2]}{PLAIN}\n      {result._result.get('msg')}")


def flat(tree: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Each leaf of a tree with its dotted name."""
    if isinstance(tree, dict) and tree:
        for key, value in tree.items():
            yield from flat(value, f"{name}.{key}" if name else key)
    elif isinstance(tree, list):
        yield name, ", ".join(str(each["name"] if isinstance(each, dict) else each) for each in tree)
    elif isinstance(tree, bool):
        yield name, "yes" if tree else "no"
    else:
        yield name, "-" if tree is None else str(tree)
