# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure how fast the collection is: python -m benchmark.bench, from the directory tests.

All parts together take about a quarter of an hour on two cores, and write docs/benchmark.md. There are no pass marks:
what is slow is shown, and nothing fails because of it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from benchmark import bulk, converged, fleet, report, sizes
from benchmark.report import Section
from benchmark.tenants import TESTS

PAGE = TESTS.parent / "docs" / "benchmark.md"


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--part", choices=["a", "b", "c", "d"], help="a converged pair, b many pairs, c many assignments, d sizes"
    )
    parser.add_argument("--rounds", type=int, default=3, help="how many rounds are counted (default: 3)")
    parser.add_argument("--quick", action="store_true", help="see whether it works: one round, small numbers")
    parser.add_argument("--output", type=Path, default=PAGE, help="where a full run writes its page")
    options = parser.parse_args()
    sections: list[Section] = []
    with tempfile.TemporaryDirectory() as name:
        for letter in options.part or "abcd":
            found = measure(letter, Path(name), 1 if options.quick else options.rounds, options.quick)
            print("\n" + "\n".join(section.markdown() for section in found), flush=True)
            sections += found
    print(report.targets(sections))
    if not options.part and not options.quick:
        options.output.parent.mkdir(exist_ok=True)
        options.output.write_text(report.page(sections), encoding="utf-8")
        print(f"written: {options.output}")


def measure(letter: str, directory: Path, rounds: int, quick: bool) -> list[Section]:
    """Measure one part."""
    print(f"part {letter} ", end="", file=sys.stderr, flush=True)
    if letter == "a":
        return converged.part(directory, rounds)
    if letter == "b":
        return fleet.part(directory, rounds, (1, 4)) if quick else fleet.part(directory, rounds)
    if letter == "c":
        return bulk.part(directory, rounds, 40, 3200) if quick else bulk.part(directory, rounds)
    return [sizes.section()]


if __name__ == "__main__":
    main()
