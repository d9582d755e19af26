# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulator with secrets that stand out, and what runs tasks against it in either way in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hygiene.credentials import seed_with_odd_secrets
from integration.harness import Player
from integration.parity import WAYS
from simulator import Simulator


@pytest.fixture
def sim() -> Iterator[Simulator]:
    """The two untouched tenants of the simulator's seed, with secrets that are easily mangled and easily found."""
    with Simulator(seed_with_odd_secrets()) as simulator:
        yield simulator


@pytest.fixture(params=WAYS)
def play(request: pytest.FixtureRequest, sim: Simulator, tmp_path: Path) -> Player:
    """What runs tasks, in one way in and, in a test of its own, in the other."""
    directory = tmp_path / "run"
    for name in ("home", "tmp", "facts"):
        (directory / name).mkdir(parents=True)
    return Player(sim, directory, request.param)


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    """Where a user keeps credentials; nothing of a run belongs there."""
    directory = tmp_path / "inputs"
    directory.mkdir()
    return directory
