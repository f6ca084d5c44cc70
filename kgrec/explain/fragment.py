"""An explanation → a piece of HTML for a notebook, or a page of its own: sentence, bars, table, drawing, receipt.

Nothing in it runs or is fetched, all text is escaped, and its rules and ids hold inside it only.
"""

from __future__ import annotations

import hashlib
from dataclasses import astuple

from markupsafe import Markup, escape

from kgrec.domain import Explanation, Path, plain
from kgrec.explain.bars import bars
from kgrec.explain.drawing import MOST, drawing
from kgrec.explain.drawing.style import BARS, DRAWING, SANS, Rules, style
from kgrec.explain.ledger import Ledger, Line, ledger
from kgrec.explain.remarks import remarks
from kgrec.explain.wording.captions import Captions, captions, count

FRAGMENT: Rules = {
    "": f"font: 400 15px/1.5 {SANS}; color: var(--ink); background: var(--card); border: 1px solid var(--line); "
    "border-radius: 14px; padding: 16px 18px; max-width: 1160px; box-sizing: border-box; overflow-wrap: anywhere; "
    "container-type: inline-size",
    "*": "box-sizing: border-box",
    ":is(p, h1, ol, ul)": "margin: 0 0 10px; padding: 0",
    ".head": "font-size: 20px; font-weight: 640; line-height: 1.3; color: var(--ink)",
    ".reason": "font-size: 17px",
    ".quiet": "color: var(--soft); font-size: 13px",
    "table": "width: 100%; margin: 10px 0 14px; border: 0; border-collapse: collapse; font-size: 14px; "
    "table-layout: auto; color: inherit; font-variant-numeric: tabular-nums",
    ":is(thead, tbody, tfoot, tr)": "background: none; border: 0",
    ":is(th, td)": "padding: 6px 0 6px 14px; border: 0; border-bottom: 1px solid var(--line); background: none; "
    "text-align: right; vertical-align: baseline; font-weight: 400; white-space: nowrap; max-width: none",
    ":is(th, td):first-child": "padding-left: 0; text-align: left; white-space: normal; width: 100%",
    "thead th": "color: var(--soft); font-size: 13px",
    "tfoot :is(th, td)": "border: 0; border-top: 2px solid var(--ink); font-weight: 660",
    ".part": "display: flex; gap: 8px; align-items: baseline",
    ".key": "flex: none; width: 12px; height: 12px",
    ".canvas": "overflow-x: auto; margin: 0 0 12px",
    "summary": "cursor: pointer; color: var(--accent); display: list-item",
    "details": "margin: 0 0 10px",
    "details > ol": "padding-left: 22px; margin-top: 8px; font-size: 14px; list-style: decimal",
    "details ul": "padding-left: 14px; list-style: none",
    ".relation": "color: var(--soft)",
    "small": "font-size: 12px; color: var(--soft); margin-left: 6px",
}
NARROW: Rules = {
    ":is(table, thead, tbody, tfoot)": "display: block",
    "tr": "display: grid; grid-template-columns: 1fr auto 5rem; padding: 6px 0; "
    "border-bottom: 1px solid var(--line)",
    ":is(th, td)": "border: 0; padding: 1px 0",
    "tbody th:first-child": "grid-column: 1 / -1",
    "tbody td:nth-child(2)": "grid-column: 2",
    "tfoot tr": "border-top: 2px solid var(--ink); border-bottom: 0",
    "tfoot :is(th, td)": "border: 0",
}
WIDE: Rules = {".drawing": "max-width: 100%; height: auto"}
PAGE: Rules = {
    "": "margin: 0; min-height: 100vh; background: var(--paper); padding: clamp(8px, 3vw, 40px); "
    "box-sizing: border-box",
    ".kgrec": "margin-inline: auto",
}

_FRAGMENT = Markup(
    '<section class="kgrec" id="{scope}" lang="{lang}">{style}<{head} class="head">{title}</{head}>'
    '<p class="quiet">{place}</p><p class="reason">{text}</p>{bars}{table}{drawing}{facts}{remarks}'
    '<p class="quiet">{made}</p></section>'
)
_PAGE = Markup(
    '<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8">'
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<meta name="color-scheme" content="light dark"><title>{title}</title>{style}</head>'
    '<body id="kgrec-page">{body}</body></html>\n'
)
# The roles are those the elements have anyway, until a narrow place lays them out as blocks.
_TABLE = Markup(
    '<table role="table"><thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">{part}</th>'
    '<th scope="col" role="columnheader">{contribution}</th><th scope="col" role="columnheader">{share}</th></tr>'
    '</thead><tbody role="rowgroup">{rows}</tbody><tfoot role="rowgroup"><tr role="row">'
    '<th scope="row" role="rowheader">{score}</th><td role="cell">{total}</td><td role="cell">{whole}</td></tr>'
    "</tfoot></table>"
)
_ROW = Markup(
    '<tr role="row"><th scope="row" role="rowheader"><div class="part"><svg class="key" viewBox="0 0 12 12" '
    'width="12" height="12" aria-hidden="true"><rect class="{colour}" width="12" height="12" rx="3"/></svg>'
    '<span>{number}{text}</span></div></th><td role="cell">{contribution}</td><td role="cell">{share}</td></tr>'
)
_CANVAS = Markup(
    '<div class="canvas" tabindex="0" role="region" aria-label="{label}">{picture}</div><p class="quiet">{legend}</p>'
)
_FACTS = Markup("<details><summary>{}</summary><ol>{}</ol></details>")
_HOP = Markup(
    '<li><bdi>{subject}</bdi> <span class="relation">{relation} →</span> <bdi>{object}</bdi>'
    "<small>{source}</small></li>"
)


def fragment(explanation: Explanation, *, title: str = "", head: str = "p") -> Markup:
    """A section of HTML that stands by itself in a notebook; `title` is the item's, if its paths do not tell."""
    words, sums = captions(explanation.lang), ledger(explanation)
    scope, user = _scope(explanation), plain(explanation.user_id)
    place = words.standing(explanation)
    return _FRAGMENT.format(
        scope=scope,
        lang=explanation.lang,
        style=style(
            scope, BARS, DRAWING, FRAGMENT, where={"max-width: 520px": NARROW, "min-width: 860px": WIDE}
        ),
        head=Markup(head),
        title=_title(explanation, words, title),
        place=Markup(escape(place)).format(rank=explanation.rank, user=_isolated(user)),
        text=Markup("<br>").join(plain(line) for line in explanation.text.strip().splitlines()),
        bars=bars(sums, label=words.bars),
        table=_table(sums, words),
        drawing=_drawing(explanation, words, scope),
        facts=_facts(explanation, words),
        remarks=Markup("").join(Markup("<p>{}</p>").format(line) for line in remarks(explanation)),
        made=words.made.format(model=plain(explanation.model), graph=plain(explanation.graph_version)),
    )


def page(explanation: Explanation, *, title: str = "") -> Markup:
    """The same as a whole page, to be sent or kept."""
    words = captions(explanation.lang)
    return _PAGE.format(
        lang=explanation.lang,
        title=words.title.format(item=plain(title) or explanation.title, user=plain(explanation.user_id)),
        style=style("kgrec-page", PAGE),
        body=fragment(explanation, title=title, head="h1"),
    )


def figure(
    explanation: Explanation, *, title: str = "", summary: str = "", scope: str = "", alone: bool = False
) -> Markup:
    """The drawing of its paths, see `kgrec.explain.drawing`; what is not said of it is said in its language."""
    words = captions(explanation.lang)
    return drawing(
        explanation.paths,
        title=title or words.drawing,
        summary=summary or count(words.summary, min(len(explanation.paths), MOST)),
        scope=scope,
        alone=alone,
    )


def _title(explanation: Explanation, words: Captions, title: str) -> Markup:
    return Markup(escape(words.title)).format(
        item=_isolated(plain(title) or explanation.title), user=_isolated(plain(explanation.user_id))
    )


def _scope(explanation: Explanation) -> str:
    """An id for the whole: different explanations on one page have different ones."""
    return f"kgrec-{hashlib.sha256(repr(astuple(explanation)).encode('utf-8', 'replace')).hexdigest()[:10]}"


def _isolated(text: str) -> Markup:
    return Markup("<bdi>{}</bdi>").format(text)


def _table(sums: Ledger, words: Captions) -> Markup:
    return _TABLE.format(
        part=words.part,
        contribution=words.contribution,
        share=words.share,
        rows=Markup("").join(_row(line, words) for line in sums.lines),
        score=words.score,
        total=sums.score,
        whole="100.0%" if sums.lines[0].share else "",
    )


def _row(line: Line, words: Captions) -> Markup:
    return _ROW.format(
        colour=line.colour,
        number=f"{line.number}. " if line.number else "",
        text=words.of(line),
        contribution=line.contribution,
        share=f"{line.share}%" if line.share else "",
    )


def _drawing(explanation: Explanation, words: Captions, scope: str) -> Markup:
    if not explanation.paths:
        none = "" if explanation.remainder.paths else words.no_paths
        return Markup('<p class="quiet">{}</p>').format(none) if none else Markup("")
    picture = figure(explanation, scope=scope)
    legend = [words.legend] + [words.drawn.format(n=MOST)] * (len(explanation.paths) > MOST)
    return _CANVAS.format(label=words.drawing, picture=picture, legend=" ".join(legend))


def _facts(explanation: Explanation, words: Captions) -> Markup:
    if not explanation.paths:
        return Markup("")
    return _FACTS.format(words.facts, Markup("").join(_path(path, words) for path in explanation.paths))


def _path(path: Path, words: Captions) -> Markup:
    hops = [
        _HOP.format(
            subject=plain(hop.labels["subject"]),
            relation=plain(hop.labels["relation"]),
            object=plain(hop.labels["object"]),
            source=words.source(plain(hop.source)),
        )
        for hop in path.hops
    ]
    return Markup("<li>{}<ul>{}</ul></li>").format(plain(path.text), Markup("").join(hops))
