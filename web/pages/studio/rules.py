"""The text of the shop's rules → what is wrong with it or what it would change, and then, if wanted, in force."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kgrec.errors import BadInput, Changed, NotReady
from kgrec.guide import Guide
from kgrec.insight import (
    RuleLine,
    RulesPreview,
    check_rules,
    preview_rules,
    rules_in_force,
    rules_text,
    sample,
    save_rules,
)
from kgrec.live.drafts import Draft, Drafts
from kgrec.live.rules import FILE, MOST_RULES, Fault
from kgrec.serving import Served, rule_words

from ...forms import back
from ...watching import watching
from ..languages import current, gettext
from . import kept
from .changes import both_lists, coverage, named
from .rule_words import RuleInWords, in_words

PER_LIST = 10
LONGEST_USER = 512  # characters
LONGEST_EXCERPT = 200


@dataclass(frozen=True)
class Edit:
    """A text of rules as it stands in the editor, and what it is to be tried on."""

    text: str
    digest: str  # of the file that it was made from
    user_id: str = ""
    day: str = ""

    @classmethod
    def sent(cls) -> Edit:
        """That of the form of this request."""
        # Browsers end lines as Windows does.
        text = request.form.get("text", "").replace("\r\n", "\n")
        return cls(text, request.form.get("digest", ""), *_tried_on(request.form))

    @classmethod
    def kept(cls, draft: Draft) -> Edit:
        """That of a draft, tried on what the address of this request asks for."""
        return cls(draft.text, draft.digest, *_tried_on(request.args))

    def mark(self) -> str:
        """What a preview of this text over this file is known by; nobody else can make it."""
        secret = current_app.secret_key or b""
        key = secret.encode() if isinstance(secret, str) else secret
        said = "\0".join(("previewed rules", self.digest, self.text)).encode("utf-8", "surrogatepass")
        return hmac.digest(key, said, "sha256").hex()


def _tried_on(asked: Mapping[str, str]) -> tuple[str, str]:
    """A shopper, and a day."""
    return asked.get("user", "")[:LONGEST_USER].strip(), asked.get("day", "")[:10].strip()


@dataclass(frozen=True)
class ShownFault:
    """A fault of a text, with the line that it is about."""

    fault: Fault
    excerpt: str


@dataclass(frozen=True)
class Looked:
    """What there is to say of a text that was looked at."""

    preview: RulesPreview
    faults: tuple[ShownFault, ...]
    about_user: str = ""  # why there is no list of the shopper asked about


def view(guide: Guide) -> Callable[[], ResponseReturnValue]:
    """The page of the rules, with those in force in the editor, or a text that was sent with what it would change."""

    def rules() -> ResponseReturnValue:
        served, name, fault = watching().served, request.args.get("draft", ""), ""
        if served is None:
            return _page(guide, None)
        draft = _drafts(served).find(name) if name else None
        if draft is not None:
            return _looked_at(guide, Edit.kept(draft))
        try:
            edit = _as_it_is(served)
        except BadInput as error:
            return _page(guide, None, fault=str(error))
        if name:
            fault = gettext("This text is no longer kept. Put it in once more to preview it.")
        return _page(guide, edit, fault=fault)

    return rules


def previewing(guide: Guide) -> Callable[[], ResponseReturnValue]:
    """Lead to the page that says what is wrong with a text or what it would change; the rules stay as they are."""

    def preview() -> ResponseReturnValue:
        return _to_draft(Edit.sent())

    return preview


def saving(guide: Guide) -> Callable[[], ResponseReturnValue]:
    """Put a text that was looked at into the place of the file, if that is still what it was made from."""

    def save() -> ResponseReturnValue:
        served, edit = _workspace(), Edit.sent()
        if not hmac.compare_digest(request.form.get("previewed", "").encode(), edit.mark().encode()):
            flash(
                gettext(
                    "Nothing was written: this text had not been looked at yet. This is what it would do."
                )
            )
            return _to_draft(edit)
        if check_rules(guide, edit.text).faults:  # the shop has changed since
            return _to_draft(edit)
        try:
            save_rules(served.workspace, guide, edit.text, edit.digest)
        except Changed:
            theirs = _as_it_is(served)
            if theirs.text == edit.text:  # sent twice, or meant by both
                return _saved()
            return _page(guide, replace(edit, digest=theirs.digest), theirs=theirs.text, status=409)
        return _saved()

    return save


def _to_draft(edit: Edit) -> ResponseReturnValue:
    name = _drafts(_workspace()).keep(Draft(edit.text, edit.digest))
    to = url_for("studio.rules", draft=name, user=edit.user_id or None, day=edit.day or None)
    return redirect(to, 303)


def _drafts(served: Served) -> Drafts:
    return Drafts(served.workspace.folder)


def _saved() -> ResponseReturnValue:
    flash(gettext("Saved. These rules are in force."))
    return back(url_for("studio.rules"))


def _workspace() -> Served:
    served = watching().served
    if served is None:
        raise NotReady("this shop was opened without a folder to keep rules in; serve a workspace")
    return served


def _as_it_is(served: Served) -> Edit:
    found = rules_text(served.workspace)
    return Edit(found.text, found.digest)


def _looked_at(guide: Guide, edit: Edit) -> ResponseReturnValue:
    try:
        day = date.fromisoformat(edit.day) if edit.day else None
    except ValueError:
        return _page(guide, edit, fault=gettext("That is not a day. Write it as 2026-01-31."))
    known = not edit.user_id or guide.knows(edit.user_id)
    preview = preview_rules(
        guide,
        edit.text,
        sample(guide, kept.PREVIEWED),
        user_id=(edit.user_id if known else None) or None,
        day=day,
        lang=current(),
        k=PER_LIST,
    )
    about_user = "" if known else gettext("There is no shopper of the id “%(user)s”.", user=edit.user_id)
    faults = _with_lines(preview.checked.faults, edit.text)
    return _page(
        guide,
        edit,
        looked=Looked(preview, faults, about_user),
    )


def _with_lines(faults: Sequence[Fault], text: str) -> tuple[ShownFault, ...]:
    lines = text.split("\n")
    return tuple(
        ShownFault(one, lines[one.line - 1][:LONGEST_EXCERPT] if one.line and one.line <= len(lines) else "")
        for one in faults
    )


def _page(
    guide: Guide,
    edit: Edit | None,
    *,
    looked: Looked | None = None,
    theirs: str | None = None,
    fault: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    """The page: `theirs` is what somebody else has put into the file meanwhile."""
    preview = None if looked is None or looked.faults else looked.preview
    changes = None if preview is None else preview.changes
    today = guide.today() if looked is None else looked.preview.checked.today
    told = render_template(
        "studio/rules.html",
        edit=edit,
        file=FILE,
        most=MOST_RULES,
        looked=looked,
        theirs=theirs,
        fault=fault,
        mark=None if edit is None or preview is None else edit.mark(),
        changes=changes,
        found=() if looked is None else _in_words(guide, looked.preview.checked.rules, today),
        coverage=None
        if changes is None
        else coverage(changes, gettext("As it is"), gettext("With these rules")),
        lists=None if preview is None or preview.one is None else both_lists(preview.one),
        items={} if preview is None else named(guide, changes, preview.one),
        in_force=_in_words(guide, rules_in_force(guide), guide.today()),
        state=guide.rules_state(),
        words=rule_words(guide.dataset, guide.graph),
        per_list=PER_LIST,
    )
    return told, status


def _in_words(guide: Guide, lines: Sequence[RuleLine], today: date) -> list[RuleInWords]:
    return [in_words(guide, one, today) for one in lines]
