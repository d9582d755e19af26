# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of what goes wrong share one simulator, which each of them takes back to its seed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from faults.crashes import Course, Crashes
from faults.driver import Clock, Trouble, page_after
from integration.tenants import ADELE, ALEX, DIEGO
from simulator import Simulator, graph

THREE = [{"user": user} for user in (ADELE, ALEX, DIEGO)]


@pytest.fixture(scope="session")
def _trouble() -> Iterator[Trouble]:
    with Simulator() as sim:
        yield Trouble(sim, Clock())


@pytest.fixture
def trouble(_trouble: Trouble, monkeypatch: pytest.MonkeyPatch) -> Trouble:
    """Two tenants, and what goes wrong in them."""
    _trouble.sim.reset()
    faults = _trouble.sim.world.faults
    select = type(faults).select

    def interrupted(self: Any, **request: Any) -> Any:
        if request["kind"] == "graph":
            _trouble.interrupt(request["method"], request["path"])
        return select(self, **request)

    monkeypatch.setattr(type(faults), "select", interrupted)
    monkeypatch.setattr(graph, "spoiled", page_after)
    return _trouble


@pytest.fixture(scope="session")
def _crashing() -> Iterator[Simulator]:
    with Simulator() as sim:
        yield sim


@pytest.fixture(scope="session")
def course(_crashing: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A run with three users in scope that nothing disturbs."""
    directory = tmp_path_factory.mktemp("undisturbed")
    return Crashes(_crashing, directory, principals=THREE).undisturbed()


@pytest.fixture
def crashes(_crashing: Simulator, tmp_path: Path) -> Crashes:
    """Two empty tenants, and runs with three users in scope."""
    return Crashes(_crashing, tmp_path, principals=THREE)


@pytest.fixture(scope="session")
def provisioning_course(_crashing: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A run with a test user that nothing disturbs."""
    return Crashes(_crashing, tmp_path_factory.mktemp("undisturbed"), test_users=[ADELE]).undisturbed()


@pytest.fixture
def provisioning(_crashing: Simulator, tmp_path: Path) -> Crashes:
    """Two empty tenants, and runs with a test user."""
    return Crashes(_crashing, tmp_path, test_users=[ADELE])
