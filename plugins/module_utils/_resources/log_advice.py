# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do about an error or a skipped object of the provisioning log (domain.md section 8). PRIVATE."""

from __future__ import annotations

import re

_TRANSIENT = "The service tries again by itself in the next cycle"
_DATA = "Correct the attribute that the reason names in the source tenant, or its mapping"
_DENIED = "The target tenant does not allow it: check its policies for external users"
_CONSENT = (
    "Both sides must agree: in the source tenant automatic_user_consent.outbound_allowed for the target, in the target"
    " tenant automatic_user_consent.inbound_allowed and user_sync_inbound_allowed for the source"
)

# By the end of the code: the product's old and new name stand in front of some.
ERRORS = {
    "B2BManagementPolicyCheckFailure": _CONSENT,
    "CrossTenantSyncPolicyCheckFailure": _CONSENT,
    "Forbidden": "Let the target tenant's external collaboration settings (allowInvitesFrom) allow guest invitations",
    "InvitationCreationFailure": "The invitation failed for a reason of the service: ask Microsoft's support",
    "InvitationCreationFailureUserAccountDisabled": (
        "The user exists in the target tenant, disabled and with a pending invitation: enable the account there, then"
        " try again"
    ),
    "InvitationCreationFailureInvalidPropertyValue": (
        "Check the primary mail address, that userType is Guest or Member, and that no group of the target tenant has"
        " the address"
    ),
    "InvitationCreationFailureAmbiguousUser": (
        "An internal user of the target tenant has this proxy address: remove that user, or take this one out of scope"
    ),
    "CannotUpdateObjectsOriginatedInExternalService": (
        "Exchange of the target tenant owns mail or showInAddressList of the user: change it there"
    ),
    "CannotUpdateObjectsMasteredOnPremises": (
        "The user of the target tenant comes from a directory on premises, which is not supported"
    ),
    "QuotaLimitExceeded": "The target tenant has reached its quota of directory objects: let Microsoft raise it",
    "LicenseLimitExceeded": "Licences are used up: add some, or take users out of scope",
    "EntityTypeNotSupported": "Groups are not mapped: enable the group mapping, or leave groups out",
    "UnableToResolveReferenceAttributeValue": "Bring the object that is referred to into scope, then restart the job",
    "Conflict": "Another object of the target tenant has a value that must be unique: correct one of the two",
    "EntryConflict": "Another object of the target tenant has a value that must be unique: correct one of the two",
    "DuplicateTargetEntries": "Several users of the target tenant match: remove all but one",
    "DuplicateSourceEntries": "Several users of the source tenant match the same one: correct them",
    "InvalidAnchor": (
        "The user that was matched is gone from the target tenant: restore it there; else only a restart that drops"
        " the links helps, with Microsoft Support"
    ),
    "MandatoryFieldsMissing": _DATA,
    "MissingValues": _DATA,
    "SchemaAttributeNotFound": "The mapping names an attribute that is not there: correct the schema",
    "SchemaPropertyCanOnlyAcceptValue": _DATA,
    "schemaInvalid": "The matching attribute cannot be changed: put the schema back",
    "InvalidDomain": "The domain of the address is not verified: correct the address, or verify the domain",
    "UnprocessableEntity": _DATA,
    "TooManyRequests": _TRANSIENT,
    "InternalServerError": _TRANSIENT,
    "InternalError": _TRANSIENT,
    "Timeout": _TRANSIENT,
    "WebExceptionProtocolError": _TRANSIENT,
    "InsufficientRights": _DENIED,
    "Unauthorized": _DENIED,
    "NotPermitted": _DENIED,
    "MethodNotAllowed": _DENIED,
    "NotImplemented": "The service does not do this: ask Microsoft's support",
    "TokenExpired": "The target tenant does not allow synchronization from this cloud",
    "ExternalTenantNotFound": "There is no such tenant in this cloud",
    "TooManyDeletes": "The deletion protection holds it back: see allow_deletes of sync_job",
}
SKIPPED = {
    "NotEffectivelyEntitled": (
        "Not assigned to the configuration, or only with default access: assign the user, or a group that has the user"
        " as a direct member, with app_role_assignment"
    ),
    "RedundantExport": "Nothing: the target tenant is as it should be",
    "EntityTypeNotSupported": ERRORS["EntityTypeNotSupported"],
    "TooManyDeletes": ERRORS["TooManyDeletes"],
    "EntrySynchronizationSkipped": "Out of scope: the steps of the entry say why",
    "ImportSkipped": "Out of scope: the steps of the entry say why",
}
EXTERNAL_USERS = (
    "The filter of the template keeps out external users, and users who can sign in by SMS: switch SMS sign-in off for"
    " those who are to be synchronized"
)
FILTERED = "The scoping filter keeps the user out: correct the attribute, or the filter"


def advice_on_error(code: str) -> str | None:
    """What to do about an error; None where nobody knows."""
    plain = re.sub(r"\s+", "", code).lower()
    fitting = [end for end in ERRORS if plain.endswith(end.lower())]
    return ERRORS[max(fitting, key=len)] if fitting else None


def advice_on_skip(reason: str) -> str | None:
    """What to do about a skipped object, by the reason that :func:`log_summary.skip_reason` gives."""
    if "alternativesecurityids" in reason.lower():
        return EXTERNAL_USERS
    if " " in reason.strip():
        return FILTERED
    return next((advice for word, advice in SKIPPED.items() if word.lower() == reason.lower()), None)
