# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a retirement leaves in a configuration's notes, for later runs and for people to read. PRIVATE.

The service does not store when somebody was taken out of scope, so it is written down here (graph-api.md section 7.3).
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass
from datetime import datetime

from .._errors import EntraError
from .._moments import read_moment, write_moment

# The longest notes that the service takes.
LONGEST = 1024

_NONE = "none"
_LINE = re.compile(
    r"Being retired by entra\.crosstenant: target ([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
    r"(?:, nobody in scope since (\S+?), last cycle before: (\S+?))?\.(?=\s|$)"
)


@dataclass(frozen=True)
class Mark:
    """That a configuration is being retired.

    :param target: the tenant that it synchronizes to.
    :param since: when its job was restarted with nobody in scope; None if that is yet to be done.
    :param seen: when the last cycle had ended that the job showed then; None if it had run none.
    """

    target: str
    since: datetime | None = None
    seen: datetime | None = None

    def __str__(self) -> str:
        since = ""
        if self.since:
            seen = write_moment(self.seen) if self.seen else _NONE
            since = f", nobody in scope since {write_moment(self.since)}, last cycle before: {seen}"
        return f"Being retired by entra.crosstenant: target {self.target}{since}."


def read_mark(notes: t.Any) -> Mark | None:
    """The mark in a configuration's notes. One that somebody has edited beyond recognition is none."""
    found = _LINE.search(str(notes or ""))
    if found is None:
        return None
    target, since, seen = found[1].lower(), read_moment(found[2]), read_moment(found[3])
    # Half a record of the withdrawal is none: an earlier cycle must not pass for a later one.
    return Mark(target, since, seen) if since and (seen or found[3] == _NONE) else Mark(target)


def with_mark(notes: t.Any, mark: Mark) -> str:
    """The notes with this mark in place of another; whatever else is in them stays.

    :raises EntraError: there is no room for it.
    """
    text = str(notes or "")
    line = str(mark)
    marked = _LINE.sub(line, text, count=1) if _LINE.search(text) else "\n".join(filter(None, (text.rstrip(), line)))
    if len(marked) > LONGEST:
        raise EntraError(
            f"the notes of the service principal have no room for '{line}': {LONGEST} characters are allowed",
            hint="Shorten the notes",
        )
    return marked
