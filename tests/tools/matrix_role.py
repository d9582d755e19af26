# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Converge a pair of simulated tenants with the playbooks of a tree: matrix_role.py TREE.

In both ways in: a check foretells changes, a run makes them, and neither a second run nor a second check finds any.
Ansible must warn of nothing on the way. The last line that is printed says how it went.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ANSIBLE_PLAYBOOK = str(Path(sys.executable).with_name("ansible-playbook"))
SIDES = {"source": ("11111111", "a1", "contoso"), "target": ("22222222", "a2", "fabrikam")}


def inventory(url: str) -> dict[str, Any]:
    """The pair of the simulator's own seed."""
    pair: dict[str, Any] = {"cross_tenant_sync_principals": [{"user": "adele@contoso.example"}]}
    for side, (tenant, app, name) in SIDES.items():
        pair[f"cross_tenant_sync_{side}"] = {
            "tenant_id": f"{tenant}-aaaa-4bbb-8ccc-00000000000{app[1]}",
            "client_id": f"{tenant}-0000-4000-8000-0000000000{app}",
            "client_secret": f"{name}-automation-not-a-real-secret",
            "graph_url": url,
            "login_url": url,
        }
    return {"crosstenant_pairs": {"hosts": {"pair": pair}}}


def play(directory: Path, in_process: bool, *options: str) -> tuple[int, str]:
    """Run the playbook; returns how many tasks changed something, and the output."""
    command = [ANSIBLE_PLAYBOOK, "-i", str(directory / "hosts.json"), "entra.crosstenant.configure", *options]
    place = {
        "ENTRA_IN_PROCESS": str(in_process).lower(),
        "ANSIBLE_HOME": str(directory / "ansible"),
        "ANSIBLE_NOCOLOR": "true",
    }
    done = subprocess.run(
        command, cwd=directory, env={**os.environ, **place}, capture_output=True, text=True, check=False
    )
    output = f"$ {' '.join(command)}\n{done.stdout}\n{done.stderr}"
    changed = re.search(r"^pair +: .* changed=(\d+) ", done.stdout, re.MULTILINE)
    problems = [line for line in output.splitlines() if re.match(r"\[[A-Z ]*WARNING\]|\[ERROR\]|fatal:", line)]
    if done.returncode or problems:
        print(output)
        raise SystemExit(f"ERROR role: {' '.join(options)}: {(problems or [f'status {done.returncode}'])[0]}")
    return int(changed[1]) if changed else 0, output


def converge(directory: Path, in_process: bool) -> int:
    """Check, run, run and check; returns how many tasks changed something."""
    results = {}
    for step, options in (("check", ["--check", "--diff"]), ("run", []), ("again", []), ("check again", ["--check"])):
        results[step], output = play(directory, in_process, *options)
        print(output)
    way = "in process" if in_process else "as modules"
    if not results["check"] or not results["run"] or results["again"] or results["check again"]:
        raise SystemExit(f"ERROR role: {way}: changes {results}")
    return results["run"]


def main(tree: Path) -> None:
    """Converge in both ways."""
    sys.path.insert(0, str(tree / "tests"))
    from simulator import Simulator

    changes = []
    with tempfile.TemporaryDirectory() as name, Simulator() as simulator:
        directory = Path(name)
        (directory / "hosts.json").write_text(json.dumps(inventory(simulator.base_url)), encoding="utf-8")
        for playbook in sorted((tree / "playbooks").glob("*.yml")):
            syntax = [ANSIBLE_PLAYBOOK, "-i", str(directory / "hosts.json"), "--syntax-check", str(playbook)]
            if subprocess.run(syntax, cwd=directory, check=False).returncode:
                raise SystemExit(f"ERROR role: syntax of {playbook.name}")
        for in_process in (True, False):
            simulator.reset()
            changes.append(converge(directory, in_process))
    print(f"role converges in {changes[0]} changes in process, {changes[1]} as modules")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
