"""Names that the program uses → the words a page has for them."""

from __future__ import annotations

from collections.abc import Mapping

from .languages import N_, gettext

EVENTS: Mapping[str, str] = {
    "view": N_("Looked at"),
    "cart": N_("Put in the basket"),
    "buy": N_("Bought"),
    "rate": N_("Rated"),
    "return": N_("Returned"),
    "dislike": N_("Disliked"),
}
"""What a user can do with an item."""

ERRORS: Mapping[int, str] = {
    400: N_("That cannot be read"),
    403: N_("This is not open to you"),
    404: N_("Nothing here by that name"),
    405: N_("That cannot be done here"),
    413: N_("That is too much at once"),
    422: N_("That is not possible"),
    429: N_("A little slower, please"),
    500: N_("Something broke on our side"),
    503: N_("Not ready yet"),
}
"""What the page of an HTTP status is headed."""

HINTS: Mapping[str, str] = {
    "NotFound": N_("The address is wrong, or what stood there is no longer offered."),
    "MethodNotAllowed": N_("This address takes what a form of ours sends, and shows nothing by itself."),
    "CSRFError": N_(
        "This page was open for too long, and nothing was changed. Load it again and try once more."
    ),
}
"""What is said of an error that does not say itself what to do, by the name of its class."""


def event_name(event: str) -> str:
    """What was done, in the language of the page."""
    return gettext(EVENTS[event])


def error_title(status: int, otherwise: str) -> str:
    """The heading of an error's page; `otherwise` for a status that has none of its own."""
    return gettext(ERRORS[status]) if status in ERRORS else otherwise


def error_hint(problem: str) -> str:
    """What to do about an error, in the language of the page; empty where the error itself says it."""
    return gettext(HINTS[problem]) if problem in HINTS else ""
