"""A SPARQL text → the same text, or a refusal, before any parser sees it.

The gate keeps a query from reading anything but the store (SERVICE makes the engine call other servers, FROM
names graphs to fetch) and from being nested so deep that the engine's parser overruns its stack. It reads the
text as the engine does, or more suspiciously: wherever "<" could open an address or mean "less than", both
readings have to be harmless. Hence addresses may not hold quotes or brackets, nor strings span lines.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from kgrec.errors import BadQuery, LongQuery

MAX_BYTES = 8192
MAX_DEPTH = 24
MAX_BRACKETS = 400
MAX_TOKENS = 2000

FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")

_WRITES = {"LOAD", "INSERT", "DELETE", "CREATE", "DROP", "CLEAR", "ADD", "MOVE", "COPY", "WITH"}
_OUTSIDE = ("SERVICE", "FROM")  # the engine also takes them glued to a name: SERVICEex:place

_TOKEN = re.compile(
    r"""
      (?P<address>     <[^<>"{}|^`\\\x00-\x20'()]*> )
    | (?P<bad_address> <[^<>"{}|^`\\\x00-\x20]*> )
    | (?P<comment>     \#[^\n\r]* )
    | (?P<string>      \"{3}(?:[^"\\\n\r]|\\.|"(?!""))*\"{3} | '{3}(?:[^'\\\n\r]|\\.|'(?!''))*'{3}
                     | "(?!"")(?:[^"\\\n\r]|\\.)*" | '(?!'')(?:[^'\\\n\r]|\\.)*' )
    | (?P<bad_string>  ["'] )
    | (?P<name>        (?P<prefix>(?:[^\W\d][\w.-]*)?):(?:[A-Za-z0-9_][A-Za-z0-9_-]*)? )
    | (?P<variable>    [?$]\w+ )
    | (?P<word>        [^\W\d]\w* )
    | (?P<open>        [{(\[] )
    | (?P<close>       [})\]] )
    | (?P<other>       \S )
    """,
    re.VERBOSE,
)


def gate(sparql: str) -> str:
    """The text itself; BadQuery if it may do more than read this store, or is too large."""
    if len(sparql.encode("utf-8", "replace")) > MAX_BYTES:
        raise LongQuery(f"the query is longer than {MAX_BYTES:,} bytes; shorten it")
    if "\x00" in sparql or "\\u" in sparql or "\\U" in sparql:
        raise BadQuery("the query holds a \\u escape or a NUL character; write the character itself")
    depth = brackets = 0
    form = ""
    for tokens, token in enumerate(_TOKEN.finditer(sparql), 1):
        kind, text = str(token.lastgroup), token.group()
        if kind in ("open", "close"):
            brackets += kind == "open"
            depth += 1 if kind == "open" else -1
        elif kind == "word" and not form and text.upper() not in ("PREFIX", "BASE"):
            form = text.upper()
        wrong = _wrong(kind, text.upper(), token.group("prefix"), form)
        if wrong is None and not 0 <= depth <= MAX_DEPTH:
            wrong = (
                f"brackets nested deeper than {MAX_DEPTH}" if depth > 0 else "a bracket that was never opened"
            )
        if wrong is None and (tokens > MAX_TOKENS or brackets > MAX_BRACKETS):
            wrong = f"more than {MAX_TOKENS:,} words or {MAX_BRACKETS} brackets"
        if wrong:
            raise BadQuery(f"{_place(sparql, token.start())}: {wrong}")
    if not form:
        raise BadQuery(f"the query asks nothing; begin with {', '.join(FORMS)}")
    return sparql


def undeclared(sparql: str, known: Collection[str]) -> str | None:
    """What is wrong with a text that uses a prefix which it does not declare and which is not known, None if none."""
    declared = {"_", *known}
    before = ""
    for token in _TOKEN.finditer(sparql):
        prefix = token.group("prefix")
        if prefix is not None and before == "PREFIX":
            declared.add(prefix)
        elif prefix is not None and prefix not in declared:
            return (
                f"{_place(sparql, token.start())}: the prefix {prefix}: is not declared; begin with "
                f"PREFIX {prefix}: <https://…>, or use one that needs no such line: {', '.join(known)}"
            )
        before = token.group().upper() if token.lastgroup != "comment" else before
    return None


def _wrong(kind: str, text: str, prefix: str | None, form: str) -> str | None:
    """What is wrong with one token, None if nothing."""
    if kind == "bad_address":
        return "an address with a quote or a bracket in it; percent-encode those, or put spaces around '<'"
    if kind == "bad_string":
        return "a string that does not end on its line; write line breaks as \\n"
    bare = text if kind == "word" else (prefix or "").upper()
    for outside in _OUTSIDE:
        if outside in bare:
            return f"{outside} is refused: a query reads this store and nothing else"
    if kind == "word" and text in _WRITES:
        return f"{text} is refused: a query may only read"
    if kind == "word" and form and form not in FORMS:
        return f"a query begins with {', '.join(FORMS)}, not {form[:20]}"
    return None


def _place(sparql: str, position: int) -> str:
    before = sparql[:position]
    return f"line {before.count(chr(10)) + 1}, column {position - before.rfind(chr(10))}"
