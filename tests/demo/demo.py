# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The main job in one minute: two tenants, a real playbook, and users who cross over.

Everything is real but the tenants: Ansible, the collection, msal and HTTP. Microsoft Graph is the bundled simulator.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from simulator import Simulator  # noqa: E402

SOURCE = "11111111-aaaa-4bbb-8ccc-000000000001"
TARGET = "22222222-aaaa-4bbb-8ccc-000000000002"
CYCLE_SECONDS = 40 * 60
BOLD, CYAN, GREEN, RED, GREY, PLAIN = ("\033[1m", "\033[36m", "\033[32m", "\033[31m", "\033[90m", "\033[0m")
if not sys.stdout.isatty():
    os.environ["NO_COLOR"] = "1"
if os.environ.get("NO_COLOR"):
    BOLD = CYAN = GREEN = RED = GREY = PLAIN = ""


def heading(text: str) -> None:
    """A line that begins a chapter."""
    print(f"\n{BOLD}{CYAN}── {text} {'─' * max(0, 96 - len(text))}{PLAIN}", flush=True)


def environment(simulator: Simulator, story: Path) -> dict[str, str]:
    """What a job runner would inject: a credential for each tenant, and where the tenants are."""
    sides = {"SOURCE": (SOURCE, "1" * 8, "a1", "contoso"), "TARGET": (TARGET, "2" * 8, "a2", "fabrikam")}
    variables = {"ENTRA_GRAPH_URL": simulator.graph_url, "ENTRA_LOGIN_URL": simulator.login_url}
    for side, (tenant, digits, app, name) in sides.items():
        variables[f"ENTRA_{side}_TENANT_ID"] = tenant
        variables[f"ENTRA_{side}_CLIENT_ID"] = f"{digits}-0000-4000-8000-0000000000{app}"
        variables[f"ENTRA_{side}_CLIENT_SECRET"] = f"{name}-automation-not-a-real-secret"
    ansible = {
        "ANSIBLE_STDOUT_CALLBACK": "story",
        "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback_plugins"),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "STORY_FILE": str(story),
    }
    return {**os.environ, **variables, **ansible}


def play(simulator: Simulator, story: Path, *options: str) -> list[str]:
    """Run the playbook; returns the names of the tasks that changed something."""
    story.write_text("", encoding="utf-8")
    simulator.clear_requests()
    command = ["ansible-playbook", "-i", str(HERE / "pairs.yml"), "entra.crosstenant.configure", *options]
    began = time.monotonic()
    done = subprocess.run(command, env=environment(simulator, story), check=False)
    seconds = time.monotonic() - began
    if done.returncode:
        sys.exit(f"{RED}The playbook failed.{PLAIN}")
    changed = story.read_text(encoding="utf-8").splitlines()
    log = simulator.requests()
    graph = [each for each in log if each["kind"] == "graph" and each["batch"] is None]
    writes = [each for each in log if each["write"]]
    tokens = [each for each in log if each["kind"] == "token"]
    print(
        f"  {BOLD}{len(changed)} changed{PLAIN}  {GREY}{seconds:.1f} s, {len(graph)} requests to Graph,"
        f" {len(writes)} of them writes, {len(tokens)} tokens{PLAIN}"
    )
    return changed


def table(columns: list[str], rows: list[list[str]]) -> None:
    """Print rows under columns."""
    widths = [max(len(row[index]) for row in [columns, *rows]) for index in range(len(columns))]
    for row in [columns, ["─" * width for width in widths], *rows]:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))


def arrivals(simulator: Simulator) -> list[dict[str, Any]]:
    """The users of the target tenant who came from the source tenant."""
    users = simulator.state()[TARGET]["users"]
    users = list(users.values()) if isinstance(users, dict) else users
    return [user for user in users if "#EXT#" in user["userPrincipalName"]]


def show_arrivals(simulator: Simulator) -> None:
    """Who is in the target tenant now."""
    rows = [
        [
            str(user["displayName"]),
            str(user["userPrincipalName"]),
            str(user["userType"]),
            "enabled" if user["accountEnabled"] else "disabled",
        ]
        for user in sorted(arrivals(simulator), key=lambda user: str(user["displayName"]))
    ]
    table(["Name", "User principal name in Fabrikam", "Type", "Account"], rows)


def main() -> int:
    """Tell the story; returns the exit status."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, Simulator() as simulator:
        story = Path(folder) / "changed"
        print(f"{BOLD}Contoso{PLAIN} {SOURCE} {GREY}→{PLAIN} {BOLD}Fabrikam{PLAIN} {TARGET}")
        print(f"{GREY}Microsoft Graph is simulated at {simulator.graph_url}{PLAIN}")

        heading("1  ansible-playbook entra.crosstenant.configure --check   (both tenants are empty)")
        predicted = play(simulator, story, "--check")
        heading("2  ansible-playbook entra.crosstenant.configure")
        applied = play(simulator, story)
        heading("3  the same again")
        repeated = play(simulator, story)

        heading("4  forty minutes later: the first cycle has run. Who is in Fabrikam?")
        simulator.advance(CYCLE_SECONDS)
        show_arrivals(simulator)

        heading("What each run changed")
        table(
            ["Run", "Tasks changed", "Expected"],
            [
                ["check", str(len(predicted)), "as many as the run itself"],
                ["apply", str(len(applied)), "all of them"],
                ["apply again", str(len(repeated)), "none"],
            ],
        )
        problems = []
        if predicted != applied:
            problems.append("check mode predicted other changes than the run made")
        if repeated:
            problems.append("the second run changed something")
        if not arrivals(simulator):
            problems.append("nobody arrived in the target tenant")
    verdict = f"{RED}✗ " + "; ".join(problems) if problems else f"{GREEN}✓ Everybody is where they should be"
    print(f"\n{verdict}{PLAIN}  {GREY}({time.monotonic() - began:.0f} s){PLAIN}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
