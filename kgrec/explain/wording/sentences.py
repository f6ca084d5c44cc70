"""Statements → sentences of a language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from kgrec.domain import KnowledgeGraph, Relation, RelationKind
from kgrec.explain.wording.language import Language, Templates
from kgrec.explain.wording.names import Names
from kgrec.explain.wording.speech import segment
from kgrec.explain.wording.statements import Deed, Statement, Step
from kgrec.explain.wording.template import SLOT, fill
from kgrec.explain.wording.when import When

MOST_NAMED = 3
"""How many things are named where there are more."""


@dataclass(frozen=True)
class Speaker:
    """Says statements about one item in a language."""

    language: Language
    graph: KnowledgeGraph
    target: int  # entity row of the item

    def sentence(self, clauses: Sequence[str]) -> str:
        """One or two clauses as a sentence."""
        key = "two" if len(clauses) > 1 else "one"
        text = fill(self.language.sentences[key], {"clause": clauses[0], "clause2": clauses[-1]})
        return text[:1].upper() + text[1:]

    def clause(self, said: Statement, *, also: bool = False) -> str:
        """A statement as a clause; `also` if another stands before it."""
        clauses = self.language.clauses
        if said.discreet or not said.deeds:
            return clauses["popular"] if said.discreet else self._popular(said)
        several = _several(said, clauses)
        if several is not None:
            return self._like_this(several, said)
        slots = {"deed": self._deed(said.deeds, also)}
        if said.steps:
            slots["reason"] = self._reason(said.steps[0], things=len(said.deeds))
        if len(said.steps) > 1:
            slots["reason2"] = self._reason(said.steps[1], after=True)
        return fill(clauses[("alone", "because", "over")[min(2, len(said.steps))]], slots)

    def both(self, first: Statement, second: Statement) -> str:
        """Two statements of one step from the same things as one clause."""
        templates = [self._template(said.steps[0]) for said in (first, second)]
        elided = [re.match(self.language.elidable, template) for template in templates]
        things = len(first.deeds)
        slots = {
            "deed": self._deed(first.deeds, also=False),
            "reason": self._reason(first.steps[0], things=things),
            "reason2": self._reason(second.steps[0], things=things),
        }
        if not all(elided):
            return fill(self.language.clauses["because_both"], slots)
        rest = templates[1][elided[1].end() if elided[1] else 0 :]
        slots["elided"] = fill(rest, self._slots(second.steps[0], after=False, things=things))
        return fill(self.language.clauses["because_one"], slots)

    def onward(self, said: Statement, steps: str, source: str | None = None) -> str:
        """How a statement goes on from its one thing, which is called `source` or "it": no word of what the user did.

        `steps` joins two of them.
        """
        words = self.language if source is None else replace(self.language, it=source)
        speaker = replace(self, language=words)
        reasons = [speaker._reason(step, after=number > 0) for number, step in enumerate(said.steps)]
        return fill(steps, {"reason": reasons[0], "reason2": reasons[1]}) if len(reasons) > 1 else reasons[0]

    def did(self, deeds: Sequence[Deed]) -> str:
        """What the user did, as a clause."""
        return self._deed(deeds, also=False)

    # What the user did

    def _deed(self, deeds: Sequence[Deed], also: bool) -> str:
        templates = self.language.also if also else self.language.deeds
        kinds = list(dict.fromkeys(deed.relation for deed in deeds))
        if len(kinds) > 1:
            first, second = ([deed for deed in deeds if deed.relation == kind] for kind in kinds[:2])
            slots = {"act": self._act(first), "act2": self._act(second)}
            return fill(templates["mixed"], slots)
        slots = {"act": self._act(deeds)}
        only, key = deeds[0], "one"
        if len(deeds) == 1:
            slots["act_at"] = self._act(deeds, at=True)
            slots["times"] = self.language.times(only.times)
            slots["when"] = self._when(only.when) if only.when else ""
            key = "times" if only.times > 1 else "when" if only.when else "last" if only.latest else "one"
        return fill(templates[key], slots)

    def _act(self, deeds: Sequence[Deed], *, at: bool = False) -> str:
        acts = self.language.acts_at if at else self.language.acts
        return fill(acts[deeds[0].relation], {"thing": self._things(deeds)})

    def _things(self, deeds: Sequence[Deed]) -> str:
        if len(deeds) == 1:
            item = deeds[0].item
            return self.language.this if item == self.target else self._names.thing(item)
        names = self._names.things([deed.item for deed in deeds[:MOST_NAMED]])
        slots = dict(zip(("thing", "thing2", "thing3"), names, strict=False))
        slots["more"] = self.language.number(len(deeds) - MOST_NAMED) if len(deeds) > MOST_NAMED else ""
        slots["total"] = self.language.number(len(deeds))
        return fill(self.language.things["more" if len(deeds) > MOST_NAMED else str(len(deeds))], slots)

    def _when(self, when: When) -> str:
        slots = {"year": str(when.year), "count": self.language.number(when.count)}
        slots["month"] = self.language.month(when.month) if when.month else ""
        return fill(self.language.whens[when.key], slots)

    def _like_this(self, template: str, said: Statement) -> str:
        slots = {
            "count": self.language.number(len(said.deeds)),
            "participle": self.language.participles[said.deeds[0].relation],
            "entity": self._entity(said.steps[0].bridge),
            "things": self._things(said.deeds),
        }
        return fill(template, slots)

    # How it leads to the item

    def _reason(self, step: Step, *, after: bool = False, things: int = 1) -> str:
        return fill(self._template(step), self._slots(step, after=after, things=things))

    def _template(self, step: Step) -> str:
        own = self.language.attributes.get(self._attribute(step)[0]) if step.form == "shared" else None
        return own or reason_template(self.language, step.relation, step.form, bool(step.count))

    def _attribute(self, step: Step) -> tuple[str, str]:
        """What an attribute is called and its value: ("author", "Ann") of "author: Ann"; ("", "") if nothing tells."""
        if step.relation.name != "has_attribute" or step.bridge < 0:
            return "", ""
        name, colon, value = self.graph.label(step.bridge, self.language.code).partition(": ")
        return (name, value) if colon and name in self.language.attributes else ("", "")

    def _slots(self, step: Step, *, after: bool, things: int) -> dict[str, str]:
        """What stands for the things of a step; `after` another step, or from so many `things`."""
        words = self.language
        slots = {
            "to": words.this if step.end == self.target else self._names.thing(step.end),
            "from": words.that if after else words.each if things > 1 else words.it,
            "any": words.that if after else (words.it, words.either, words.any)[min(things, 3) - 1],
            "entity": self._shared_by(step) if step.form == "shared" else "",
            "count": words.number(step.count),
            "times": words.times(step.count),
        }
        slots["people"] = fill(words.people["counted" if step.count else "some"], slots)
        if step.form == "people":
            slots["act"] = fill(words.acts[step.acts[0]], {"thing": slots["any"]})
            slots["act2"] = fill(words.acts[step.acts[1]], {"thing": slots["to"]})
        return slots

    def _popular(self, said: Statement) -> str:
        clauses, words = self.language.clauses, self.language
        column, value = segment(str(self.graph.iris[said.segment]))
        if not value:
            return clauses["popular"]
        title = column.replace("_", " ")
        key = "popular_in" if title.casefold() in words.places else "popular_group"
        column_name = words.columns.get(title.casefold()) or self._names.value(title)
        return fill(clauses[key], {"column": column_name, "entity": self._names.value(value)})

    def _shared_by(self, step: Step) -> str:
        name, value = self._attribute(step)
        return self._names.value(value) if name else self._entity(step.bridge)

    def _entity(self, entity_row: int) -> str:
        kind = str(self.graph.kinds[entity_row])
        if kind == "unlisted_item":
            return self.language.unlisted
        return self._names.thing(entity_row) if kind == "item" else self._names.entity(entity_row)

    @property
    def _names(self) -> Names:
        return Names(self.graph, self.language.code, self.language.bare)


def _several(said: Statement, clauses: Templates) -> str | None:
    """How to say that several things, all come by in the same way, have one thing in common with the item."""
    alike = len({deed.relation for deed in said.deeds}) == 1 < len(said.deeds)
    if not (alike and len(said.steps) == 1 and said.steps[0].form == "shared"):
        return None
    return clauses.get(f"several_{said.steps[0].relation.name}")


_MARKS = {"forward": "", "inverse": "⁻¹", "shared": "·", "popular": "", "people": ""}


def reason_template(language: Language, relation: Relation, form: str, counted: bool) -> str:
    """How a language says a step over a relation: in its own words, else with the ontology's phrase."""
    key = "people" if form == "people" else relation.name + _MARKS[form]
    reasons: Templates = language.reasons
    if counted and f"{key}#" in reasons:
        return reasons[f"{key}#"]
    return reasons[key] if key in reasons else _from_phrase(language, relation, form)


def _from_phrase(language: Language, relation: Relation, form: str) -> str:
    if form == "shared":
        around = language.shared_link if relation.kind == RelationKind.LINK else language.shared
        return fill(around, {"phrase": _with(relation.phrase[language.code], "to", "entity")})
    if form == "inverse":
        return _with(relation.inverse_phrase[language.code], "to", "from")
    return _with(relation.phrase[language.code], "from", "to")


@lru_cache(maxsize=1024)
def _with(phrase: str, subject: str, thing: str) -> str:
    """An ontology's phrase with slots of ours."""
    slots = {"subject": f"{{{subject}}}", "object": f"{{{thing}}}"}
    return SLOT.sub(lambda slot: slots.get(slot[1], slot[0]), phrase)
