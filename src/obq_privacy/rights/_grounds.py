"""What subjects ask for, on which grounds, and on which grounds alone they are refused."""

from __future__ import annotations

from enum import Enum


class RequestKind(Enum):
    """What a subject asks for."""

    EXPORT = "export"
    CORRECT = "correct"
    DELETE = "delete"
    WITHDRAW = "withdraw"
    CANCEL_ACCOUNT = "cancel-account"
    EXPLAIN = "explain"
    OBJECT = "object"
    COMPLAINT = "complaint"

    @property
    def says(self) -> str:
        """What is asked for, as the rest of "you asked us to …"."""
        return _ASKED[self]


_ASKED = {
    RequestKind.EXPORT: "give you the information that we hold about you",
    RequestKind.CORRECT: "correct or complete your information",
    RequestKind.DELETE: "delete your information",
    RequestKind.WITHDRAW: "end what you had consented to",
    RequestKind.CANCEL_ACCOUNT: "cancel your account",
    RequestKind.EXPLAIN: "explain a decision that was made by machine alone",
    RequestKind.OBJECT: "stop a use of your information",
    RequestKind.COMPLAINT: "look into your complaint",
}


class DeletionGround(Enum):
    """The five situations in which a subject can ask for deletion (RIGHT-3)."""

    UNLAWFUL = "unlawful-processing"
    NO_CONSENT = "no-consent"
    BREACH = "breach-of-agreement"
    ACCOUNT_ENDED = "account-ended"
    SERVICE_ENDED = "service-ended"


class RefusalGround(Enum):
    """The grounds on which alone a request is refused (RIGHT-6).

    Six situations in which it cannot be answered, requests that are repeated or demanding beyond reason, and a person
    who could not show who they are.
    """

    NATIONAL_SECURITY = "national-security"
    PUBLIC_SAFETY = "public-safety"
    CRIMINAL_MATTERS = "criminal-matters"
    BAD_FAITH = "bad-faith"
    SERIOUS_HARM = "serious-harm"
    TRADE_SECRETS = "trade-secrets"
    REPEATED = "repeated"
    UNREASONABLE = "unreasonable"
    IDENTITY = "identity-not-verified"

    @property
    def says(self) -> str:
        """The ground, as a sentence to the subject."""
        return _REFUSED[self]


_REFUSED = {
    RefusalGround.NATIONAL_SECURITY: "It touches national security or national defence.",
    RefusalGround.PUBLIC_SAFETY: "It touches public safety, public health or a major public interest.",
    RefusalGround.CRIMINAL_MATTERS: "It touches the investigation, prosecution, trial or judgment of a crime.",
    RefusalGround.BAD_FAITH: "There is sufficient evidence of bad faith or of an abuse of rights.",
    RefusalGround.SERIOUS_HARM: "Answering would seriously harm the rights and interests of a person or organisation.",
    RefusalGround.TRADE_SECRETS: "It touches trade secrets.",
    RefusalGround.REPEATED: "It repeats earlier requests beyond reason.",
    RefusalGround.UNREASONABLE: "It would take means out of all proportion, or puts the rights of others at risk.",
    RefusalGround.IDENTITY: "We could not verify that it came from you.",
}
