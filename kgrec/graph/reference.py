"""The ontology file → its reference page in English and Chinese, and a JSON-LD context with a name for each term.

`make docs` writes both; a test fails when they are older than the file.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path as FilePath

from kgrec.domain import RelationKind
from kgrec.folders import new_file
from kgrec.graph.vocabulary import (
    CONTEXT,
    DCTERMS,
    KG,
    ONTOLOGY,
    OWL,
    PREFIXES,
    RDF,
    RDFS,
    SCHEMA,
    SKOS,
    Properties,
    Side,
    by_language,
    ends_of,
    inverses,
    is_a,
    terms,
)

_SHORT = {**PREFIXES, "owl": OWL}

_INTRODUCTION = """\
# The ontology · 本体

<!-- Made from ontology/kgrec.ttl by `make docs`; a change here is lost. -->

What a shop's graph can say, version {version} of `{iri}`, under {licence}.
Everything stands in [`ontology/kgrec.ttl`](../ontology/kgrec.ttl), which an OWL 2 RL reasoner reads without
contradiction, and this page is made from it. [The graph](graph.md) shows the terms at work.

商店图谱所能表述的全部内容，版本 {version}。本页由 [`ontology/kgrec.ttl`](../ontology/kgrec.ttl) 生成；
该文件可由 OWL 2 RL 推理机无矛盾地读取。

- **Domain and range.** Where one class is named, whatever stands there is one. Where several are named, each may be
  there.
  只列一个类时，处于该位置的事物必属该类；列出多个类时，各类均可出现。
- **What a reasoner infers is not stored.** Inverses, sub-properties, symmetry, disjointness and
  {chain} are for those who reason. A model reads the
  triples that were told, and only of relations, which have a kind.
  反向关系、子属性、对称性等供推理使用，不存储；模型只读取明确陈述的三元组，且只读取带类别的关系。
- **No thing is of two kinds** 任何事物都不同时属于以下两类：
  {disjoint}.
- **Examples** are Turtle, relative to the shop's address, such as `https://shop.example/id/`.
  示例为 Turtle，相对于商店地址。
- **JSON-LD.** [`ontology/context.jsonld`](../ontology/context.jsonld) names each term by its local name, so that
  `"hasBrand"` in a document is `kg:hasBrand`. Write it into a document, or name it by its address
  `{context}`: `kgrec import-graph` takes the bundled file and fetches nothing.
  上下文文件随程序提供；在文档中写入其内容或地址均可，读取时不会联网。

| prefix 前缀 | namespace 命名空间 |
|---|---|
{prefixes}
"""

_KINDS = {
    RelationKind.EVENT: ("Events: user to item, from the interactions", "行为：用户到商品，来自交互记录"),
    RelationKind.SEGMENT: ("Segments: user to segment, from the users table", "人群：用户到人群，来自用户表"),
    RelationKind.ATTRIBUTE: (
        "Attributes: item to what other items share, from the catalogue",
        "特征：商品到可与其他商品共有的东西，来自目录",
    ),
    RelationKind.LINK: ("Links: item to item, as the catalogue has them", "关联：商品到商品，来自目录"),
    RelationKind.CONTENT: (
        "Content: item to item, derived from texts and pictures",
        "内容：商品到商品，由文字和图片推导",
    ),
    RelationKind.SEQUENCE: (
        "Sequence: item to item chosen later by the same user, derived",
        "次序：商品到同一用户之后选择的商品，推导得出",
    ),
    RelationKind.TOGETHER: (
        "Together: item to item, derived from who chose them",
        "共同：商品到商品，由选择者推导",
    ),
    RelationKind.POPULARITY: (
        "Popularity: segment or everyone to item, derived",
        "流行：人群或所有人到商品，推导得出",
    ),
}


_SIDES: dict[Side, str] = {"domain": "domain 定义域", "range": "range 值域"}


def page() -> str:
    """The reference page in Markdown: each term with all that the ontology says of it, then the terms reused."""
    header = terms()[ONTOLOGY]
    intro = _INTRODUCTION.format(
        iri=ONTOLOGY,
        version=header[OWL + "versionInfo"][0].value,
        licence=f"<{header[DCTERMS + 'license'][0].value}>",
        chain=" and ".join(_chain(iri) for iri in _own() if OWL + "propertyChainAxiom" in terms()[iri]),
        disjoint=_listed(_link(iri) for group in _disjoint() for iri in group),
        context=CONTEXT,
        prefixes="\n".join(f"| `{prefix}:` | `{iri}` |" for prefix, iri in _SHORT.items()),
    )
    return "\n".join([intro, *_groups(), *_reused()]) + "\n"


def context() -> str:
    """The JSON-LD 1.1 context: a local name for each own term and each reused one that has a scope note."""
    named: dict[str, object] = {"@version": 1.1, "id": "@id", "type": "@type", **PREFIXES}
    named["label"] = "rdfs:label"
    for iri in (*_own(), *_others()):
        named.setdefault(_local(iri), _in_context(iri))  # own terms come first: Brand is kg:Brand
    return json.dumps({"@context": named}, ensure_ascii=False, indent=2) + "\n"


def write(page_file: FilePath, context_file: FilePath) -> None:
    """Write both files anew."""
    for file, text in ((page_file, page()), (context_file, context())):
        with new_file(file) as beside:
            beside.write(text.encode())


def _own() -> list[str]:
    return [iri for iri in terms() if iri.startswith(KG)]


def _others() -> list[str]:
    return [iri for iri, said in terms().items() if SKOS + "scopeNote" in said]


def _disjoint() -> list[list[str]]:
    groups = [said for said in terms().values() if is_a(said, OWL + "AllDisjointClasses")]
    return [_list(group[OWL + "members"][0].value) for group in groups]


def _list(cell: str) -> list[str]:
    """The members of an RDF list."""
    found = []
    while cell != RDF + "nil":
        said = terms()[cell]
        found.append(said[RDF + "first"][0].value)
        cell = said[RDF + "rest"][0].value
    return found


def _local(iri: str) -> str:
    return iri.replace("#", "/").rpartition("/")[2]


def short(iri: str) -> str:
    """kg:hasBrand for its IRI."""
    for prefix, namespace in _SHORT.items():
        if iri.startswith(namespace):
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return f"<{iri}>"


def _link(iri: str) -> str:
    """A term as code; one of our own leads to its entry."""
    return f"[`{short(iri)}`](#kg{_local(iri).lower()})" if iri.startswith(KG) else f"`{short(iri)}`"


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words)


def _chain(iri: str) -> str:
    first, *more = _list(terms()[iri][OWL + "propertyChainAxiom"][0].value)
    return f"`{' ∘ '.join(map(short, [first, *more]))} ⊑ {short(iri)}`"


def _in_context(iri: str) -> object:
    said = terms()[iri]
    if is_a(said, OWL + "ObjectProperty"):
        return {"@id": short(iri), "@type": "@id"}
    datatype = next((one.value for one in said.get(RDFS + "range", [])), "")
    if datatype == RDF + "langString":
        return {"@id": short(iri), "@container": "@language"}
    if datatype:
        return {"@id": short(iri), "@type": short(datatype)}
    return short(iri)


def _groups() -> Iterator[str]:
    kinds = {
        iri: said[KG + "relationKind"][0].value
        for iri, said in terms().items()
        if KG + "relationKind" in said
    }
    yield from _group("Classes", "类", [iri for iri in _own() if is_a(terms()[iri], OWL + "Class")])
    for kind, (title, title_zh) in _KINDS.items():
        yield from _group(title, title_zh, [iri for iri, its in kinds.items() if its == kind.value])
    yield from _group("Inverses with a name", "有名称的反向关系", list(inverses()))
    for kind_of_property, title, title_zh in (
        (
            "DatatypeProperty",
            "Figures of an exported explanation; never in the graph",
            "导出的解释中的数值；不在图谱中",
        ),
        ("AnnotationProperty", "How relations are described", "关系的描述"),
    ):
        own = [iri for iri in _own() if is_a(terms()[iri], OWL + kind_of_property)]
        yield from _group(title, title_zh, own)


def _group(title: str, title_zh: str, iris: list[str]) -> Iterator[str]:
    yield f"## {title} · {title_zh}\n"
    for iri in iris:
        yield from _entry(iri, terms()[iri])


def _entry(iri: str, said: Properties) -> Iterator[str]:
    yield f"### {short(iri)}\n"
    labels, definitions = by_language(said[RDFS + "label"]), by_language(said[SKOS + "definition"])
    yield f"**{labels['en']}**: {definitions['en']}<br>"
    yield f"**{labels['zh']}**：{definitions['zh']}\n"
    yield "| | |"
    yield "|---|---|"
    for name, value in _rows(iri, said):
        yield f"| {name} | {value.replace('|', '&#124;')} |"
    yield ""


def _rows(iri: str, said: Properties) -> Iterator[tuple[str, str]]:
    yield "IRI", f"`{iri}`"
    yield "type 类型", _type(said)
    for side, title in _SIDES.items():
        if ends_of(iri, side):
            yield title, _ends(iri, said, side)
    yield from _inverse(iri, said)
    for name, title in (
        ("subClassOf", "subclass of 上位类"),
        ("subPropertyOf", "sub-property of 上位属性"),
        ("seeAlso", "see also 参见"),
    ):
        if RDFS + name in said:
            yield title, _listed(_link(one.value) for one in said[RDFS + name])
    if OWL + "propertyChainAxiom" in said:
        yield "follows from 由此推出", _chain(iri)
    for name, title in (("phrase", "said forward 正向表述"), ("inversePhrase", "said backward 反向表述")):
        if KG + name in said:
            yield title, " · ".join(by_language(said[KG + name]).values())
    yield "example 示例", "<br>".join(f"`{one.value}`" for one in said[SKOS + "example"])


def _type(said: Properties) -> str:
    types = _listed(f"`{short(one.value)}`" for one in said[RDF + "type"])
    kind = said.get(KG + "relationKind")
    return f"{types}, relation of kind 关系类别 `{kind[0].value}`" if kind else types


def _ends(iri: str, said: Properties, side: Side) -> str:
    """The classes that may stand at one end, and what each of several is."""
    classes = _listed(map(_link, ends_of(iri, side)))
    if f"{SCHEMA}{side}Includes" in said and RDFS + side in said:
        return f"{classes}: each a {_listed(_link(one.value) for one in said[RDFS + side])}"
    return classes


def _inverse(iri: str, said: Properties) -> Iterator[tuple[str, str]]:
    if iri in inverses():
        yield "inverse of 反向", _link(inverses()[iri])
    if KG + "inverseLabel" not in said:
        return
    named = [_link(inverse) for inverse, relation in inverses().items() if relation == iri]
    itself = ["itself 自身"] if is_a(said, OWL + "SymmetricProperty") else []
    labels = " · ".join(by_language(said[KG + "inverseLabel"]).values())
    yield "inverse 反向", _listed([*named, *itself, labels])


def _reused() -> Iterator[str]:
    yield "## Terms of other vocabularies · 引用的术语\n"
    yield "What they are used for here; they keep the meaning that their own vocabularies give them."
    yield "此处列出其用途；其含义以各自词汇表为准。\n"
    yield "| term 术语 | used for | 用途 |"
    yield "|---|---|---|"
    for iri in _others():
        labels, notes = (
            by_language(terms()[iri][RDFS + "label"]),
            by_language(terms()[iri][SKOS + "scopeNote"]),
        )
        above = terms()[iri].get(RDFS + "subPropertyOf", [])
        known = f" ⊑ {_listed(f'`{short(one.value)}`' for one in above)}" if above else ""
        yield (
            f"| `{short(iri)}`{known} | **{labels['en']}**: {notes['en']} | **{labels['zh']}**：{notes['zh']} |"
        )


if __name__ == "__main__":
    write(*map(FilePath, sys.argv[1:3]))
