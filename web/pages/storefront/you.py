"""A visitor → all that is kept and used of them, in plain words, and how to change it or have it deleted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType

from flask import Response, flash, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from kgrec.domain import ABOUT_ITEMS, EVENT_RELATIONS, EVENTS, LOG, plain
from kgrec.errors import BadInput, UnknownName
from kgrec.guide import STRANGER, Guide
from kgrec.live.terms import PURPOSES, Purpose
from kgrec.person import SAID as ATTRIBUTES
from kgrec.person import Fact
from kgrec.shelf import HistoryEntry

from ...forms import back
from ...present import moment
from ...visitors import keep, leave, visitor
from ..languages import N_, current, gettext, ngettext
from ..shown import day
from ..steering import demand_change, here, may_change, told
from ..visits import visits

REMEMBERED = 60  # entries of the history shown
MOST_FACTS = 40  # before all of them are asked for

SAID: Mapping[tuple[Purpose, bool], str] = {
    ("recommend", True): N_("Your recommendations are personal from now on."),
    ("recommend", False): N_("Nothing known of you is used from now on: your list is everybody's."),
    ("research", True): N_("What you do may be used to study how the shop does."),
    ("research", False): N_("What you do is not used to study how the shop does."),
    ("marketing", True): N_("The shop may write to you."),
    ("marketing", False): N_("The shop may not write to you."),
}
"""What is said after each answer."""


def view(guide: Guide) -> Callable[[], str]:
    """The page of the visitor's own data."""

    def you() -> str:
        who = visitor()
        if not guide.keeps_users:
            return render_template("storefront/you_nothing.html")
        known = guide.knows(who.user_id)
        facts = guide.facts(who.user_id, current(), STRANGER)
        done = [fact for fact in facts if fact.item_id is not None]
        wishes = guide.wishes(who.user_id, STRANGER)
        shown = done if request.args.get("facts") == "all" else done[:MOST_FACTS]
        history = guide.history(who.user_id, REMEMBERED) if known else []
        return render_template(
            "storefront/you.html",
            consent=guide.registry.people.consent(who.user_id),
            done=shown,
            more=len(done) - len(shown),
            tags=[fact for fact in facts if fact.item_id is None],
            wishes=[told(guide, wish) for wish in wishes],
            asked={wish.entity for wish in wishes if wish.asked in ABOUT_ITEMS},
            iri=guide.iri,
            told_by=partial(told_by, times=_times(history)),
            visits=visits(history),
            kept=known or any(guide.registry.erasures.rows(who.user_id).values()),
            may_change=may_change(),
            accounts=guide.accounts,
            next=here(),
        )

    return you


def _times(history: Sequence[HistoryEntry]) -> dict[tuple[str, str], int | None]:
    """When each thing was last done with each item: facts of those who are in no table yet do not say it."""
    return {
        (entry.item.item_id, EVENT_RELATIONS[EVENTS.index(entry.event)]): entry.time
        for entry in reversed(history)
    }


def told_by(fact: Fact, times: Mapping[tuple[str, str], int | None] = MappingProxyType({})) -> str:
    """From whom the shop knows something, and since when, in plain words."""
    if fact.item_id is None:
        if fact.source == ATTRIBUTES:
            return gettext("entered by the shop")
        return gettext("from the shop's list of customers")
    time = fact.time or times.get((fact.item_id, fact.relation.rpartition("#")[2]))
    when = None if time is None else moment(time)
    noted = fact.source.partition(":")[0] == LOG
    if when is None:
        return gettext("noted by the shop") if noted else gettext("from the shop's records")
    if noted:
        return gettext("noted by the shop on %(day)s", day=day(when))
    return gettext("from the shop's records of %(day)s", day=day(when))


def data(guide: Guide) -> Callable[[], Response]:
    """A copy of all that is kept of the visitor, as a file of JSON."""

    def you_data() -> Response:
        answer: Response = jsonify(guide.copy_of_data(visitor().user_id, current()))
        answer.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
        return answer

    return you_data


def consenting(guide: Guide) -> Callable[[], ResponseReturnValue]:
    """Allow a purpose, or refuse it."""

    def consent() -> ResponseReturnValue:
        demand_change()
        purpose, answer = request.form.get("purpose", ""), request.form.get("allow", "")
        if purpose not in PURPOSES:
            raise UnknownName("purpose", purpose, PURPOSES)
        if answer not in ("yes", "no"):
            raise BadInput(f"allow is {answer!r:.40}; it is to be yes or no")
        asked: Purpose = purpose
        allowed = answer == "yes"
        guide.registry.people.consents(visitor().user_id, {asked: allowed})
        keep()
        flash(gettext(SAID[asked, allowed]))
        return back(url_for("pages.you"))

    return consent


def hiding(guide: Guide) -> Callable[[], ResponseReturnValue]:
    """Delete one thing that is known of the visitor."""

    def hide_fact() -> ResponseReturnValue:
        demand_change()
        user_id, name = visitor().user_id, request.form.get("fact", "")
        fact = next((one for one in guide.facts(user_id, current(), STRANGER) if one.fact == name), None)
        if fact is None:  # pressed twice, or in two windows
            flash(gettext("That was not known of you any more."))
            return back(url_for("pages.you"))
        deleted = guide.hide_fact(user_id, name)
        said = gettext("Deleted, and used no more: %(fact)s", fact=plain(fact.text))
        if deleted:
            said += " " + ngettext(
                "%(num)s event was taken out of the log.",
                "%(num)s events were taken out of the log.",
                deleted,
            )
        flash(said)
        return back(url_for("pages.you"))

    return hide_fact


def asking_to_forget(guide: Guide) -> Callable[[], str]:
    """The page that says what deleting everything means, and asks once more."""

    def forget() -> str:
        rows = guide.registry.erasures.rows(visitor().user_id)
        known = guide.knows(visitor().user_id)
        return render_template(
            "storefront/you_forget.html",
            rows=rows,
            kept=known or any(rows.values()),
            may_change=may_change(),
        )

    return forget


def forgetting(guide: Guide) -> Callable[[], ResponseReturnValue]:
    """Delete all that is kept of the visitor, who is somebody new from then on."""

    def forget_all() -> ResponseReturnValue:
        demand_change()
        if request.form.get("sure") != "yes":
            return redirect(url_for("pages.you_forget"), 303)
        try:
            receipt = guide.forget(visitor().user_id)
        except UnknownName:
            leave()
            flash(gettext("Nothing was kept of you, so there was nothing to delete."))
            return redirect(url_for("pages.you"), 303)
        leave()
        return redirect(url_for("pages.receipt", person=receipt["person"]), 303)

    return forget_all


def receipt(guide: Guide) -> Callable[[str], str]:
    """The receipt of somebody who was forgotten; its name is known to nobody else."""

    def shown(person: str) -> str:
        return render_template("storefront/you_receipt.html", receipt=guide.registry.erasures.receipt(person))

    return shown
