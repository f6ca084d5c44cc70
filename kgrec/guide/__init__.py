"""Online: the questions that can be asked of a shop — who, what, why.

`shop` is what is asked and `asking` finds out who asks; on these stand the questions: `recommending`, `explaining`,
`supposing` and `showing`, `storefront` and `wishing`, and `people`.
"""

from __future__ import annotations

from pathlib import Path as FilePath

from kgrec import storage
from kgrec.guide.context import CONTEXT, NO_CONTEXT, STRANGER, Context, SessionEvent
from kgrec.guide.people import People
from kgrec.guide.recommending import MOST
from kgrec.guide.showing import Showing
from kgrec.guide.supposing import Supposing
from kgrec.guide.wishing import Wishing

__all__ = ["CONTEXT", "MOST", "NO_CONTEXT", "STRANGER", "Context", "Guide", "SessionEvent"]


class Guide(Supposing, Showing, Wishing, People):
    """A shop that can be asked: its dataset, its graph, and a model of it."""

    def save(self, folder: str | FilePath) -> None:
        """Write tables, graph, model and what reviews speak of as one folder of plain, hashed files."""
        storage.save_bundle(FilePath(folder), self.dataset, self.graph, self.model, self.mentions)
