"""kgrec: product recommendations from a knowledge graph, where the reasons are the score.

dataset = kgrec.Dataset.from_frames(interactions, items)
guide = kgrec.fit(dataset, seed=0)
guide.recommend(["u1"], k=10)
guide.explain("u1", "i9").text
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from kgrec.domain import Dataset, Explanation, KnowledgeGraph, Path, Recommendation
    from kgrec.errors import KgrecError
    from kgrec.guide import Guide
    from kgrec.pipeline import fit
    from kgrec.serving import open_guide as open

_HOMES = {
    "Dataset": "domain",
    "Explanation": "domain",
    "Guide": "guide",
    "KgrecError": "errors",
    "KnowledgeGraph": "domain",
    "Path": "domain",
    "Recommendation": "domain",
    "fit": "pipeline",
    "open": "serving",
}

__all__ = [
    "Dataset",
    "Explanation",
    "Guide",
    "KgrecError",
    "KnowledgeGraph",
    "Path",
    "Recommendation",
    "fit",
    "open",
]


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for, so that `import kgrec` stays fast."""
    if name not in _HOMES:
        raise AttributeError(f"module 'kgrec' has no attribute {name!r}")
    return getattr(import_module(f"kgrec.{_HOMES[name]}"), {"open": "open_guide"}.get(name, name))


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
