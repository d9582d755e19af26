# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the simulator by hand: ``python -m simulator --seed seeds/two_tenants.yml``."""

from __future__ import annotations

import argparse
import json
import signal
import threading

from .simulator import TWO_TENANTS, Simulator


def main() -> int:
    """Serve until SIGTERM or SIGINT; one line of JSON on standard output says where."""
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    parser.add_argument("--seed", default=str(TWO_TENANTS), help="YAML file with tenants; default: the bundled pair")
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--tls", action="store_true", help="serve https with a throw-away authority")
    parser.add_argument("--ca-out", help="where to write the authority's certificate (with --tls)")
    options = parser.parse_args()
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    with Simulator(
        options.seed, tls=options.tls, ca_path=options.ca_out, host=options.host, port=options.port
    ) as simulator:
        print(json.dumps(simulator.urls), flush=True)
        stopped.wait()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
