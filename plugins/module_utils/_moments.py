# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times as the service writes them. PRIVATE to the collection."""

from __future__ import annotations

import re
import typing as t
from datetime import datetime, timedelta, timezone

_FORM = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?)?\s*(?:[zZ]|([+-])(\d\d):?(\d\d))?"
)
# The service writes the first year of all for "never".
NEVER_YEAR = 1


def now() -> datetime:
    """The time on this machine."""
    return datetime.now(timezone.utc)


def read_moment(text: t.Any) -> datetime | None:
    """A time, however many digits its seconds have; None for null, never, and what is no time."""
    found = _FORM.fullmatch(str(text or "").strip())
    if found is None or int(found[1]) == NEVER_YEAR:
        return None
    year, month, day, hour, minute, second = (int(each or 0) for each in found.groups()[:6])
    fraction = int((found[7] or "")[:6].ljust(6, "0"))
    offset = timedelta(hours=int(found[9] or 0), minutes=int(found[10] or 0))
    try:
        moment = datetime(year, month, day, hour, minute, second, fraction, timezone.utc)
        return moment + offset if found[8] == "-" else moment - offset
    except (ValueError, OverflowError):
        return None


def write_moment(moment: datetime) -> str:
    """A time as the service takes it in a filter."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
