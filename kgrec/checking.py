"""A workspace → everything that is wrong with its data: how grave it is, where it stands, and what to do.

Three readers find it: the reading of the tables (rows and cells that were left out), the mapping, and the SHACL shapes
of the graph. All are told alike, so that a merchandiser can go to the file, the line and the column.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path as FilePath
from typing import Any

from kgrec import rereading, storage
from kgrec.domain import Dataset, Dropped, LeftOut
from kgrec.errors import BadGraph
from kgrec.graph import shapes, store
from kgrec.graph.namespaces import KG, SCHEMA
from kgrec.graph.properties import USUAL, expanded
from kgrec.graph.shapes import Problem, Severity
from kgrec.graph.vocabulary import Namer
from kgrec.sources.catalogue import RELATION_OF_KIND
from kgrec.sources.reasons import in_chinese

EXAMPLES = 5
"""Places that are named of one problem."""

_SEVERITIES = {
    "en": {"violation": "violation", "warning": "warning", "info": "info"},
    "zh": {"violation": "错误", "warning": "警告", "info": "提示"},
}

_KIND_OF_PATH = {
    **{expanded(told.iri): column for column, told in USUAL.items() if column != "title_zh"},
    SCHEMA + "identifier": "item_id",
    KG + "compatibleWith": "compatible_with",
    **{KG + "has" + kind.capitalize(): kind for kind in RELATION_OF_KIND},
}
"""What a shape looks at → what the report of reading calls the column it came from."""


@dataclass(frozen=True)
class Place:
    """Where a problem stands, as far as that is known: "items.csv", 17, "price"."""

    file: str = ""
    line: int = 0
    column: str = ""
    item_id: str = ""
    label: str = ""
    value: str = ""


@dataclass(frozen=True)
class Finding:
    """A problem, how often it was found, and the first places."""

    severity: Severity
    message: Mapping[str, str]  # language → what is wrong
    remedy: Mapping[str, str]  # language → what to do
    count: int
    places: Sequence[Place]


@dataclass(frozen=True)
class Report:
    """All that was found, the gravest first, and how many of the items the shapes have seen."""

    findings: Sequence[Finding]
    checked: int = 0
    items: int = 0

    def worst(self, *severities: Severity) -> int:
        """How many places have a problem of these severities."""
        return sum(one.count for one in self.findings if one.severity in severities)


def check(workspace: storage.Workspace, *, all_items: bool = False) -> tuple[Report, dict[str, Any]]:
    """Everything found, the shapes included if the graph is built; and the same with all that was read, for JSON."""
    dataset = storage.load_tables(workspace)
    found = Report(tuple(_of_reading(dataset)))
    if (workspace.graphs / "CURRENT").exists():
        generation = storage.current(workspace.graphs, "graph", "build")
        found = of_graph(generation, dataset, workspace.namer, all_items=all_items)
    return found, {
        "users": len(dataset.users),
        "items": len(dataset.items),
        "interactions": len(dataset.interactions),
        **asdict(dataset.report),
        "mapping": _mapping_state(workspace),
        "shapes": {"items_checked": found.checked, "items": found.items},
        "findings": [asdict(one) for one in found.findings],
    }


def of_graph(generation: FilePath, dataset: Dataset, namer: Namer, *, all_items: bool = False) -> Report:
    """What reading and the shapes of a graph's store find, together."""
    opened = store.open_store(generation / store.PEOPLE)
    found = shapes.check(opened, sample=None if all_items else shapes.SAMPLE)
    together = [*_of_reading(dataset), *_of_shapes(found.problems, dataset, namer)]
    together.sort(key=lambda one: ("violation", "warning", "info").index(one.severity))
    return Report(tuple(together), found.checked, found.total)


def demand(generation: FilePath, dataset: Dataset, namer: Namer) -> None:
    """BadGraph unless there is neither a violation nor a warning."""
    found = of_graph(generation, dataset, namer, all_items=True)
    grave = found.worst("violation", "warning")
    if grave:
        first = next(told(found.findings))
        raise BadGraph(
            f"{grave:,} problems, the first: {first}; the graph that was current stays; see them all with kgrec check"
        )


def told(findings: Iterable[Finding], lang: str = "en") -> Iterator[str]:
    """A line for each finding: how grave, where, what, how often, what to do."""
    for one in findings:
        places = "; ".join(filter(None, (_place(place, lang) for place in one.places[:3])))
        more = f" ({one.count:,} ×)" if one.count > 1 else ""
        severity = _SEVERITIES[lang][one.severity]
        where = f" {places}{_STOP[lang]}" if places else ""
        yield f"{severity}{more}: {one.message[lang]}{where} {one.remedy[lang]}".rstrip()


_STOP = {"en": ".", "zh": "。"}
_COLUMN = {"en": "column {}", "zh": "{} 列"}


def _place(place: Place, lang: str) -> str:
    """`items.csv:17, column price, K0017 "Rose Cream": 'ask us'`."""
    where = f"{place.file}:{place.line}" if place.line else place.file
    thing = (
        f"{place.item_id} “{place.label}”" if place.label and place.label != place.item_id else place.item_id
    )
    parts = [where, _COLUMN[lang].format(place.column) if place.column else "", thing]
    value = f": {place.value!r}" if place.value else ""
    return ", ".join(filter(None, parts)) + value


def _of_reading(dataset: Dataset) -> Iterator[Finding]:
    report = dataset.report
    for rows in report.dropped:
        message = {
            "en": f"Rows were left out: {rows.reason}.",
            "zh": f"有数据行被忽略：{in_chinese(rows.reason)}。",
        }
        remedy = {"en": "Correct them and read the data again.", "zh": "请更正后重新读取数据。"}
        yield Finding("warning", message, remedy, rows.rows, _places(rows))
    for cells in report.left_out:
        message = {
            "en": f"What stands there is {cells.reason} and was left out.",
            "zh": f"该单元格的内容{in_chinese(cells.reason)}，已被忽略。",
        }
        remedy = {"en": _sentence(cells.remedy), "zh": f"{in_chinese(cells.remedy)}。"}
        first, *others = _places(cells, cells.column)
        yield Finding("warning", message, remedy, cells.cells, (replace(first, value=cells.example), *others))


def _places(found: Dropped | LeftOut, column: str = "") -> tuple[Place, ...]:
    return tuple(Place(found.file, line, column) for line in (found.first_line, *found.next_lines))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."


def _of_shapes(problems: Iterable[Problem], dataset: Dataset, namer: Namer) -> Iterator[Finding]:
    """Problems with the same words once, with the first of their places."""
    alike: dict[tuple[Any, ...], list[Problem]] = {}
    for one in problems:
        words = (one.severity, one.message_en, one.message_zh, one.remedy_en, one.remedy_zh)
        alike.setdefault(words, []).append(one)
    row_of = {namer.item(item_id): row for row, item_id in enumerate(dataset.items.ids)} if alike else {}
    for (severity, message_en, message_zh, remedy_en, remedy_zh), several in alike.items():
        message, remedy = {"en": message_en, "zh": message_zh}, {"en": remedy_en, "zh": remedy_zh}
        places = tuple(_located(one, dataset, row_of) for one in several[:EXAMPLES])
        yield Finding(severity, message, remedy, len(several), places)


def _located(problem: Problem, dataset: Dataset, row_of: Mapping[str, int]) -> Place:
    row = row_of.get(problem.subject)
    if row is None:
        return Place(label=problem.label, item_id=problem.subject, value=problem.value)
    report = dataset.report
    file = report.files.get("items", "")
    kind = _KIND_OF_PATH.get(problem.path, "")
    column = next((header for header, became in report.columns.get(file, {}).items() if became == kind), "")
    line = int(dataset.item_lines[row]) if len(dataset.item_lines) else 0
    return Place(file, line, column, str(dataset.items.ids[row]), problem.label, problem.value)


def _mapping_state(workspace: storage.Workspace) -> str:
    if not workspace.mapping.is_file():
        return "none"
    changed = rereading.is_changed(workspace)
    return (
        f"changed: kgrec build {workspace.folder} reads the source again"
        if changed
        else "as the tables were read"
    )
