"""A model and its search space → the settings that rank best on the validation part; the test part is never held."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from kgrec.domain import Dataset, KnowledgeGraph, Progress
from kgrec.errors import BadInput, NotReady
from kgrec.evaluation.metrics import means, per_user
from kgrec.evaluation.ranking import rank_all
from kgrec.evaluation.splits import Selection, known_part, selection, split_by
from kgrec.experiments import reduced
from kgrec.graph.vocabulary import Namer
from kgrec.models import model_named, new_model
from kgrec.models.settings import Number, OneOf, Setting
from kgrec.pipeline import knowledge_graph

if TYPE_CHECKING:
    import optuna

OBJECTIVE = "ndcg@10"
FAILED = "failed"
"""The attribute of a trial whose settings cannot be scored: why."""


@dataclass(frozen=True)
class Search:
    """What is searched and where the trials are kept, so that a later call goes on."""

    protocol: str
    model: str
    study: FilePath
    trials: int = 20
    seed: int = 0
    settings: Mapping[str, object] | None = None  # fixed ones
    without: tuple[str, ...] = ()


def tune(dataset: Dataset, wanted: Search, *, progress: Progress | None = None) -> dict[str, Any]:
    """Try settings, those of the model first, and tell the best by NDCG@10 on the validation part."""
    fixed = dict(wanted.settings or {})
    space = {name: s for name, s in model_named(wanted.model).space.items() if name not in fixed}
    if not space:
        raise BadInput(f"the model {wanted.model} has nothing left to tune; evaluate it as it is")
    new_model(wanted.model, fixed)
    _check_optuna()
    # From here on there is no test part.
    part = selection(split_by(wanted.protocol, dataset, wanted.seed), wanted.seed)
    known = known_part(dataset, part.train)
    graph = reduced(knowledge_graph(known, Namer()), wanted.without)
    study = _opened(wanted, {"graph": graph.version, "parts": part.version}, space)
    failures: list[str] = []
    place = count(1)

    def tried(trial: optuna.Trial) -> float:
        settings = {name: _suggested(trial, name, setting) for name, setting in space.items()}
        try:
            value = _judged(wanted, {**fixed, **settings}, known, graph, part)
        except BadInput as reason:  # settings under which the model cannot be scored are a result, too
            failures.append(str(reason))
            trial.set_user_attr(FAILED, str(reason))
            raise
        if progress:
            progress("trials", next(place), wanted.trials, f"trial {trial.number}: {OBJECTIVE} {value:.4f}")
        return value

    study.optimize(tried, n_trials=wanted.trials, catch=BadInput)
    return _told(wanted, study, fixed, failures)


def _judged(
    wanted: Search, settings: Mapping[str, object], known: Dataset, graph: KnowledgeGraph, part: Selection
) -> float:
    model = new_model(wanted.model, settings)
    model.fit(known, graph, seed=wanted.seed, validation=part.validation)
    ranking = rank_all(
        model, graph, part.train, part.validation, seed=wanted.seed, candidates=part.candidates
    )
    return means(per_user(ranking))[OBJECTIVE]


def _check_optuna() -> None:
    try:
        import optuna  # noqa: F401
    except ImportError:
        raise NotReady("tuning needs optuna; install it with: pip install 'kgrec[bench]'") from None


def _opened(wanted: Search, data: Mapping[str, str], space: Mapping[str, Setting]) -> optuna.Study:
    """The study in its SQLite file, new or as it was left; `data` tells what its trials are on."""
    import optuna
    from sqlalchemy.exc import SQLAlchemyError
    from sqlalchemy.pool import NullPool

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    if not wanted.study.parent.is_dir():
        raise BadInput(f"--study: {wanted.study.parent} is no folder; make it first")
    fixed = ",".join(f"{name}={value}" for name, value in sorted((wanted.settings or {}).items()))
    name = "/".join([wanted.protocol, wanted.model, str(wanted.seed), fixed, ",".join(wanted.without)])
    try:
        storage = optuna.storages.RDBStorage(
            f"sqlite:///{wanted.study.resolve()}", engine_kwargs={"poolclass": NullPool}
        )
        study = optuna.create_study(
            study_name=name, storage=storage, direction="maximize", load_if_exists=True
        )
    except SQLAlchemyError as error:
        raise BadInput(
            f"--study: {wanted.study} is no SQLite file of trials ({type(error).__name__})"
        ) from None
    if any(study.user_attrs.get(of, version) != version for of, version in data.items()):
        raise BadInput(f"--study: {wanted.study} holds trials of {name} on other data; name another file")
    for of, version in data.items():
        study.set_user_attr(of, version)
    # A sampler that is asked again with its first seed would suggest its first points again.
    study.sampler = optuna.samplers.TPESampler(seed=wanted.seed + len(study.trials))
    defaults = _defaults(wanted.model, space)
    if not any(_settled(trial) and defaults.items() <= trial.params.items() for trial in study.trials):
        study.enqueue_trial(defaults)
    return study


def _settled(trial: optuna.trial.FrozenTrial) -> bool:
    """Whether a trial came to its end; one that was stopped on the way says nothing of its settings."""
    return trial.value is not None or FAILED in trial.user_attrs


def _defaults(model_name: str, space: Mapping[str, Setting]) -> dict[str, Any]:
    """The model's own values of the settings searched, where the space holds them."""
    config = asdict(model_named(model_name).config_type())
    found: dict[str, Any] = {}
    for name, setting in space.items():
        value: Any = config
        for part in name.split("."):
            value = value[part]
        inside = (
            setting.low <= value <= setting.high if isinstance(setting, Number) else value in setting.values
        )
        if inside:
            found[name] = value
    return found


def _suggested(trial: optuna.Trial, name: str, setting: Setting) -> Any:
    if isinstance(setting, OneOf):
        return trial.suggest_categorical(name, setting.values)
    if setting.whole:
        return trial.suggest_int(name, int(setting.low), int(setting.high), log=setting.log)
    return trial.suggest_float(name, setting.low, setting.high, log=setting.log)


def _told(
    wanted: Search, study: optuna.Study, fixed: Mapping[str, object], failures: list[str]
) -> dict[str, Any]:
    done = [trial for trial in study.trials if trial.value is not None]
    if not done:
        raise BadInput(f"no trial of {wanted.model} could be scored; the last one: {failures[-1]}")
    best = study.best_trial
    settings = {**fixed, **best.params}
    return {
        "protocol": wanted.protocol,
        "model": wanted.model,
        "seed": wanted.seed,
        "selection": "validation",
        "objective": OBJECTIVE,
        "study": str(wanted.study),
        "trials": len(done),
        "failed": failures,
        "best": {"value": best.value, "trial": best.number, "settings": settings},
        "flags": " ".join(f"--set {name}={value}" for name, value in settings.items()),
    }
