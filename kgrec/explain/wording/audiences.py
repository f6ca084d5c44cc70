"""What an explanation is made of → its text for somebody who shops, who looks on, who sells, or who checks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from kgrec.domain import BoolArray, Explanation, Float64Array, FloatArray, Hop, Path, RelationKind, plain
from kgrec.errors import UnknownName
from kgrec.explain.wording.captions import captions
from kgrec.explain.wording.language import Language
from kgrec.explain.wording.sentences import Speaker
from kgrec.explain.wording.statements import Statement
from kgrec.explain.wording.template import fill

Audience = Literal["shopper", "staff", "merchandiser", "engineer"]
AUDIENCES: tuple[Audience, ...] = get_args(Audience)
"""The shopper; those who look over their shoulder, and read the same of them; who sells; who checks."""

BESTSELLERS = 0.05
"""The share of all items, by what everybody's choices add, that are called bestsellers."""


@dataclass(frozen=True)
class Account:
    """A score taken apart: what everybody's choices add, what the listed paths say, and the rest."""

    score: float
    prior: float
    bestseller: bool
    statements: Sequence[Statement]  # of the listed paths, largest first
    rest: float
    n_rest: int
    now: bool = False  # whether everybody's choices are counted as of now


def audience_named(name: str) -> Audience:
    """An audience; UnknownName if there is none of that name."""
    for audience in AUDIENCES:
        if name == audience:
            return audience
    raise UnknownName("audience", name, AUDIENCES)


SECOND = 0.25
"""What comes second is told to a shopper if it adds at least so much of what comes first."""


def is_bestseller(prior: FloatArray | Float64Array, item_row: int) -> bool:
    """Whether few items are raised more by everybody's choices, and most are raised less."""
    few = math.ceil(BESTSELLERS * len(prior))
    mine = prior[item_row]
    return bool((prior > mine).sum() < few and mine > prior.mean())


def bestsellers(prior: FloatArray | Float64Array) -> BoolArray:
    """The same of all items at once (I,)."""
    if not len(prior):
        return np.zeros(0, bool)
    few = math.ceil(BESTSELLERS * len(prior))
    found: BoolArray = (prior >= np.partition(prior, -few)[-few]) & (prior > prior.mean())
    return found


def for_shopper(account: Account, speaker: Speaker) -> str:
    """One sentence: the largest statement, and the next if both are short."""
    said = account.statements
    clauses = speaker.language.clauses
    if not said:
        return speaker.sentence([_without_statements(account, speaker.language)])
    if account.prior > account.score / 2:
        everybody = clauses[_everybody(account)]
        enough = said[0].contribution >= SECOND * account.prior
        return speaker.sentence([everybody, speaker.clause(said[0])] if enough else [everybody])
    second = next((other for other in said[1:] if _adds(said[0], other)), None)
    if second is None:
        return speaker.sentence([speaker.clause(said[0])])
    if said[0].deeds and said[0].deeds == second.deeds:
        return speaker.sentence([speaker.both(said[0], second)])
    return speaker.sentence([speaker.clause(said[0]), speaker.clause(second, also=bool(said[0].deeds))])


def _everybody(account: Account) -> str:
    if account.now:
        return "popular_now" if account.bestseller else "everybody_now"
    return "bestseller" if account.bestseller else "everybody"


def _adds(first: Statement, other: Statement) -> bool:
    """Whether a second statement says something new, and no thing twice, in a sentence that stays short."""
    if not (_short(first) and _short(other)) or other.contribution < SECOND * first.contribution:
        return False
    if _topic(first) == _topic(other):
        return False
    return first.deeds == other.deeds or not set(first.deeds) & set(other.deeds)


def _short(said: Statement) -> bool:
    return len(said.steps) == 1 or said.discreet


def _topic(said: Statement) -> str:
    if said.discreet or not said.deeds:
        return RelationKind.POPULARITY
    relation = said.steps[0].relation
    return relation.name if relation.kind == RelationKind.ATTRIBUTE else relation.kind


def _without_statements(account: Account, language: Language) -> str:
    clauses = language.clauses
    if account.n_rest:
        key = "not_listed" if account.n_rest > 1 else "not_listed_one"
        return fill(clauses[key], {"count": language.number(account.n_rest)})
    if account.bestseller:
        return clauses["only_popular_now" if account.now else "only_bestseller"]
    return clauses["nothing"]


def for_merchandiser(account: Account, speaker: Speaker) -> str:
    """A line for each statement with its share of the score, then what everybody gets and what is left."""
    lines = speaker.language.lines
    parts = [*(said.contribution for said in account.statements), account.prior, account.rest]
    shares = _shares(parts, account.score)
    told = [
        fill(lines["statement"], {"share": share, "sentence": speaker.sentence([speaker.clause(said)])})
        for said, share in zip(account.statements, shares, strict=False)
    ]
    told.append(fill(lines["prior"], {"share": shares[-2]}))
    if account.n_rest:
        key = "rest" if account.n_rest > 1 else "rest_one"
        told.append(fill(lines[key], {"share": shares[-1], "count": f"{account.n_rest:,}"}))
    return "\n".join(told)


def _shares(parts: Sequence[float], score: float) -> list[str]:
    """Per cent with one decimal that add up to 100.0, the last digits given to the largest remainders."""
    if score <= 0:
        return ["0.0"] * len(parts)
    exact = [1000 * part / score for part in parts]
    tenths = [math.floor(part) for part in exact]
    missing = round(sum(exact)) - sum(tenths)
    order = sorted(range(len(parts)), key=lambda n: tenths[n] - exact[n])
    for n in order[:missing]:
        tenths[n] += 1
    return [f"{tenth / 10:.1f}" for tenth in tenths]


def for_engineer(found: Explanation, language: Language) -> str:
    """Every listed path hop by hop with its contribution to the last digit, and the sum."""
    words, rest = language.lines, found.remainder
    lines = [
        f"{words['score']} {found.score!r}, {words['rank']} {found.rank or '–'}",
        f"= {words['everybody']} {found.prior!r} + {words['listed']} {_sum(found.paths)!r}"
        f" + {words['others']} {rest.contribution!r} ({rest.paths:,})",
    ]
    source = captions(found.lang).source
    for number, path in enumerate(found.paths, start=1):
        lines.append(f"{words['path']} {number}: {path.contribution!r} ({path.share:.2%}) {path.metapath}")
        lines += [f"  {_hop(hop)} [{plain(source(hop.source))}]" for hop in path.hops]
    return "\n".join(lines)


def _sum(paths: Sequence[Path]) -> float:
    return math.fsum(path.contribution for path in paths)


def _hop(hop: Hop) -> str:
    subject, relation, thing = (plain(hop.labels[part]) for part in ("subject", "relation", "object"))
    ends = (thing, subject) if hop.inverse else (subject, thing)
    return f"{ends[0]} {'←' if hop.inverse else '—'} {relation} {'—' if hop.inverse else '→'} {ends[1]}"
