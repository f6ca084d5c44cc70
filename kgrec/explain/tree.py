"""An explanation → a small tree for a terminal: the parts of the score as bars, the hops of each path, the receipt."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from kgrec.domain import Explanation, Hop, plain
from kgrec.explain.ledger import BAR, Ledger, Line, ledger
from kgrec.explain.remarks import remarks
from kgrec.explain.wording.captions import Captions, captions

WIDTH = 16  # characters of a bar
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_COLOURS = {"prior": "yellow", "path": "green", "rest": "bright_black"}


def tree(explanation: Explanation, *, title: str = "") -> Tree:
    """The whole score, a branch a part; `title` is the item's, if its paths do not tell.

    All text of the shop is without control characters and is never taken for markup.
    """
    words, sums = captions(explanation.lang), ledger(explanation)
    grown = Tree(_head(explanation, words, sums, title), guide_style="bright_black")
    for line in sums.lines:
        branch = grown.add(_part(line, words.of(line), sums))
        if line.kind == "path":
            for hop in explanation.paths[line.number - 1].hops:
                branch.add(_hop(hop, words))
    for remark in remarks(explanation):
        grown.add(Text(remark, style="italic"))
    made = words.made.format(model=plain(explanation.model), graph=plain(explanation.graph_version))
    grown.add(Text(made, style="dim"))
    return grown


def _head(explanation: Explanation, words: Captions, sums: Ledger, title: str) -> Text:
    user = plain(explanation.user_id)
    head = Text(plain(title) or explanation.title, style="bold")
    place = words.standing(explanation)
    head.append(
        f"\n{place.format(rank=explanation.rank, user=user)} · {words.score} {sums.score}", "not bold"
    )
    for line in explanation.text.strip().splitlines():
        head.append(f"\n{plain(line)}", "not bold green")
    return head


def _part(line: Line, text: str, sums: Ledger) -> Table:
    """One part in columns, so that a long sentence goes on under itself."""
    widest = max(len(other.contribution) for other in sums.lines)
    colour = "red" if line.negative else _COLOURS[line.kind]
    part = Table.grid(padding=(0, 1))
    part.add_column(width=widest, justify="right", no_wrap=True)
    part.add_column(width=WIDTH, no_wrap=True)
    part.add_column(width=6, justify="right", no_wrap=True)
    part.add_column()
    share = f"{line.share}%" if line.share else ""
    part.add_row(Text(line.contribution), Text(_bar(line), colour), Text(share, "dim"), Text(text))
    return part


def _bar(line: Line) -> str:
    """As long as the part is of the score, to an eighth of a character."""
    whole, eighths = divmod(round(line.width / BAR * WIDTH * 8), 8)
    return ("█" * whole + (_EIGHTHS[eighths] if eighths else "")).ljust(WIDTH)


def _hop(hop: Hop, words: Captions) -> Text:
    """The triple as it is stored, with its source."""
    said = Text(plain(hop.labels["subject"]))
    said.append(f" ─ {plain(hop.labels['relation'])} → ", "cyan")
    said.append(plain(hop.labels["object"]))
    return said.append(f"  {words.source(plain(hop.source))}", "dim")
