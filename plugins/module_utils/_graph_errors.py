# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Graph says when it refuses, read from all the shapes it says it in. PRIVATE to the collection.

Shapes: graph-api.md section 3.3. Catalogue of codes: section 14.
"""

from __future__ import annotations

import email.utils
import json
import random
import time
import typing as t

from ._errors import NEVER_SENT, NO_ANSWER, NO_WAY, GraphError
from ._permissions import permission_hint

if t.TYPE_CHECKING:
    from ._http import Unreachable

# Statuses that pass by themselves; 0 is "no answer".
TRANSIENT = (0, 429, 500, 502, 503, 504)
CONCURRENT_WRITE = "Directory_ConcurrencyViolation"

REMEDIES = {
    "AzureActiveDirectoryCrossTenantSyncPolicyCheckFailure": (
        "Both sides must agree: in the source tenant automatic_user_consent.outbound_allowed for the target; in the"
        " target tenant automatic_user_consent.inbound_allowed and user_sync_inbound_allowed for the source. Changes"
        " take a minute or two to be seen"
    ),
    "ExternalTenantNotFound": (
        "Check target_tenant_id: there is no such tenant in this cloud, and synchronization with a tenant of another"
        " cloud is not supported"
    ),
    "AzureActiveDirectoryTokenExpired": (
        "The target tenant seems to be in another cloud, and synchronization between clouds is not supported. Check"
        " target_tenant_id"
    ),
    "InvalidNotificationSettings": "Check notifications and deletion_protection",
    "CredentialsMissing": "The configuration's settings are incomplete: run sync_secrets for it",
    "RequestParameterInvalid": "The job does not know the rule or an object named in the request",
    "schemaInvalid": "The matching attribute of a cross-tenant synchronization cannot be changed",
    "InvalidAuthenticationToken": "The token has expired or is not meant for this Graph: check cloud and graph_url",
}
REMEDIES["AzureDirectoryB2BManagementPolicyCheckFailure"] = REMEDIES[
    "AzureActiveDirectoryCrossTenantSyncPolicyCheckFailure"
]


def may_send_again(error: GraphError) -> bool:
    """Whether the fault is one that passes by itself."""
    return (error.status in TRANSIENT and error.code != NO_WAY) or error.code == CONCURRENT_WRITE


def error_without_answer(unreachable: Unreachable, method: str, path: str) -> GraphError:
    """The failure of a request that got no answer."""
    return GraphError(
        status=0,
        code=NO_WAY if unreachable.lasting else NO_ANSWER if unreachable.sent else NEVER_SENT,
        message=f"no answer from Graph: {unreachable}",
        method=method,
        path=path,
        hint="Check graph_url, proxy, ca_path and the network",
    )


def error_from_answer(status: int, headers: t.Mapping[str, str], body: t.Any, method: str, path: str) -> GraphError:
    """The failure that an answer tells of.

    :param body: the answer's text, or, inside a batch, what it was parsed to.
    """
    code, message, request_id = _read(body)
    hint = REMEDIES.get(code, "")
    if status < 400:
        message = message or "the answer points elsewhere, which Graph's answers never do"
        hint = "Check graph_url and proxy: is it Graph that answers?"
    if not hint and (status == 403 or (status == 401 and code in ("UnknownError", ""))):
        hint = permission_hint(method, path)
        message = message or "the service refused the caller without a reason, as it does when a permission is missing"
    return GraphError(
        status=status,
        code=code or f"HTTP{status}",
        message=message,
        method=method,
        path=path,
        request_id=headers.get("request-id") or request_id,
        hint=hint,
        retry_after=retry_after(headers) if status in (429, 503, 504) else None,
    )


def retry_after(headers: t.Mapping[str, str]) -> float | None:
    """Seconds to wait as the service asks, a little more so that clients do not return together; None if it does not.

    Both forms of the header are read: seconds, and an HTTP date.
    """
    text = next((value for name, value in headers.items() if name.lower() == "retry-after"), "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(text).timestamp() - time.time()
        except (TypeError, ValueError):
            return None
    return max(0.0, seconds) + random.uniform(0.0, 1.0)


def _read(body: t.Any) -> tuple[str, str, str | None]:
    """Code, message and request id of an error body."""
    error = _parsed(body).get("error")
    if not isinstance(error, dict):
        # Anything else is somebody's page, which may hold anything, the request's own header included.
        return "", str(_parsed(body).get("Message") or ""), None
    code, message = str(error.get("code") or ""), str(error.get("message") or "")
    # The synchronization service's own error comes wrapped: a JSON text in the message of an UnknownError.
    if code == "UnknownError" or message.startswith("{"):
        inner = _parsed(message)
        wrapped = inner.get("error")
        if isinstance(wrapped, dict):
            code, message = str(wrapped.get("code") or code), str(wrapped.get("message") or "")
        elif inner.get("Message"):
            message = str(inner["Message"])
    origin = _parsed(error.get("innerError") or error.get("innererror"))
    if code in ("UnknownError", "BadRequest", "") and origin.get("code"):
        code = str(origin["code"])
    return code, message, origin.get("request-id")


def _parsed(body: t.Any) -> dict[str, t.Any]:
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except ValueError:
            return {}
    return body if isinstance(body, dict) else {}
