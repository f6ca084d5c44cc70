"""A product or a brand → the shoppers who are led to it and may be written to, and by which paths."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass

from flask import Response, render_template, request

from kgrec.errors import BadInput, UnknownName
from kgrec.guide import Guide
from kgrec.insight import Campaign, campaign, table

from .. import mistakes
from ..languages import current, gettext

SHOWN = 50  # shoppers on the page
ASKED = 300  # of more who allow it, those are asked about to whom the graph leads most
DOWNLOADED = 1000
LONGEST = 500  # characters of an id or a name
PER_LIST = 10


@dataclass(frozen=True)
class Wanted:
    """What a campaign is to be about, as it was typed."""

    item_id: str
    brand: str

    @property
    def empty(self) -> bool:
        return not (self.item_id or self.brand)

    def of(self, guide: Guide, *, most: int, ask: int | None = None, audience: str = "shopper") -> Campaign:
        """Who is led to it, and why, in words for the shopper or for staff."""
        return campaign(
            guide,
            item_id=self.item_id or None,
            brand=self.brand or None,
            lang=current(),
            k=PER_LIST,
            most=most,
            ask=ask,
            audience=audience,
        )


def view(guide: Guide) -> Callable[[], tuple[str, int]]:
    """The page on which a campaign is looked at."""

    def show() -> tuple[str, int]:
        wanted = _wanted()
        found, status = None, 200
        fault: str = ""
        try:
            found = None if wanted.empty else wanted.of(guide, most=SHOWN, ask=ASKED, audience="staff")
        except UnknownName as error:
            fault, status = mistakes.told(str(error)), 404
        except BadInput as error:
            both = wanted.item_id and wanted.brand
            fault, status = (
                gettext("Give a product or a brand, not both.") if both else mistakes.told(str(error)),
                422,
            )
        if wanted.empty and request.args.keys() & {"item", "brand"}:  # the form was sent as it was
            fault, status = gettext("Type the id of a product, or the name of a brand."), 422
        told = render_template(
            "studio/campaign.html",
            wanted=wanted,
            found=found,
            fault=fault,
            per_list=PER_LIST,
        )
        return told, status

    return show


def download(guide: Guide) -> Callable[[], Response]:
    """The same shoppers, and more of them, as a file for other programs."""

    def send() -> Response:
        wanted = _wanted()
        if wanted.empty:
            raise BadInput("say what the campaign is about: item=ID or brand=NAME")
        text = io.StringIO()
        csv.writer(text, lineterminator="\r\n").writerows(table(wanted.of(guide, most=DOWNLOADED)))
        # Spreadsheets take a file for UTF-8 if it begins with this mark.
        answer = Response("\ufeff" + text.getvalue(), mimetype="text/csv")
        answer.headers["Content-Disposition"] = 'attachment; filename="campaign.csv"'
        return answer

    return send


def _wanted() -> Wanted:
    item_id, brand = (request.args.get(name, "")[:LONGEST].strip() for name in ("item", "brand"))
    return Wanted(item_id, brand)
