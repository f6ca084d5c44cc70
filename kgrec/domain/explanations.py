"""What a person is told: a recommendation, and why an item has its score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from kgrec.domain.ids import plain
from kgrec.domain.wishes import Granted


@dataclass(frozen=True)
class Hop:
    """One stored triple that a path walks."""

    subject: str  # IRI
    relation: str  # IRI
    object: str  # IRI
    inverse: bool  # walked from object to subject
    source: str  # "items.csv:12", or "derived, seen 7 times"
    labels: Mapping[str, str]  # "subject", "relation", "object" → what a person reads


@dataclass(frozen=True)
class Path:
    """A walk from a user to an item with what it adds to the score."""

    metapath: str
    contribution: float
    share: float  # of the whole score, 0 … 1
    hops: tuple[Hop, ...]
    text: str


Out = Literal["taken", "unwanted", "rule", "withdrawn"]
"""Why an item has no place for a user whatever its score: they have or rejected it, they asked not to see it, a rule of
the shop leaves it out, or the shop no longer has it."""


RuleDo = Literal["boost", "bury", "pin", "exclude", "complement"]
"""What an expert rule of a shop can do, see `kgrec.rules`."""


@dataclass(frozen=True)
class Ruled:
    """An expert rule that has changed the score of an item or its place in a list."""

    name: str
    do: RuleDo
    factor: float | None  # on all paths to the item; of a complement, how strong the path is that it adds
    place: int | None  # where it has put the item whatever its score; None where the score did
    reason: Mapping[str, str]  # language → what shoppers are told; may be empty


@dataclass(frozen=True)
class Remainder:
    """What the paths not listed add up to, exactly, and how many they are."""

    contribution: float
    paths: int


@dataclass(frozen=True)
class Receipt:
    """Proof by deletion: the evidence that the listed paths start from left out, everything scored again.

    `predicted_without` is the score less what all paths from that evidence add; `score_without` is scored anew.
    `sufficient_rank` is the item's rank with the listed paths alone, among items scored by that evidence alone.
    Ranks are None where the item has no place.
    """

    removed: int  # triples
    score_without: float
    rank_without: int | None
    predicted_without: float
    sufficient_rank: int | None


@dataclass(frozen=True)
class Explanation:
    """Why an item has its score: prior + Σ contributions + remainder = score."""

    user_id: str
    item_id: str
    lang: str
    score: float
    rank: int | None  # 1 is best; None where it has no place, `out` says why
    prior: float
    text: str
    paths: tuple[Path, ...]
    remainder: Remainder
    model: str
    graph_version: str
    receipt: Receipt | None = None  # None where it was not asked for, or the model cannot give one
    wishes: tuple[Granted, ...] = ()  # what the user has asked for that bears on this score
    rules: tuple[Ruled, ...] = ()  # of the shop's experts, that bear on this score or its place
    prior_of: Literal["always", "now"] = "always"  # whether recent choices count for more in the prior
    out: Out | None = None  # why it has no place, where it has none

    @property
    def title(self) -> str:
        """What the item is called in its paths, else its id."""
        if not self.paths:
            return plain(self.item_id)
        last = self.paths[0].hops[-1]
        return plain(last.labels["subject" if last.inverse else "object"]) or plain(self.item_id)

    def __str__(self) -> str:
        place = f", place {self.rank}" if self.rank else ""
        first = plain(self.text.strip().partition("\n")[0])
        return f"{self.title} for {plain(self.user_id)}{place}, score {self.score:.4g}: {first}"

    def __repr__(self) -> str:
        ends = f"{plain(self.user_id)} → {plain(self.item_id)}"
        listed = f"{len(self.paths)} of {len(self.paths) + self.remainder.paths:,} paths"
        return f"<Explanation {ends}: score {self.score:.6g}, prior {self.prior:.6g}, {listed}>"

    def _repr_html_(self) -> str:
        """What notebooks show; see `kgrec.explain.fragment`."""
        from kgrec.explain.fragment import fragment

        return str(fragment(self))


@dataclass(frozen=True)
class Recommendation:
    """One item for one user, with its place."""

    item_id: str
    title: str
    score: float
    rank: int
    rules: tuple[Ruled, ...] = ()  # of the shop's experts, that bear on its score or place
