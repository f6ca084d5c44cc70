"""Domain objects → plain dictionaries, for pages and JSON alike, so that the two cannot drift apart."""

from __future__ import annotations

from typing import Any

from kgrec.domain import Explanation, Hop, Path, Receipt, Recommendation


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
        "receipt": None if found.receipt is None else receipt_dict(found.receipt),
        "model": found.model,
        "graph_version": found.graph_version,
    }


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
