"""What a visitor can ask of what they are shown, and what they have asked, as pages offer both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import flash, request

from kgrec.answers import Known
from kgrec.domain import Asked, Explanation, plain
from kgrec.errors import NotAllowed
from kgrec.guide import STRANGER, Guide
from kgrec.live.wishes import KeptWish

from ..visitors import storefront, visitor
from .languages import N_, current, gettext

WISHES: Mapping[Asked, str] = {
    "less": N_("Less of “%(what)s”."),
    "more": N_("More of “%(what)s”."),
    "gift": N_("Nothing is concluded from “%(what)s”."),
    "never": N_("“%(what)s” is not shown to you."),
}
"""What is said of each wish."""

UNDO = "undo:"
"""What the category of a flashed message begins with that a wish can be taken back beside; its number follows."""


@dataclass(frozen=True)
class Told:
    """A wish in words."""

    number: int  # what takes it back
    text: str


@dataclass(frozen=True)
class Choice:
    """Something that an item has, of which less or more can be asked."""

    entity: str  # IRI
    kind: str  # "Brand"
    label: str


@dataclass(frozen=True)
class Gift:
    """A thing that somebody has and that a reason goes back to."""

    item_id: str
    label: str


@dataclass(frozen=True)
class Steering:
    """What a visitor can ask where one item is explained to them."""

    item_id: str
    choices: tuple[Choice, ...]
    gifts: tuple[Gift, ...]
    never: bool  # whether they can ask not to see it
    wishes: tuple[Told, ...]  # that bear on this item
    personal: bool  # whether wishes count: they want recommendations of their own


def may_change() -> bool:
    """Whether whoever looks may change what is kept of the one they look as: themselves, or somebody made up."""
    return not visitor().chosen or storefront().made_up


def demand_change() -> None:
    """NotAllowed unless they may."""
    if not may_change():
        raise NotAllowed(
            f"this is kept of {visitor().user_id}, and only they may change it; the pages show it as it is"
        )


def steering(guide: Guide, explanation: Explanation, things: Sequence[Known]) -> Steering:
    """What can be asked of an explained item; `things` are what its reasons go back to."""
    item_id = explanation.item_id
    kept = guide.wishes(visitor().user_id, STRANGER)
    about = {wish.entity: wish for wish in kept}
    bearing = {granted.entity for granted in explanation.wishes} | {guide.iri(item_id)}
    unwanted = about.get(guide.iri(item_id))
    return Steering(
        item_id=item_id,
        choices=tuple(
            Choice(one.entity, plain(one.kind), plain(one.label))
            for one in guide.steerable(item_id, current())
            if one.entity not in about
        ),
        gifts=tuple(
            Gift(one.item_id, plain(one.label))
            for one in things
            if one.item_id is not None and one.iri not in about
        ),
        never=explanation.rank is not None and unwanted is None,
        wishes=tuple(told(guide, wish) for wish in kept if wish.entity in bearing),
        personal=guide.personal(visitor().user_id),
    )


def told(guide: Guide, wish: KeptWish) -> Told:
    """A wish in the language of the page."""
    what = plain(guide.called(wish.entity, current()))
    return Told(wish.number, gettext(WISHES[wish.asked], what=what))


def say(guide: Guide, wish: KeptWish) -> None:
    """Tell on the next page what was asked, with a way to take it back."""
    said = told(guide, wish).text
    if not guide.personal(visitor().user_id):
        said += " " + gettext("It counts once your recommendations are personal again.")
    flash(said, f"{UNDO}{wish.number}")


def here() -> str:
    """The address of this page, to come back to."""
    return request.full_path.removesuffix("?")
