# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Copy the collection to where the checks expect one: copy_tree.py DESTINATION.

The copy holds what git would see (tracked, and untracked but not ignored), below a path that ends in
ansible_collections/entra/crosstenant. Only what changed is copied, and what is gone is removed. The copy is a git
repository of its own, without a commit: the checks ask git for the list of files.
"""

from __future__ import annotations

import filecmp
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def files_seen_by_git(directory: Path) -> set[Path]:
    """List the files below a directory that are tracked, or untracked but not ignored, and exist."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=directory, check=True, capture_output=True, text=True).stdout.split("\0")
    return {Path(name) for name in names if name and (directory / name).is_file()}


def main(destination: Path) -> None:
    """Make the destination equal to the tree."""
    if not (destination / ".git").exists():
        destination.mkdir(parents=True, exist_ok=True)
        subprocess.run(["git", "init", "--quiet", str(destination)], check=True)
    wanted = files_seen_by_git(ROOT)
    for path in files_seen_by_git(destination) - wanted:
        (destination / path).unlink()
    for path in wanted:
        source, copy = ROOT / path, destination / path
        if not copy.is_file() or not filecmp.cmp(source, copy, shallow=True):
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, copy)
    for directory in sorted((p for p in destination.rglob("*") if p.is_dir()), reverse=True):
        if ".git" not in directory.parts and not any(directory.iterdir()):
            directory.rmdir()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
