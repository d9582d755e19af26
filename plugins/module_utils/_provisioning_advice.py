# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The codes of the provisioning service in plain words, and what to do about them (domain.md section 8). PRIVATE.

Part of a code was changed with the product's name, so codes are told by their endings.
"""

from __future__ import annotations

import re

EQUAL = "RedundantExport"
# The filter that lets home users pass only, wherever it is named.
_BUILT_IN = "alternativesecurityids"
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
    EQUAL: "Nothing: the target tenant is as it should be",
    "EntityTypeNotSupported": ERRORS["EntityTypeNotSupported"],
    "TooManyDeletes": ERRORS["TooManyDeletes"],
    "EntrySynchronizationSkipped": "Out of scope: the steps of the entry say why",
    "ImportSkipped": "Out of scope: the steps of the entry say why",
}
# What is wrong, for whom the service tells a code only.
MEANINGS = {
    EQUAL: "the target tenant has the user as he should be",
    "NotEffectivelyEntitled": "the user is not assigned to the configuration, or to a role that does not count",
    "PolicyCheckFailure": "the policies of the two tenants do not allow it",
    "InvitationCreationFailureUserAccountDisabled": (
        "the user exists in the target tenant, disabled and with a pending invitation"
    ),
    "InvitationCreationFailureInvalidPropertyValue": "an attribute cannot be used for the invitation",
    "InvitationCreationFailureAmbiguousUser": "a user of the target tenant has the same proxy address",
    "InvitationCreationFailure": "the target tenant could not invite the user",
    "OriginatedInExternalService": "mail and showInAddressList of this user are governed in the target tenant",
    "MasteredOnPremises": "the target's user comes from its own premises",
    "QuotaLimitExceeded": "the target tenant may hold no more objects",
    "EntityTypeNotSupported": "only users can be provisioned in this way",
    "EntryConflict": "a value of the user is taken in the target tenant",
    "Conflict": "a value of the user is taken in the target tenant",
    "DuplicateTargetEntries": "several users of the target tenant match",
    "DuplicateSourceEntries": "several users of the source tenant match",
    "InvalidAnchor": "the user that was matched before is gone from the target tenant",
    "InvalidDomain": "the target tenant does not take the domain of an attribute",
    "MandatoryFieldsMissing": "a mandatory attribute has no value",
    "MissingValues": "an attribute has no value",
    "SchemaAttributeNotFound": "a mapping names an attribute that is not there",
    "Forbidden": "the target tenant refuses guests",
    "InsufficientRights": "the target tenant refused",
    "Unauthorized": "the target tenant refused",
    "NotPermitted": "the target tenant refused",
    "TooManyRequests": "the service is busy",
    "InternalServerError": "the service failed",
    "InternalError": "the service failed",
    "Timeout": "the service took too long",
}
EXTERNAL_USERS = (
    "The filter of the template keeps out external users, and users who can sign in by SMS: switch SMS sign-in off for"
    " those who are to be synchronized"
)
FILTERED = "The scoping filter keeps the user out: correct the attribute, or the filter"


def advice_on_error(code: str) -> str | None:
    """What to do about an error; None where nobody knows."""
    return _by_ending(ERRORS, code)


def advice_on_skip(reason: str) -> str | None:
    """What to do about a skipped object, by the reason that :func:`log_summary.skip_reason` gives."""
    if _BUILT_IN in reason.lower():
        return EXTERNAL_USERS
    if " " in reason.strip():
        return FILTERED
    return next((advice for word, advice in SKIPPED.items() if word.lower() == reason.lower()), None)


def advice_for(code: str | None, text: str = "") -> tuple[str | None, str | None]:
    """What a code means and what to do about it; each None where nothing is known, or nothing is to be done.

    :param text: what else the service said, where the code says little.
    """
    if f"{_BUILT_IN} equals" in text.lower():
        return "users of other tenants, and users who may sign in by SMS, are never synchronized", EXTERNAL_USERS
    if not code:
        return None, None
    meaning = _by_ending(MEANINGS, code)
    if code.lower() == EQUAL.lower():
        return meaning, None
    return meaning, _by_ending(SKIPPED, code) or _by_ending(ERRORS, code)


def _by_ending(table: dict[str, str], code: str) -> str | None:
    """The entry whose name a code ends with; the longest, if there are several."""
    plain = re.sub(r"\s+", "", code).lower()
    fitting = [end for end in table if plain.endswith(end.lower())]
    return table[max(fitting, key=len)] if fitting else None
