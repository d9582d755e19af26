# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the tests under every ansible-core that the collection supports: matrix.py [CORE...].

CORE is the beginning of a version, such as 2.16; without any, all of them are run. For each, one Python of this machine
is chosen and a virtual environment made (and kept) in .build/matrix. All are run on one copy of the tree, made at the
start. One line for each version says what became of it; the exit status is 1 if something failed. What cannot be run,
because this machine has no suitable Python, is said to be skipped.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import pwd
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

TOOLS = Path(__file__).resolve().parent
BUILD = TOOLS.parents[1] / ".build" / "matrix"
COPY = BUILD / "tree"

# ansible-core, and the Pythons that it and the test equipment run on: the preferred one first.
CORES = (
    ("2.16.19", ("3.11", "3.12")),
    ("2.18.19", ("3.11", "3.12", "3.13")),
    ("2.19.14", ("3.12", "3.13", "3.11")),
    ("2.20.10", ("3.12", "3.13", "3.14")),
    ("2.21.5", ("3.13", "3.14", "3.12")),
)
# What the collection and its tests need, in the versions of requirements.txt; of the rest each core takes its own.
NEEDED = (
    "aiohttp",
    "cryptography",
    "hypothesis",
    "msal",
    "pyjwt",
    "pytest",
    "pytest-xdist",
    "pyyaml",
    "requests",
    "trustme",
)
WORKERS = str(min(os.cpu_count() or 1, 4))


@dataclass(frozen=True)
class Verdict:
    """What became of one version."""

    core: str
    python: str
    word: str
    details: str

    def __str__(self) -> str:
        return f"ansible-core {self.core:<8} {self.python:<14} {self.word:<8} {self.details}"


def directories_of_pythons() -> list[Path]:
    """Where interpreters may be: PATH, and next to each other below pyenv; never pyenv's shims."""
    on_path = [Path(entry) for entry in os.environ.get("PATH", "").split(os.pathsep) if entry]
    home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    roots = [Path(os.environ.get("PYENV_ROOT") or home / ".pyenv") / "versions", Path(sys.base_prefix).parent]
    side_by_side = [each for root in roots for each in sorted(root.glob("3.*/bin"), reverse=True)]
    return [each for each in (*on_path, *side_by_side) if each.name != "shims"]


def find_python(version: str, directories: list[Path]) -> Path | None:
    """An interpreter of this version that works."""
    for directory in directories:
        python = directory / f"python{version}"
        probe = "import sys, ssl, venv, ensurepip; sys.exit(sys.prefix != sys.base_prefix)"
        if python.is_file() and subprocess.run([python, "-c", probe], capture_output=True, check=False).returncode == 0:
            return python
    return None


def pins(core: str) -> str:
    """The requirements of an environment."""
    wanted = {name.lower() for name in NEEDED}
    locked = (TOOLS / "requirements.txt").read_text(encoding="utf-8").splitlines()
    lines = [line for line in locked if re.split("[=<>~! ]", line)[0].lower() in wanted]
    return "\n".join([f"ansible-core=={core}", *lines, ""])


def environment(core: str, python: Path) -> Path:
    """The virtual environment of a version, made unless it is there."""
    venv = BUILD / core
    requirements = pins(core)
    stamp = venv / "made-of"
    made_of = hashlib.sha256(f"{python.resolve()}\n{requirements}".encode()).hexdigest()
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != made_of:
        shutil.rmtree(venv, ignore_errors=True)
        subprocess.run([python, "-m", "venv", venv], check=True)
        (venv / "requirements.txt").write_text(requirements, encoding="utf-8")
        install = ["-m", "pip", "install", "-qq", "--requirement", str(venv / "requirements.txt")]
        subprocess.run([venv / "bin" / "python", *install], check=True)
        stamp.write_text(made_of, encoding="utf-8")
    return venv


def run(core: str, python: Path) -> Verdict:
    """Run everything under one version."""
    begun = time.monotonic()
    version = f"Python {python.name.removeprefix('python')}"
    try:
        venv = environment(core, python)
    except subprocess.CalledProcessError as problem:
        return Verdict(core, version, "failed", f"no environment: {problem}")
    suites = [f"tests/{name}" for name in ("unit", "integration") if (COPY / "tests" / name).is_dir()]
    pytest = ["-m", "pytest", "-c", "tests/pytest.ini", "--rootdir=.", "-q", f"-n{WORKERS}", "--dist=worksteal"]
    tests = _logged(venv, "tests", [*pytest, *suites])
    role = _logged(venv, "role", [str(TOOLS / "matrix_role.py"), str(COPY)])
    facts = [
        _last_line(venv / "tests.log").strip("= "),
        _last_line(venv / "role.log"),
        f"{time.monotonic() - begun:.0f} s",
    ]
    word = "passed" if tests and role else "failed"
    if word == "failed":
        facts.append(f"see {venv.relative_to(BUILD.parents[1])}/*.log")
    return Verdict(core, version, word, "; ".join(facts))


def _logged(venv: Path, name: str, arguments: list[str]) -> bool:
    """Run this environment's Python in the copy; the log is kept in the environment."""
    place = {
        "PATH": f"{venv / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "ANSIBLE_COLLECTIONS_PATH": str(COPY / ".build" / "tree"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    with (venv / f"{name}.log").open("w", encoding="utf-8") as log:
        command = [str(venv / "bin" / "python"), *arguments]
        done = subprocess.run(command, cwd=COPY, env={**os.environ, **place}, stdout=log, stderr=log, check=False)
    return done.returncode == 0


def _last_line(log: Path) -> str:
    return (log.read_text(encoding="utf-8", errors="replace").splitlines() or ["no output"])[-1]


def failures(log: Path) -> list[str]:
    """The lines of a log that name what failed."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    return [line[:200] for line in lines if line.startswith(("FAILED", "ERROR"))]


def main() -> int:
    """Run the versions that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("core", nargs="*", help="only these versions, by their beginning")
    asked = tuple(f"{core}." for core in parser.parse_args().core)
    BUILD.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, str(TOOLS / "copy_tree.py"), str(COPY)], check=True)
    directories = directories_of_pythons()
    words = []
    for core, pythons in CORES:
        if asked and not f"{core}.".startswith(asked):
            continue
        found = [python for python in (find_python(each, directories) for each in pythons) if python]
        if found:
            verdict = run(core, found[0])
        else:
            verdict = Verdict(core, "-", "skipped", f"no Python {' or '.join(pythons)} on this machine")
        print(verdict, flush=True)
        if verdict.word == "failed":
            for line in [*failures(BUILD / core / "tests.log"), *failures(BUILD / core / "role.log")]:
                print(f"    {line}", flush=True)
        words.append(verdict.word)
    return int("failed" in words or not words)


if __name__ == "__main__":
    sys.exit(main())
