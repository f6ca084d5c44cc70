"""Domain objects → plain dictionaries, for pages and JSON alike, so that the two cannot drift apart."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from kgrec.answers import Balance, Contrast, Known, Move, Overview, Takes, WhatIf, WhyNot
from kgrec.domain import Explanation, Hop, Path, Receipt, Recommendation, Ruled


def recommendation_dict(found: Recommendation) -> dict[str, Any]:
    """One recommended item."""
    told: dict[str, Any] = {
        "item_id": found.item_id,
        "title": found.title,
        "score": float(found.score),
        "rank": found.rank,
    }
    if found.rules:
        told["rules"] = [rule_dict(rule) for rule in found.rules]
    return told


def rule_dict(found: Ruled) -> dict[str, Any]:
    """What an expert rule of the shop has done to a score or a place."""
    return {
        "name": found.name,
        "do": found.do,
        "factor": None if found.factor is None else float(found.factor),
        "place": found.place,
        "reason": dict(found.reason),
    }


def explanation_dict(found: Explanation) -> dict[str, Any]:
    """An explanation with the fields of the contract: prior + Σ contributions + remainder = score.

    Where the user's wishes bear on the score, `wishes` says which and how; where rules of the shop do, or on its place,
    `rules`. `prior_of` is "now" where the prior is made of recent choices.
    """
    told = {
        "user_id": found.user_id,
        "item_id": found.item_id,
        "lang": found.lang,
        "score": float(found.score),
        "rank": found.rank,
        "prior": float(found.prior),
        "text": found.text,
        "paths": [path_dict(path) for path in found.paths],
        "remainder": {
            "contribution": float(found.remainder.contribution),
            "paths": found.remainder.paths,
        },
        "receipt": None if found.receipt is None else receipt_dict(found.receipt),
        "model": found.model,
        "graph_version": found.graph_version,
    }
    if found.wishes:
        told["wishes"] = [asdict(wish) for wish in found.wishes]
    if found.rules:
        told["rules"] = [rule_dict(rule) for rule in found.rules]
    if found.prior_of != "always":
        told["prior_of"] = found.prior_of
    return told


def overview_dict(found: Overview) -> dict[str, Any]:
    """A list as a whole."""
    return {
        "user_id": found.user_id,
        "lang": found.lang,
        "balance": found.balance,
        "text": found.text,
        "items": [
            {
                **recommendation_dict(placed.item),
                "rank_by_score": placed.rank_by_score,
                "serves": list(placed.serves),
            }
            for placed in found.items
        ],
        "interests": [asdict(interest) for interest in found.interests],
        "common": [asdict(shared) for shared in found.common],
    }


def what_if_dict(found: WhatIf) -> dict[str, Any]:
    """Both lists and every move: Σ differences of the parts + rest = change of the score."""
    return {
        "user_id": found.user_id,
        "lang": found.lang,
        "asked": {
            "add": [{"item_id": item_id, "event": event} for item_id, event in found.asked.add],
            "remove": list(found.asked.remove),
            "change": {item_id: dict(values) for item_id, values in found.asked.change.items()},
        },
        "text": found.text,
        "before": [recommendation_dict(one) for one in found.before],
        "after": [recommendation_dict(one) for one in found.after],
        "moves": [move_dict(move) for move in found.moves],
        "notes": list(found.notes),
        "model": found.model,
        "graph_version": found.graph_version,
    }


def move_dict(move: Move) -> dict[str, Any]:
    """One item with another place."""
    return {
        "item_id": move.item_id,
        "title": move.title,
        "moved": move.moved,
        "rank_before": move.rank_before,
        "rank_after": move.rank_after,
        "score_before": float(move.score_before),
        "score_after": float(move.score_after),
        "change": balance_dict(move.change, "after", "before"),
        "text": move.text,
    }


def why_not_dict(found: WhyNot) -> dict[str, Any]:
    """By how much an item misses a list, and why; `explanation` is of its own score."""
    return {
        "user_id": found.explanation.user_id,
        "item_id": found.item_id,
        "title": found.title,
        "lang": found.explanation.lang,
        "k": found.k,
        "score": float(found.explanation.score),
        "rank": found.rank,
        "blocked": found.blocked,
        "text": found.text,
        "last": None if found.last is None else recommendation_dict(found.last),
        "gap": float(found.gap),
        "by_known": balance_dict(found.by_known, "last", "item"),
        "by_way": balance_dict(found.by_way, "last", "item"),
        "lacks": [{"way": lack.way, "items": lack.items, "mean": float(lack.mean)} for lack in found.lacks],
        "explanation": explanation_dict(found.explanation),
    }


def takes_dict(found: Takes) -> dict[str, Any]:
    """What it would take to get an item out of a list, or into it."""
    return {
        "user_id": found.user_id,
        "item_id": found.item_id,
        "title": found.title,
        "lang": found.lang,
        "k": found.k,
        "rank": found.rank,
        "score": float(found.score),
        "action": found.action,
        "possible": found.possible,
        "things": [known_dict(one) for one in found.things],
        "at_least": found.at_least,
        "smallest": found.smallest,
        "rank_after": found.rank_after,
        "score_after": None if found.score_after is None else float(found.score_after),
        "text": found.text,
        "model": found.model,
        "graph_version": found.graph_version,
    }


def contrast_dict(found: Contrast) -> dict[str, Any]:
    """Why one item rather than another: the parts of the difference add up to it."""
    return {
        "user_id": found.user_id,
        "lang": found.lang,
        "text": found.text,
        "difference": float(found.one.score) - float(found.other.score),
        "by_known": balance_dict(found.by_known, "item", "rather_than"),
        "by_way": balance_dict(found.by_way, "item", "rather_than"),
        "item": explanation_dict(found.one),
        "rather_than": explanation_dict(found.other),
    }


def balance_dict(found: Balance, one: str, other: str) -> dict[str, Any]:
    """The difference of two scores, part by part: `one` − `other`. A part with neither a thing known nor a way is
    what everybody's choices add.
    """
    return {
        "parts": [
            {
                "known": None if part.known is None else known_dict(part.known),
                "way": part.way or None,
                one: float(part.one),
                other: float(part.other),
                "difference": float(part.difference),
            }
            for part in found.parts
        ],
        "rest": {"difference": float(found.rest), "parts": found.n_rest},
        "total": float(found.total),
    }


def known_dict(known: Known) -> dict[str, Any]:
    """One thing known of a user, or to be known."""
    return {"relation": known.relation, "item_id": known.item_id, "iri": known.iri, "label": known.label}


def receipt_dict(found: Receipt) -> dict[str, Any]:
    """The proof of an explanation."""
    return {
        "removed": found.removed,
        "score_without": float(found.score_without),
        "rank_without": found.rank_without,
        "predicted_without": float(found.predicted_without),
        "sufficient_rank": found.sufficient_rank,
    }


def path_dict(path: Path) -> dict[str, Any]:
    """One path of an explanation."""
    return {
        "metapath": path.metapath,
        "contribution": float(path.contribution),
        "share": float(path.share),
        "hops": [hop_dict(hop) for hop in path.hops],
        "text": path.text,
    }


def hop_dict(hop: Hop) -> dict[str, Any]:
    """One stored triple."""
    return {
        "subject": hop.subject,
        "relation": hop.relation,
        "object": hop.object,
        "inverse": hop.inverse,
        "source": hop.source,
        "labels": dict(hop.labels),
    }


def moment(seconds: int) -> datetime | None:
    """Unix seconds as a time in UTC; None if no calendar goes that far."""
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    except OverflowError:
        return None
