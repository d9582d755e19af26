# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a command and print what it took, as JSON: python launcher.py OUTPUT COMMAND [ARGUMENT...].

A process counts the memory of the one that it was forked from as its own peak. This one is small, and the benchmark,
which reads long logs, is not; that is all that this is for.
"""

from __future__ import annotations

import json
import os
import sys
import time


def main(output: str, command: list[str]) -> None:
    """Run the command with its output in a file."""
    begun = time.monotonic()
    pid = os.fork()
    if not pid:
        file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(file, 1)
        os.dup2(file, 2)
        os.execv(command[0], command)  # noqa: S606
    dummy, status, used = os.wait4(pid, 0)
    found = {
        "wall": time.monotonic() - begun,
        "cpu": used.ru_utime + used.ru_stime,
        "largest": used.ru_maxrss / 1024,
        "status": os.waitstatus_to_exitcode(status),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
