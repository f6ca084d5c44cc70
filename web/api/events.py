"""POST /events: what users do, told by the shop's own programs, or by a user's browser with a token."""

from __future__ import annotations

from dataclasses import asdict

from flask.typing import ResponseReturnValue

from kgrec.guide import Guide

from ..watching import watching
from .askers import told_by
from .schemas import EventBatch


def tell(guide: Guide, asked: EventBatch) -> ResponseReturnValue:
    """How many were written, and which not and why; 202 once they are on disk."""
    taken = guide.intake.take(asked.root, told_by=told_by(guide))
    watching().metrics.told(
        accepted=taken.accepted, duplicates=taken.duplicates, rejected=len(taken.rejected)
    )
    return asdict(taken), 202
