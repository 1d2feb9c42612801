"""The kinds of deadlines and of their changes, as the marts call them."""

from enum import StrEnum


class Kind(StrEnum):
    """What is due: the accepted values of the column ``kind``."""

    ABSTRACT = "abstract"
    SUBMISSION = "submission"
    SUPPLEMENTARY = "supplementary"
    REBUTTAL_START = "rebuttal_start"
    REBUTTAL_END = "rebuttal_end"
    NOTIFICATION = "notification"
    CAMERA_READY = "camera_ready"
    REGISTRATION = "registration"
    EARLY_REGISTRATION = "early_registration"
    PROPOSAL = "proposal"
    ARTIFACT = "artifact"
    OTHER = "other"


class ChangeType(StrEnum):
    """What happened to a claim: the accepted values of the column ``change_type``."""

    ANNOUNCED = "announced"
    EXTENDED = "extended"
    ADVANCED = "advanced"
    REZONED = "rezoned"
    CLEARED = "cleared"
    WITHDRAWN = "withdrawn"
    RETURNED = "returned"
