"""An English clause → what it speaks of, and whether it praises that: patterns of words, no parts of speech.

the NOUN is GOOD · the NOUN and NOUN are not GOOD · it smells GOOD · GOOD NOUN · love the NOUN · problems with the NOUN
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kgrec.understand.clauses import MOST_WORDS, Clause, clauses
from kgrec.understand.opinions import OPINIONS, TURNS, word_set

_OPINION, _TURN = OPINIONS["en"], TURNS["en"]
_TOKEN = re.compile(r"(?<!\w)[^\W\d_]+(?:['’-][^\W\d_]+)*|[,&]")
_NOUN = re.compile(r"[a-z]{3,20}")


_THE = word_set("the its my this these their our his her your that those a an every all both any")
_LINK = word_set("""
    is are was were be been feels feel felt looks look looked seems seem seemed smells smell smelled smelt
    sounds sound sounded tastes taste tasted fits fit fitted works work worked isnt isn't wasnt wasn't arent
    aren't werent weren't gets get got stays stayed arrived came runs lasts last lasted holds hold held
    takes took
    """)
_SENSES = {
    "smells": "smell",
    "smelled": "smell",
    "smelt": "smell",
    "sounds": "sound",
    "sounded": "sound",
    "tastes": "taste",
    "tasted": "taste",
    "fits": "fit",
    "fitted": "fit",
    "looks": "look",
    "looked": "look",
}
_AUXILIARY = word_set("""
    do does did has have had will would can could should may might must been being just also itself
    themselves still always all both already even only ever usually often sometimes now actually simply
    again started began went keeps kept became becomes turned
    """)
_DEGREE = word_set("""
    very so really quite extremely pretty super a bit little lot too absolutely rather somewhat more most
    much such truly that as slightly fairly incredibly surprisingly far way just
    """)
_BETWEEN = _LINK | _AUXILIARY | _DEGREE | _TURN
_NOUNS_TOO = word_set("sound smell taste fit look feel light hold work finish")
"""Verbs and adjectives that are nouns behind an article."""

_WITH = word_set("with in about of")
_LIST = word_set(", and & or plus")
_FELT = word_set("""
    love loved loves loving adore adores adored enjoy enjoyed enjoys like liked likes hate hated hates
    dislike disliked dislikes appreciate appreciated happy pleased glad satisfied disappointed impressed
    surprised frustrated unhappy dissatisfied upset regret regretted recommend recommended recommends
    complain complaint complaints sad
    """)
"""Opinions whose subject is who has them."""

_EASE = word_set("easy difficult")
_NO_TASKS = word_set(
    "the get got see say tell find believe understand give buy order the do make have know please go"
)
_LIKING = word_set("i we they you also really don't didn't doesn't not to especially particularly would")
_DOING = word_set(
    "well nicely beautifully easily quickly perfectly smoothly flawlessly wonderfully badly poorly terribly"
)
"""Opinions of what something does: "the handle sits well"."""

_NOT_NOUNS = word_set("""
    the its my this these their our his her your that those an every all both any some each other another
    one ones two three four five six ten few many several lot lots much more most less least bit little same
    i'm it's i've we you he she they them him who what where why how there here then than and or nor plus
    for with from into onto over under about after before between through during without within against upon
    off out down near per via like unlike are was were been being is has have had having does did doing done
    will would can could should may might must shall get gets got getting give gives gave given giving go
    goes went going gone come comes came coming make makes made making take takes took taking taken put puts
    use uses used using try tried tries trying buy buys buying bought order ordered purchase purchased want
    wanted wants need needed needs see saw seen know knew known think thought say said says tell told find
    found keep kept keeps feel feels felt look looks looked looking seem seems seemed work works worked
    working fit fits fitted sounds sounded smells smelled tastes tasted send sent sending receive received
    arrive arrived arrives return ship shipped let lets run runs running start started stop help helped
    happen happened expect expected hope hoped thing things something anything everything nothing someone
    anyone everyone people person guy guys man woman product products item items stuff buyer seller customer
    customers time times day days week weeks month months year years hour hours minute minutes today
    yesterday tomorrow while once twice way ways reason reasons case kind sort type rest part parts fact
    star stars review reviews idea job end kids kid son daughter wife husband mom mother dad father sister
    brother friend friends family girlfriend boyfriend daughters sons grandson granddaughter niece nephew
    teacher boss everybody anybody somebody birthday christmas holiday occasion money amazon present place
    places hit night inside outside recipient recipients receiver receivers grandkids grandkid grandchildren
    granddaughters grandsons nieces nephews neice neices hubby parents child children baby babies teen
    teenager teenagers adults adult men women girl girls boy boys coworker coworkers employee employees
    client clients mum cat cats dog dogs cent penny dollar dollars favorite favourite fast decorative
    personal thrilled excited delighted main cheaper smaller bigger larger thicker longer darker lighter
    shorter higher lower brighter faster slower thinner tighter very really quite extremely super absolutely
    rather somewhat too also just only even still already ever never always again now soon almost maybe
    perhaps enough often sometimes usually yet not such own new old big small large long short high low
    light dark hard hot cold warm dry wet thick thin heavy cheap full empty different similar first second
    third last next whole half extra able available sure ready true real total huge tiny giant free red blue
    green black white pink grey gray brown yellow purple definitely probably actually finally especially
    overall highly either neither else though although because since when whenever until unless whether
    however which whose whom don't didn't doesn't won't can't couldn't wouldn't isn't wasn't aren't weren't
    haven't hasn't hadn't ain't i'd i'll you're they're we're that's there's he's she's what's let's it'll
    you'll
    """)


_NOT_NOUN_ENDINGS = ("ly", "ous", "ful", "less", "ible")


class Said(NamedTuple):
    """What a clause speaks of, as the words stand there, and whether it praises (+1), finds fault (−1), or only the
    rest of the clause can tell (0)."""

    words: tuple[str, ...]
    opinion: int


def parts(text: str) -> list[Clause]:
    """The clauses of an English text, where the members of a list stay with what is said of them."""
    found: list[Clause] = []
    waiting: Clause | None = None
    for clause in clauses(text, "en"):
        if waiting is not None and clause.after_comma:
            clause = Clause(waiting.start, clause.end, waiting.after_comma)
        elif waiting is not None:
            found.append(waiting)
        waiting = None
        words = _tokens(text[clause.start : clause.end])
        if _is_list_member(words):
            waiting = clause
        else:
            found.append(clause)
    return [*found, waiting] if waiting is not None else found


def _is_list_member(words: Sequence[str]) -> bool:
    members = [word for word in words if word not in _LIST]
    if not members or members[0] not in _THE or len(members) > 6:
        return False
    return all(word in _THE or _is_noun(word) for word in members)


def said(clause: str) -> list[Said]:
    """What a clause speaks of with an opinion."""
    words = _tokens(clause)
    found: list[Said] = []
    for place, word in enumerate(words):
        if word in _OPINION:
            found += _with_opinion(words, place)
        elif word in _LINK and not _is_articled(words, place) and not _opinion_follows(words, place):
            found += _with_complement(words, place)
    return list(dict.fromkeys(found))


def _tokens(clause: str) -> list[str]:
    return [word.casefold().replace("’", "'") for word in _TOKEN.findall(clause)[:MOST_WORDS]]


def _is_noun_at(words: Sequence[str], at: int) -> bool:
    return _is_noun(words[at]) or _is_articled(words, at)


def _is_articled(words: Sequence[str], at: int) -> bool:
    """Whether an article makes a noun of a word that is something else as well: the sound."""
    return words[at] in _NOUNS_TOO and at > 0 and words[at - 1] in _THE


def _is_between(words: Sequence[str], at: int) -> bool:
    """Whether a word can stand between a noun and what is said of it."""
    return (words[at] in _BETWEEN or words[at].endswith("ly")) and not _is_articled(words, at)


def _is_noun(word: str) -> bool:
    return (
        bool(_NOUN.fullmatch(word))
        and word not in _NOT_NOUNS
        and word not in _OPINION
        and word not in _TURN
        and not word.endswith(_NOT_NOUN_ENDINGS)
    )


# From an opinion to what it is about


def _with_opinion(words: Sequence[str], place: int) -> list[Said]:
    word, opinion = words[place], _OPINION[words[place]]
    if word == "worth" or (word == "like" and not _is_liked(words, place)):
        return []  # "worth every cent"; "nothing like the picture"
    if word in _EASE and words[place + 1 : place + 2] == ["to"] and len(words) > place + 2:
        return _task(words, place)
    subject, turned = ([], False) if word in _FELT else _subject(words, place)
    if subject:
        return [Said(noun, -opinion if turned else opinion) for noun in subject]
    about = _object(words, place) if word in _FELT else _modified(words, place) or _object(words, place)
    turns = [one for one in words[max(0, place - 3) : place] if one in _TURN]
    if not about or (turns and "who" in words[:place]):
        return []  # "who would not love the colour?"
    return [Said(about, -opinion if turns else opinion)]


def _task(words: Sequence[str], place: int) -> list[Said]:
    """What is easy to do: cleaning."""
    verb = words[place + 2]
    if not _NOUN.fullmatch(verb) or verb in _NO_TASKS or verb.endswith("ing"):
        return []
    turned = any(word in _TURN for word in words[max(0, place - 3) : place])
    opinion = _OPINION[words[place]]
    return [Said((_gerund(verb),), -opinion if turned else opinion)]


def _gerund(verb: str) -> str:
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")):
        return verb[:-1] + "ing"
    if re.fullmatch("[^aeiou]+[aeiou][bdgmnpt]", verb):
        return verb + verb[-1] + "ing"
    return verb + "ing"


def _is_liked(words: Sequence[str], place: int) -> bool:
    """Whether somebody likes something there; else the word compares."""
    return bool(place) and words[place - 1] in _LIKING


def _subject(words: Sequence[str], place: int) -> tuple[list[tuple[str, ...]], bool]:
    """The nouns left of an opinion that it is said of, over verbs and degrees, and whether one of these turns it."""
    turned, link, sense = False, False, ""
    at = place - 1
    if words[place] in _DOING and at > 0 and _is_noun_at(words, at) and _is_noun_at(words, at - 1):
        at, link = at - 1, True
    while at >= 0 and _is_between(words, at):
        turned ^= words[at] in _TURN
        link |= words[at] in _LINK or words[at] in _AUXILIARY
        sense = _SENSES.get(words[at], sense)
        at -= 1
    if not link and at > 1 and words[at] == "and" and words[at - 2] in _LINK:
        return _subject(words, at - 1)  # bright and clear
    nouns = _nouns_until(words, at)
    if not nouns and sense:
        return [(sense,)], turned
    is_verb = at == place - 1
    if not nouns or not (link or is_verb or _is_event(words[place])):
        return [], turned
    return nouns, turned


def _is_event(word: str) -> bool:
    """Whether an opinion is a verb: "the zipper broke"."""
    return word.endswith(("ed", "s"))


def _nouns_until(words: Sequence[str], at: int) -> list[tuple[str, ...]]:
    """The nouns that end at a place, with those that a list joins to them; none without an article or at no start."""
    found: list[tuple[str, ...]] = []
    while True:
        end = at
        while at >= 0 and end - at < 3 and _is_noun_at(words, at):
            at -= 1
        if at == end:
            return found
        found.append(tuple(words[at + 1 : end + 1][-2:]))
        if at >= 0 and words[at] in _THE:
            at -= 1
        elif at >= 0 and words[at] not in _LIST and words[at] not in _OPINION:
            return []  # it belongs to something else: "made of cotton"
        if at >= 1 and words[at] == "of":
            found.clear()  # the quality of the paper: the quality
            at -= 1
        elif at >= 0 and words[at] in _LIST:
            at -= 1
        else:
            return found


def _modified(words: Sequence[str], place: int) -> tuple[str, ...]:
    """The nouns that an opinion stands before: "great battery life"."""
    at = place + 1
    while at < len(words) and (words[at] in _OPINION or words[at] in ("and", ",")):
        at += 1
    start = at
    while at < len(words) and at - start < 3 and _is_noun_at(words, at):
        at += 1
    if at < len(words) and words[at] in _LINK:
        return ()  # the start of what is said of them
    return tuple(words[start:at][-2:])


def _object(words: Sequence[str], place: int) -> tuple[str, ...]:
    """The nouns that an opinion is about: "love the colour", "problems with the zip"."""
    at = place + 1
    if at < len(words) and words[at] in _WITH:
        at += 1
    if at >= len(words) or words[at] not in _THE:
        return ()
    at += 1
    start = at
    while at < len(words) and at - start < 3 and _is_noun_at(words, at):
        at += 1
    return tuple(words[start:at][-2:])


# From a verb to what is said, where no word of it is an opinion by itself


def _opinion_follows(words: Sequence[str], place: int) -> bool:
    return any(word in _OPINION and word != "like" for word in words[place + 1 : place + 6])


def _with_complement(words: Sequence[str], place: int) -> list[Said]:
    rest = words[place + 1 :]
    if not rest or rest[0] in ("in", "on", "at", "for", "from", "to", "what", "when", "where"):
        return []
    opinion = -1 if "too" in rest[:3] or (place and words[place - 1] in ("could", "should")) else 0
    at = place - 1
    while at >= 0 and (words[at] in _AUXILIARY | _DEGREE | _TURN or words[at].endswith("ly")):
        at -= 1
    nouns = _nouns_until(words, at)
    if not nouns and words[place] in _SENSES:
        nouns = [(_SENSES[words[place]],)]
    return [Said(noun, opinion) for noun in nouns]


# Labels


def singular(word: str) -> str:
    """A noun as it is counted: batteries and battery are one."""
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh")):
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return word[: -len(ending)] + instead
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        return word[:-1]
    return word


def _has_article(words: Sequence[str], at: int) -> bool:
    """Whether an article stands before a word, or before a noun that stands before it: the lamp shade."""
    if at and words[at - 1] in _THE:
        return True
    return at > 1 and words[at - 2] in _THE and _is_noun(words[at - 1])


_BRITISH = {"color": "colour", "flavor": "flavour", "odor": "odour"}


def key(words: Sequence[str]) -> str:
    """By what an aspect is counted, however it is written."""
    *before, last = words
    return " ".join(_BRITISH.get(word, word) for word in (*before, singular(last)))


def articled(texts: Iterable[str]) -> tuple[Counter[str], Counter[str]]:
    """How often each word stands in some texts, and how often right behind an article: what never does is no noun."""
    seen: Counter[str] = Counter()
    behind: Counter[str] = Counter()
    for text in texts:
        words = _tokens(text)
        seen.update(words)
        behind.update(word for at, word in enumerate(words) if _has_article(words, at))
    return seen, behind
