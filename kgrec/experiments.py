"""A model under a protocol: split → graph of the train part → model → figures of the test part."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath
from typing import Any

import numpy as np

from kgrec.domain import EVENT_RELATIONS, Dataset, KnowledgeGraph, Progress, Recommender, RelationKind
from kgrec.errors import BadInput, UnknownName
from kgrec.evaluation.leaks import CRAWLED, leaks, sentence
from kgrec.evaluation.metrics import Values, beyond, means, per_user, rating_errors
from kgrec.evaluation.ranking import Ranking, rank_all
from kgrec.evaluation.splits import Split, known_part, split_by
from kgrec.graph.vocabulary import Namer
from kgrec.models import new_model
from kgrec.pipeline import knowledge_graph, peak_memory

EACH = "each"
"""What `ablations` takes for every relation, one at a time."""

Say = Callable[[str], None]
"""Called with a line for a person who waits."""


@dataclass(frozen=True)
class Evaluation:
    """A model under a protocol: the settings of one figure. `without` names relations or groups of them."""

    protocol: str
    model: str = "path"
    seed: int = 0
    dump: FilePath | None = None
    settings: Mapping[str, object] = field(default_factory=dict)
    without: Sequence[str] = ()


@dataclass(frozen=True, eq=False)
class Stage:
    """What every model of a comparison is given: one split, and one graph of its train part."""

    split: Split
    known: Dataset  # the shop with the train part alone
    graph: KnowledgeGraph
    removed: Sequence[str]  # relations and groups left out
    leaks: Mapping[str, Any]
    seconds: float

    @property
    def n_candidates(self) -> int:
        """How many items are ranked."""
        pool = self.split.candidates
        return len(self.graph.items) if pool is None else len(pool)

    @property
    def graph_when_tested(self) -> KnowledgeGraph:
        """The graph with what came after train, but for event relations that were left out."""
        later = self.split.later
        kept = [event for event, name in enumerate(EVENT_RELATIONS) if name not in self.removed]
        return self.graph.with_events(later.select(np.isin(later.event, kept)))


@dataclass(frozen=True, eq=False)
class Run:
    """One model on a stage."""

    model: Recommender
    ranking: Ranking
    values: Mapping[str, Values]  # figure → of every test user (n,)
    metrics: Mapping[str, float]
    beyond: Mapping[str, float | None]
    seconds: Mapping[str, float]


def prepare(
    dataset: Dataset,
    protocol: str,
    seed: int = 0,
    without: Sequence[str] = (),
    *,
    say: Say | None = None,
    progress: Progress | None = None,
) -> Stage:
    """Split, build the graph from the train part alone, and say what could leak before anything is trained."""
    split = split_by(protocol, dataset, seed)
    show = progress or (lambda *_: None)
    began = time.perf_counter()
    show("graph", 0, 1, "")
    known = known_part(dataset, split.train)
    graph = reduced(knowledge_graph(known, Namer()), without)
    show("graph", 1, 1, "")
    seconds = time.perf_counter() - began
    found = leaks(split, graph)
    if say:
        say(sentence(found))
    return Stage(split, known, graph, without, found, seconds)


def reduced(graph: KnowledgeGraph, without: Iterable[str]) -> KnowledgeGraph:
    """The graph without some relations or groups of them, see `groups`."""
    standing_for = groups(graph)
    for asked in without:
        names = [name for name in standing_for.get(asked, (asked,)) if graph.has_edges(name)]
        if not names:
            known = graph.names(*RelationKind)
            if asked not in standing_for and asked not in [relation.name for relation in graph.relations]:
                raise UnknownName("relation", asked, [*known, *standing_for])
            raise BadInput(f"this graph has no {asked} relations to leave out; it has {', '.join(known)}")
        graph = graph.without_relations(names)
    return graph


def groups(graph: KnowledgeGraph) -> dict[str, Sequence[str]]:
    """What may be left out together: relations of a graph by what they come from."""
    catalogue = graph.names(RelationKind.ATTRIBUTE, RelationKind.LINK, RelationKind.CONTENT)
    behaviour = graph.names(RelationKind.SEQUENCE, RelationKind.TOGETHER)
    return {
        "text": ["similar_text"],
        "crawled": CRAWLED,
        "catalogue": catalogue,
        "behaviour": behaviour,
        "all": [*catalogue, *behaviour],
    }


def ablations(graph: KnowledgeGraph, asked: Iterable[str]) -> dict[str, KnowledgeGraph]:
    """For each relation or group asked for, the graph without it; EACH asks for all but events, then for groups."""
    wanted: list[str] = []
    for name in asked:
        if name == EACH:
            kinds = [kind for kind in RelationKind if kind != RelationKind.EVENT]
            wanted += [
                *graph.names(*kinds),
                *(g for g in ("catalogue", "behaviour", "all") if groups(graph)[g]),
            ]
        else:
            wanted.append(name)
    return {name: reduced(graph, [name]) for name in dict.fromkeys(wanted)}


def run(
    stage: Stage,
    model_name: str,
    *,
    settings: Mapping[str, object] | None = None,
    seed: int = 0,
    dump: FilePath | None = None,
    progress: Progress | None = None,
) -> Run:
    """Fit a model on the train part and rank the test part once."""
    split, graph = stage.split, stage.graph
    began = time.perf_counter()
    model = new_model(model_name, settings)
    model.fit(stage.known, graph, seed=seed, validation=split.validation, progress=progress)
    trained = time.perf_counter()
    later = stage.graph_when_tested
    ranking = rank_all(
        model,
        later,
        split.history,
        split.test,
        seed=seed,
        candidates=split.candidates,
        dump=dump,
        progress=progress,
    )
    seconds = {"train": trained - began, "score": time.perf_counter() - trained}
    values = per_user(ranking)
    return Run(
        model,
        ranking,
        values,
        means(values) | rating_errors(model, later, split.ratings),
        beyond(ranking, graph, split.train, split.candidates),
        seconds,
    )


Look = Callable[[Stage, Recommender], Mapping[str, Any]]
"""Looks at the reasons of a trained model; see `kgrec.explanations`."""


def evaluate(
    dataset: Dataset,
    wanted: Evaluation,
    *,
    say: Say | None = None,
    progress: Progress | None = None,
    look: Look | None = None,
) -> dict[str, Any]:
    """The figures of a model under a protocol, and what is found by a look at its reasons if one is asked for."""
    new_model(wanted.model, wanted.settings)  # what is wrong is said before the graph is built
    if wanted.dump is not None and not wanted.dump.parent.is_dir():
        raise BadInput(f"--dump: {wanted.dump.parent} is no folder; make it first")
    stage = prepare(dataset, wanted.protocol, wanted.seed, wanted.without, say=say, progress=progress)
    how: dict[str, Any] = {"settings": wanted.settings, "seed": wanted.seed, "progress": progress}
    done = run(stage, wanted.model, dump=wanted.dump, **how)
    result: dict[str, Any] = {
        "protocol": wanted.protocol,
        "model": wanted.model,
        "seed": wanted.seed,
        "selection": "validation",
        "n_users": len(done.ranking.users),
        "n_candidates": stage.n_candidates,
        "leaks": stage.leaks,
        "removed": list(wanted.without),
        "metrics": done.metrics,
        "beyond": done.beyond,
    }
    crawled = [name for name in CRAWLED if stage.graph.has_edges(name)]
    if crawled and wanted.model == "path":
        bare = replace(stage, graph=stage.graph.without_relations(crawled))
        less = run(bare, wanted.model, **how)
        result["without"] = {
            "relations": crawled,
            "metrics": less.metrics,
            "beyond": less.beyond,
            "seconds": rounded(less.seconds),
        }
    seconds = {"build": stage.seconds, **done.seconds}
    if look is not None:
        began = time.perf_counter()
        result["explanations"] = look(stage, done.model)
        seconds["explanations"] = time.perf_counter() - began
    result["seconds"] = rounded(seconds)
    result["peak_memory_mb"] = peak_memory()
    return result


def evaluate_seeds(
    dataset: Dataset,
    wanted: Evaluation,
    n_seeds: int,
    *,
    say: Say | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """The same for several seeds: means, sample standard deviations, and the figures of each."""
    if wanted.dump is not None:
        raise BadInput("--dump holds the lists of one seed; leave out --seeds or --dump")
    seeds = range(wanted.seed, wanted.seed + n_seeds)
    runs = [evaluate(dataset, replace(wanted, seed=seed), say=say, progress=progress) for seed in seeds]
    first = runs[0]
    names = ("protocol", "model", "seed", "selection", "n_users", "n_candidates", "leaks", "removed")
    columns = {name: [found["metrics"][name] for found in runs] for name in first["metrics"]}
    return {
        **{name: first[name] for name in names},
        "seeds": list(seeds),
        "metrics": {name: float(np.mean(column)) for name, column in columns.items()},
        "sd": {name: float(np.std(column, ddof=1)) for name, column in columns.items()}
        if n_seeds > 1
        else {},
        "runs": runs,
        "seconds": {
            name: round(sum(found["seconds"][name] for found in runs), 2) for name in first["seconds"]
        },
        "peak_memory_mb": peak_memory(),
    }


def rounded(seconds: Mapping[str, float]) -> dict[str, float]:
    """Seconds as they are printed."""
    return {name: round(value, 2) for name, value in seconds.items()}
