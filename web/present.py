"""Domain objects → plain dictionaries, for pages and JSON alike, so that the two cannot drift apart."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from kgrec.domain import Explanation, Hop, Path, Recommendation
from kgrec.guide import HistoryEntry, ItemSummary, UserSummary


def recommendation_dict(found: Recommendation) -> dict[str, Any]:
    """One recommended item."""
    return {"item_id": found.item_id, "title": found.title, "score": float(found.score), "rank": found.rank}


def explanation_dict(found: Explanation) -> dict[str, Any]:
    """An explanation with the fields of the contract: prior + Σ contributions + remainder = score."""
    return {
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
        "receipt": None,
        "model": found.model,
        "graph_version": found.graph_version,
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


def item_dict(item: ItemSummary) -> dict[str, Any]:
    """What a card shows of an item; a price that is not known is null."""
    return asdict(item)


def user_dict(user: UserSummary) -> dict[str, Any]:
    """What a list shows of a user."""
    return asdict(user)


def history_dict(entry: HistoryEntry) -> dict[str, Any]:
    """One thing a user did; the time is in Unix seconds, null where it is not known."""
    return {"item": item_dict(entry.item), "event": entry.event, "time": entry.time}
