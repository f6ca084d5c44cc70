"""What a language is made of: whole clauses with named slots, by what they say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Templates = Mapping[str, str]


@dataclass(frozen=True)
class Language:
    """The templates of a language. A slot is filled with a template of the kind `SLOTS` gives it, or a name.

    Keys of `reasons` are a relation's name, with ⁻¹ where it is walked backward, "·" where two things share its end,
    and "#" where a count is told. A relation without a key is told by the ontology's phrase.
    """

    code: str
    sentences: Templates  # "one" clause, or "two"
    clauses: Templates  # what a statement says
    deeds: Templates  # what the user did
    also: Templates  # the same in a second clause
    acts: Templates  # event relation → what is done with {thing}
    acts_at: Templates  # the same with a moment before it
    participles: Templates  # event relation → "things you {participle}"
    reasons: Templates
    people: Templates  # who, counted or not
    shared: str  # round the {phrase} of an attribute that both have
    shared_link: str  # round the {phrase} of a link that both have to a third
    things: Templates  # lists
    whens: Templates
    lines: Templates  # of the merchandiser's and the engineer's account
    it: str  # the thing that was named
    each: str  # every one of several
    either: str  # whichever of two
    any: str  # whichever of several
    this: str  # the item that is explained
    that: str  # the thing that was named last, where another came before
    unlisted: str  # a thing the catalogue refers to without listing it
    unspoken: str  # what is not named, in a list of facts
    unspoken_group: str
    unspoken_groups: str  # the same to the shop's own people: all of one {column}
    you: str
    them: str  # who is explained something, to others
    others: str
    columns: Templates  # column of the users table → what people call it
    places: frozenset[str]  # columns that say where somebody is
    bare: bool  # whether short names need no quotation marks
    elidable: str  # a pattern: how a second reason starts that needs not name the item again
    number: Callable[[int], str]  # in a sentence
    times: Callable[[int], str]
    month: Callable[[int], str]
    attributes: Templates = field(
        default_factory=dict
    )  # what an attribute is called → how both are said to have it

    def unnamed(self, kind: str) -> str:
        """What stands for an entity of a kind that is not to be named."""
        return self.unspoken_group if kind == "segment" else self.unspoken

    def column(self, name: str) -> str:
        """What people call a column of the users table."""
        title = name.replace("_", " ")
        return self.columns.get(title.casefold(), title)
