# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens shared by all tasks and hosts of one run. PRIVATE to the collection.

They are kept in the directory that Ansible makes for each run: nobody else can read it, and it is removed at the end.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import tempfile
import typing as t
from pathlib import Path

from ..module_utils._token import Token


class RunTokens:
    """One file for each sign-in, named by a fingerprint of everything that decides which token it gives.

    :param directory: Ansible's private directory of the run.
    """

    def __init__(self, directory: str) -> None:
        self._directory = Path(directory)

    @contextlib.contextmanager
    def locked(self, key: str) -> t.Iterator[None]:
        """Hold off the other workers, so that one of them signs in and the rest find its token."""
        descriptor = os.open(self._directory / f"entra-{key}.lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def get(self, key: str) -> Token | None:
        """The token that another task left, or None."""
        try:
            kept = json.loads(self._file(key).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return Token(kept["text"], kept["expires_on"], kept["claims"])

    def put(self, key: str, token: Token) -> None:
        """Leave a token for the other tasks."""
        descriptor, name = tempfile.mkstemp(dir=self._directory)  # made with mode 0600
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump({"text": token.text, "expires_on": token.expires_on, "claims": dict(token.claims)}, file)
        os.replace(name, self._file(key))

    def _file(self, key: str) -> Path:
        return self._directory / f"entra-{key}.token"
