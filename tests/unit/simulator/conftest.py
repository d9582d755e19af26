# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the simulator's own tests: one server for all, reset before each test."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = str(Path(__file__).resolve().parents[2])
if TESTS not in sys.path:
    sys.path.insert(0, TESTS)

# The simulator needs libraries the collection itself does not: without them there is nothing to test here.
if any(importlib.util.find_spec(name) is None for name in ("aiohttp", "jwt", "trustme", "yaml", "requests")):
    collect_ignore_glob = ["test_*.py"]
else:
    from simulator import Simulator
    from unit.simulator.simulator_helpers import SOURCE, TARGET, Graph, Pair


@pytest.fixture(scope="session")
def running() -> Iterator[Simulator]:
    """The one server."""
    with Simulator() as sim:
        yield sim


@pytest.fixture
def sim(running: Simulator) -> Simulator:
    """The simulator, back at its seed."""
    running.reset()
    return running


@pytest.fixture
def source(sim: Simulator) -> Graph:
    """The automation application in the source tenant."""
    return Graph(sim, SOURCE)


@pytest.fixture
def target(sim: Simulator) -> Graph:
    """The automation application in the target tenant."""
    return Graph(sim, TARGET)


@pytest.fixture
def pair(sim: Simulator) -> Pair:
    """A complete configuration, not started."""
    return Pair(sim)
