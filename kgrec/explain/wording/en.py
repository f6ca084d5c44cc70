"""English: whole clauses for what paths say."""

from __future__ import annotations

from kgrec.explain.wording.language import Language

_NUMBERS = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_ACTS = {
    "viewed": "looked at {thing}",
    "carted": "put {thing} in the basket",
    "bought": "bought {thing}",
    "rated": "rated {thing}",
    "returned": "sent back {thing}",
    "disliked": "disliked {thing}",
}
_STEPS = {  # relation → how far after the one the other was chosen, and how far before
    "followed_by": ("right after", "right before"),
    "followed_second": ("soon after", "shortly before"),
    "followed_third": ("not long after", "not long before"),
    "followed_later": ("some time after", "some time before"),
}


def _number(n: int) -> str:
    return _NUMBERS[n] if n < len(_NUMBERS) else f"{n:,}"


_LIKE_THIS = "{count} things you {participle} %s, like this one: {things}"

EN = Language(
    code="en",
    sentences={"one": "{clause}.", "two": "{clause}; {clause2}."},
    clauses={
        "because": "{deed}, and {reason}",
        "because_both": "{deed}: {reason}, and {reason2}",
        "because_one": "{deed}: {reason} and {elided}",
        "over": "{deed}: {reason}, and {reason2}",
        "alone": "{deed}",
        "several_has_brand": _LIKE_THIS % "are by {entity}",
        "several_has_category": _LIKE_THIS % "are in {entity}",
        "several_has_colour": _LIKE_THIS % "come in {entity}",
        "several_has_material": _LIKE_THIS % "are made of {entity}",
        "popular_in": "this is popular with shoppers in {entity}",
        "popular_group": "this is popular with shoppers whose {column} is {entity}",
        "popular": "this is popular with shoppers like you",
        "bestseller": "this is a bestseller",
        "everybody": "this is here mostly because of what all shoppers choose",
        "popular_now": "this is popular here right now",
        "everybody_now": "this is here mostly because of what shoppers choose right now",
        "only_popular_now": "nothing known about you leads to this item; it is popular here right now",
        "only_bestseller": "nothing known about you leads to this item; it is a bestseller",
        "nothing": "nothing known about you leads to this item yet",
        "not_listed": "{count} paths lead from what is known about you to this item",
        "not_listed_one": "one path leads from what is known about you to this item",
    },
    deeds={
        "one": "you {act}",
        "when": "you {act} {when}",
        "times": "you {act} {times}",
        "last": "most recently you {act}",
        "mixed": "you {act} and {act2}",
    },
    also={
        "one": "you also {act}",
        "when": "you also {act} {when}",
        "times": "you also {act} {times}",
        "last": "most recently you {act}",
        "mixed": "you also {act} and {act2}",
    },
    acts=_ACTS,
    acts_at=_ACTS,
    participles={
        "viewed": "looked at", "carted": "put in the basket", "bought": "bought", "rated": "rated",
        "returned": "sent back", "disliked": "disliked",
    },
    reasons={
        **{name: f"{{to}} was chosen {after} {{from}}" for name, (after, _) in _STEPS.items()},
        **{f"{name}#": f"{{to}} was chosen {after} {{from}} {{times}}" for name, (after, _) in _STEPS.items()},
        **{f"{name}⁻¹": f"{{to}} was chosen {before} {{from}}" for name, (_, before) in _STEPS.items()},
        **{f"{name}⁻¹#": f"{{to}} was chosen {before} {{from}} {{times}}"
           for name, (_, before) in _STEPS.items()},
        "viewed_then_chosen": "people who looked at {any} went on to choose {to}",
        "viewed_then_chosen#": "people looked at {any} and then chose {to} {times}",
        "viewed_then_chosen⁻¹": "people who looked at {to} went on to choose {from}",
        "viewed_then_chosen⁻¹#": "people looked at {to} and then chose {from} {times}",
        "shares_buyers": "{people} who chose {any} also chose {to}",
        "shares_viewers": "{people} who looked at {any} also looked at {to}",
        "chosen_alike": "{to} is chosen alongside the same things as {from}",
        "similar_text": "{to} is described much like {from}",
        "similar_image": "{to} looks much like {from}",
        "complemented_by": "the shop offers {to} with {from}",
        "compatible_with": "{to} goes with {from}",
        "compatible_with⁻¹": "{to} goes with {from}",
        "compatible_with·": "{to} goes with {entity}, as {from} does",
        "bought_together": "{to} is often bought together with {from}",
        "bought_together·": "{to} is often bought together with {entity}, as {from} is",
        "also_bought·": "people who bought {any} or {to} also bought {entity}",
        "also_viewed·": "people who looked at {any} or {to} also looked at {entity}",
        "people": "{people} who {act} also {act2}",
    },
    people={"some": "people", "counted": "{count} customers"},
    shared="{phrase} too",
    shared_link="{phrase}, as with {from}",
    things={
        "2": "{thing} and {thing2}",
        "3": "{thing}, {thing2} and {thing3}",
        "more": "{thing}, {thing2}, {thing3} and {more} more",
    },
    whens={
        "today": "today",
        "yesterday": "yesterday",
        "days": "{count} days ago",
        "week": "a week ago",
        "weeks": "{count} weeks ago",
        "last_month": "last month",
        "month": "in {month}",
        "month_of_year": "in {month} {year}",
    },
    lines={
        "statement": "{share} %  {sentence}",
        "prior": "{share} %  What everybody's choices add, whoever asks.",
        "rest": "{share} %  {count} other paths.",
        "rest_one": "{share} %  1 other path.",
        "score": "score",
        "rank": "rank",
        "path": "path",
        "listed": "paths",
        "everybody": "prior",
        "others": "not listed",
    },
    it="it",
    each="each of them",
    either="either of them",
    any="any of them",
    this="this",
    that="that",
    unlisted="the same other product",
    unspoken="something not named here",
    unspoken_group="a group you belong to",
    unspoken_groups="groups by {column}",
    you="you",
    them="the shopper",
    others="other customers",
    columns={},
    places=frozenset({"city", "town", "country", "region", "province", "state", "county", "district", "城市"}),
    bare=True,
    elidable="{to} ",
    number=_number,
    times=lambda n: "twice" if n == 2 else f"{_number(n)} times",
    month=lambda n: _MONTHS[n - 1],
)  # fmt: skip
