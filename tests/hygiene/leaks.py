# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looking for secrets in what a run wrote, whole or in parts, plain or encoded."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import parse_qs, quote, quote_plus

from simulator import Simulator

PART = 12


def seen_by(sim: Simulator) -> set[str]:
    """Every token, secret and assertion that went over the wire."""
    found: set[str] = set()
    with sim.world.lock:
        entries = list(sim.world.log.entries)
    for entry in entries:
        scheme, dummy, token = entry.headers.get("authorization", "").partition(" ")
        if scheme:
            assert scheme == "Bearer", f"{entry.method} {entry.path} came with {scheme}"
            found.add(token)
        if entry.kind == "token":
            form = parse_qs(entry.body.decode("utf-8", "replace"))
            found.update(*(form.get(name, []) for name in ("client_secret", "client_assertion")))
            if isinstance(entry.response, Mapping) and "access_token" in entry.response:
                found.add(entry.response["access_token"])
    return found


def parts(secret: str) -> set[str]:
    """What gives a secret away: any stretch of it, in any of the usual encodings.

    The first section of a JWT is the same for all and tells nothing.
    """
    texts = secret.split(".")[1:] if secret.count(".") == 2 and secret.startswith("ey") else [secret]
    found: set[str] = set()
    for text in texts:
        encoded = base64.b64encode(text.encode()).decode().rstrip("=")
        for form in (text, json.dumps(text)[1:-1], repr(text)[1:-1], quote(text, safe=""), quote_plus(text), encoded):
            step = 1 if len(form) < 200 else PART
            found.update(form[start : start + PART] for start in range(0, max(1, len(form) - PART + 1), step))
    return found


def leaks(secrets: Iterable[str], places: Mapping[str, str]) -> list[str]:
    """Where a part of a secret can be read; empty if nowhere."""
    found = []
    for secret in secrets:
        looked_for = parts(secret)
        for place, text in places.items():
            seen = sorted(part for part in looked_for if part in text)
            if seen:
                at = text.index(seen[0])
                found.append(f"{place}: ...{text[max(0, at - 80) : at + 80]!r}...")
    return found


def files_below(directory: Path) -> Iterator[tuple[str, str]]:
    """Every file with its content."""
    for path in sorted(directory.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield str(path.relative_to(directory)), path.read_bytes().decode("utf-8", "replace")
