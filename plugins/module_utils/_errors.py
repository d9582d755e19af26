# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can go wrong, as types. PRIVATE to the collection.

Everything below ``_task.py`` raises these; only ``_task.py`` turns them into a failed task.
"""

from __future__ import annotations

import typing as t
from contextlib import contextmanager

# Codes of our own, for requests that got no answer.
NO_ANSWER = "NoAnswer"
NEVER_SENT = "NeverSent"
NO_WAY = "NoWay"


class EntraError(Exception):
    """A failure that a user can act on.

    :param message: what is wrong, in one sentence.
    :param hint: the remedy, in one sentence; may be empty.
    """

    code = "Error"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.action = ""
        self.tenant_id: str | None = None

    @property
    def cause(self) -> str:
        """The message with what the service added to it."""
        return self.message

    def explanation(self) -> str:
        """What was being done, where, what is wrong, and the remedy."""
        where = f" in tenant {self.tenant_id}" if self.tenant_id else ""
        opening = f"Could not {self.action}{where}: " if self.action else ""
        return " ".join(part for part in (opening + _sentence(self.cause), _sentence(self.hint)) if part)

    def details(self) -> dict[str, t.Any]:
        """The machine-readable twin of the explanation: the ``error`` key of a failed task."""
        return {
            "status": None,
            "code": self.code,
            "message": self.message,
            "request_id": None,
            "method": None,
            "path": None,
            "tenant_id": self.tenant_id,
            "hint": self.hint or None,
        }


class InputError(EntraError):
    """An option holds something that cannot work. Nothing has been written."""

    code = "InvalidOption"

    def __init__(self, option: str, problem: str, *, hint: str = "") -> None:
        super().__init__(f"{option}: {problem}", hint=hint)
        self.option = option


class AuthError(EntraError):
    """No token could be had.

    :param code: the AADSTS code, or the OAuth error where there is none.
    """

    def __init__(self, code: str, message: str, *, hint: str = "", request_id: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.request_id = request_id

    def details(self) -> dict[str, t.Any]:
        return {**super().details(), "request_id": self.request_id}


class PartlyDone(EntraError):
    """Some of many were done and some were not.

    :ivar values: the return values of the module, which say which.
    """

    code = "PartlyDone"

    def __init__(self, message: str, *, changed: bool, values: dict[str, t.Any], hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.changed = changed
        self.values = values


class MissingLibrary(EntraError):
    """A Python library that the collection needs is not there."""

    code = "MissingLibrary"


class WaitedTooLong(EntraError):
    """``max_wait`` is used up and the service does not show what was waited for."""

    code = "WaitedTooLong"


class GraphError(EntraError):
    """Graph refused a request, or could not be reached (status 0)."""

    def __init__(
        self,
        *,
        status: int,
        code: str,
        message: str,
        method: str,
        path: str,
        request_id: str | None = None,
        hint: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.code = code
        self.method = method
        self.path = path
        self.request_id = request_id
        self.retry_after = retry_after

    @property
    def cause(self) -> str:
        facts = [self.code, f"HTTP {self.status}" if self.status else "", f"{self.method} {self.path}"]
        if self.request_id:
            facts.append(f"request id {self.request_id}")
        return f"{self.message or 'the service gave no reason'} ({', '.join(fact for fact in facts if fact)})"

    @property
    def absent(self) -> bool:
        """The service says that the object is not there."""
        return self.status == 404

    @property
    def token_expired(self) -> bool:
        """The service no longer takes the token; a 401 ``UnknownError`` is a missing permission (section 14)."""
        return self.status == 401 and self.code == "InvalidAuthenticationToken"

    @property
    def may_be_done(self) -> bool:
        """A write that failed in this way may have been carried out all the same."""
        return self.status >= 500 or self.code == NO_ANSWER

    @property
    def exists(self) -> bool:
        """The service says that the object is there already (graph-api.md sections 4.3, 5 and 9)."""
        return (
            self.status == 409 and self.code in ("Request_MultipleObjectsWithSameKeyValue", "ConflictingObjects")
        ) or (self.status in (400, 409) and "already exist" in self.message.lower())

    def details(self) -> dict[str, t.Any]:
        return {
            **super().details(),
            "status": self.status or None,
            "request_id": self.request_id,
            "method": self.method,
            "path": self.path,
        }


class LostAnswer(GraphError):
    """A write whose answer never came, or came as a gateway's error: it may have been carried out."""

    @classmethod
    def of(cls, error: GraphError) -> LostAnswer:
        """The same failure, seen from a write that must not simply be sent again."""
        return cls(
            status=error.status,
            code=error.code,
            message=f"{error.message or 'no answer'}; the write may or may not have been carried out",
            method=error.method,
            path=error.path,
            request_id=error.request_id,
            hint="Run the task again: it looks first, and repeats only what is missing",
            retry_after=error.retry_after,
        )


@contextmanager
def doing(action: str) -> t.Iterator[None]:
    """Name what is being done, for the message of any error raised inside. The innermost name wins."""
    try:
        yield
    except EntraError as error:
        error.action = error.action or action
        raise


def _sentence(text: str) -> str:
    text = text.strip()
    return text if not text or text[-1] in ".!?" else text + "."
