"""An item → all that a shopper may want to know of it, and what goes with it; what they do with it → the event log."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app, flash, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from kgrec.domain import plain
from kgrec.errors import BadInput, KgrecError
from kgrec.guide import STRANGER, Guide
from kgrec.search import Attribute, Value
from kgrec.search.facets import CATEGORY, LEVELS
from kgrec.shelf import ItemSummary, Review, Spoken

from ...forms import back
from ...security import is_request_id
from ...visitors import came_by_a_click, did, storefront, visitor
from ...watching import watching
from ..languages import N_, current, gettext
from ..listed import exposed
from ..people import page_number
from ..shown import title
from ..steering import Told, demand_change, here, may_change, told
from .search import having

BESIDE = 4
"""Items that are like it, and that go with it."""

REVIEWS = 5
"""On one page."""

DONE: Mapping[str, str] = {
    "cart": N_("It is noted that you put this in the basket."),
    "buy": N_("It is noted that you bought this. This is a demonstration: nothing is sold, nothing is sent."),
}
"""What can be done with an item, and what is said then."""


def deeds() -> list[str]:
    """What this shop's pages take: nobody has paid here, so nothing but a made-up shop believes in a purchase."""
    return [event for event in DONE if event != "buy" or storefront().made_up]


_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def view(guide: Guide) -> Callable[[str], str]:
    """The page of an item."""

    def item(item_id: str) -> str:
        found = offered(guide, item_id)
        attributes = guide.attributes(item_id, current())
        similar, complements = guide.neighbours(item_id, BESIDE, current())
        watching().showed(None, exposed([*complements, *similar]))
        page = page_number(request.args.get("reviews", ""))
        reviews = guide.reviews(item_id, REVIEWS, (page - 1) * REVIEWS, current())
        page_text = render_template(
            "storefront/item.html",
            item=found,
            reason=_reason(guide, item_id),
            attributes=attributes,
            trail=trail(attributes),
            having=having,
            similar=similar,
            complements=complements,
            reviews=reviews,
            page=page,
            pages=-(-reviews.total // REVIEWS),
            language=_language,
            pieces=pieces,
            linked=linked(found),
            explains=guide.explains,
            takes_events=guide.takes_events,
            deeds=deeds(),
            may_change=may_change(),
            asked=asked(guide, item_id),
            next=here(),
            seen=g.request_id,
            shown_by=_shown_by(request.args),
        )
        look(guide, item_id)  # last, so that the reason is the one they came by
        return page_text

    return item


def doing(guide: Guide) -> Callable[[str], ResponseReturnValue]:
    """Put an item in the basket, or buy it where that is a game."""

    def do(item_id: str) -> ResponseReturnValue:
        offered(guide, item_id)
        demand_change()
        event = request.form.get("event", "")
        if event not in deeds():
            raise BadInput(f"{event!r} cannot be done with an item here; known are {', '.join(deeds())}")
        did(guide, item_id, event, shown_by=_shown_by(request.form))
        flash(gettext(DONE[event]))
        return back(url_for("pages.item", item_id=item_id))

    return do


def offered(guide: Guide, item_id: str) -> ItemSummary:
    """An item of the shop; UnknownName of one that it never had, NotFound of one that it has withdrawn."""
    found = guide.item(item_id)
    if not guide.offers(item_id):
        raise NotFound
    return found


def look(guide: Guide, item_id: str) -> None:
    """Write down that this visitor has looked at an item, where somebody has and it may be of use.

    What cannot be written is logged, and the page goes on.
    """
    if not (guide.takes_events and may_change() and came_by_a_click()):
        return
    try:
        # Of those who want nothing of their own, nobody needs to know what they look at.
        if guide.personal(visitor().user_id) and not _was_last(guide, item_id):
            did(guide, item_id, "view", shown_by=_shown_by(request.args))
    except KgrecError as error:
        current_app.logger.error("request %s: a view was not written down: %s", g.request_id, error)


@dataclass(frozen=True)
class Offered:
    """What a visitor can ask of an item on its page, and what they have asked."""

    never: bool  # whether they can ask not to see it
    wishes: tuple[Told, ...]


def asked(guide: Guide, item_id: str) -> Offered:
    """What this visitor has asked of an item, and whether "not interested" is something they can say."""
    user_id, iri = visitor().user_id, guide.iri(item_id)
    wishes = [wish for wish in guide.wishes(user_id, STRANGER) if wish.entity == iri]
    unwanted = any(wish.asked == "never" for wish in wishes)
    return Offered(
        never=not unwanted and guide.explains and guide.personal(user_id),
        wishes=tuple(told(guide, wish) for wish in wishes),
    )


def trail(attributes: Sequence[Attribute]) -> list[tuple[str, str]]:
    """The first category of an item with those above it: labels, and values as a search narrows down by them."""
    value = next((one.values[0] for one in attributes if one.name == CATEGORY and one.values), Value(""))
    if value.value is None:
        return []
    names, labels = value.value.split(LEVELS), value.label.split(LEVELS)
    if len(names) != len(labels):
        return [(value.label, value.value)]
    return [(label, LEVELS.join(names[:place])) for place, label in enumerate(labels, start=1)]


def linked(item: ItemSummary) -> dict[str, Any]:
    """What search engines read of an item: a Product of schema.org."""
    product: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": title(item),
        "sku": item.item_id,
        "url": url_for("pages.item", item_id=item.item_id),
    }
    if item.brand:
        product["brand"] = {"@type": "Brand", "name": plain(item.brand)}
    if item.category:
        product["category"] = plain(item.category)
    if item.price is not None and re.fullmatch("[A-Z]{3}", item.currency):
        product["offers"] = {"@type": "Offer", "price": item.price, "priceCurrency": item.currency}
    return product


def pieces(review: Review) -> list[tuple[str, Spoken | None]]:
    """The text of a review in order, cut where it speaks of an aspect, without characters that do harm."""
    cut: list[tuple[str, Spoken | None]] = []
    at = 0
    for part in review.spoken:
        cut += [(review.text[at : part.start], None), (review.text[part.start : part.end], part)]
        at = part.end
    cut.append((review.text[at:], None))
    # What surrounds a piece keeps its white space from being taken for that at the ends of a text.
    fit = [(plain(f"|{text}|")[1:-1], part) for text, part in cut]
    return [(text, part) for text, part in fit if text]


def _reason(guide: Guide, item_id: str) -> str:
    """Why it has its place for whoever looks; "" of a model that has no reasons."""
    if not guide.explains:
        return ""
    (why,) = guide.explain_all(
        [item_id], visitor().user_id, paths=1, lang=current(), receipts=False, context=STRANGER
    )
    return why.text


def _was_last(guide: Guide, item_id: str) -> bool:
    """Whether the last thing they did was with this item: who comes back to a page has not looked once more."""
    who = visitor()
    if who.new or not guide.knows(who.user_id):
        return False
    return any(entry.item.item_id == item_id for entry in guide.history(who.user_id, 1))


def _shown_by(sent: Mapping[str, str]) -> str | None:
    """The request whose list has led here."""
    name = sent.get("seen", "")
    return name if is_request_id(name) else None


def _language(name: str) -> str:
    """What a browser is told of the language of a text: "" where that is unknown."""
    return name if _LANGUAGE.fullmatch(name) else ""
