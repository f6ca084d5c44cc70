"""The models that a shop keeps → what each was made from and how well it did, two compared, one made to answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kgrec import rollback
from kgrec.errors import BadBundle, BadInput, NotReady, UnknownName
from kgrec.guide import Guide
from kgrec.insight import ModelGeneration, ModelsCompared, generations, use
from kgrec.serving import Served

from ...charts import Cell, Chart, Figures, Row, bars
from ...forms import back
from ...problems import STATUS
from ...watching import watching
from ..languages import gettext
from ..shown import number, percent
from . import kept
from .overview import FIGURES, meanings
from .words import called


@dataclass(frozen=True)
class Answering:
    """What answers in the process that made this page, and what was chosen to."""

    graph: str  # a generation; empty where the graph was made from the tables
    model: str  # empty where no model can be read, and what everybody chooses answers
    chosen: str  # the current model

    @property
    def moving(self) -> bool:
        """Whether what was chosen does not answer yet."""
        return self.chosen != self.model

    @classmethod
    def of(cls, served: Served, kept_models: Sequence[ModelGeneration]) -> Answering:
        """That of a workspace."""
        try:
            now = {what: name for what, (name, _) in served.generations().items()}
        except OSError:  # they were deleted meanwhile, and others will answer in a moment
            now = {}
        chosen = next((one.name for one in kept_models if one.current), "")
        return cls(now.get("graph", ""), now.get("model", ""), chosen)


def view(guide: Guide) -> Callable[[], ResponseReturnValue]:
    """The page of all models, and of two of them beside each other if two are named."""

    def models() -> ResponseReturnValue:
        served = watching().served
        if served is None:
            return render_template("studio/models.html", found=None)
        found = generations(served.workspace)
        one, other = (request.args.get(name, "")[:100] for name in ("one", "other"))
        compared, fault, status = None, "", 200
        try:
            compared = kept.compared(guide, served, one, other) if one and other else None
        except (UnknownName, NotReady, BadBundle) as error:
            fault, status = str(error), STATUS.get(type(error), 422)
        told = render_template(
            "studio/models.html",
            found=found,
            graphs=rollback.generations(served.workspace),
            answering=Answering.of(served, found),
            troubles=served.troubles(),
            figures=_figures(found),
            meanings=meanings(_figures(found)),
            one=one or (found[1].name if len(found) > 1 else ""),
            other=other or (found[0].name if found else ""),
            compared=compared,
            beside=() if compared is None else _beside(compared),
            coverage=None if compared is None else _coverage(compared),
            fault=fault,
        )
        return told, status

    return models


def confirming(guide: Guide) -> Callable[[], ResponseReturnValue]:
    """The page that says what would change before a model is made to answer."""

    def confirm() -> ResponseReturnValue:
        served = _workspace()
        found = generations(served.workspace)
        wanted = _named(found, request.args.get("name", ""))
        return render_template(
            "studio/models_confirm.html",
            wanted=wanted,
            now=next((one for one in found if one.current), None),
            experiment=watching().watch.experiment,
        )

    return confirm


def using(guide: Guide) -> Callable[[], ResponseReturnValue]:
    """Make a model answer, with the graph it was trained on, if what answered before is still what was shown."""

    def change() -> ResponseReturnValue:
        served = _workspace()
        found = generations(served.workspace)
        wanted = _named(found, request.form.get("name", ""))
        now = next((one.name for one in found if one.current), "")
        if now != request.form.get("before", ""):
            flash(gettext("Nothing was changed: meanwhile another model was made to answer. Look again."))
        else:
            use(served.workspace, wanted.name)
            flash(
                gettext(
                    "%(model)s was chosen. Every process takes it over in about a second.", model=wanted.name
                )
            )
        return back(url_for("studio.models"))

    return change


def _workspace() -> Served:
    served = watching().served
    if served is None:
        raise NotReady("this shop was opened without a folder of models; serve a workspace")
    return served


def _named(found: Sequence[ModelGeneration], name: str) -> ModelGeneration:
    known = {one.name: one for one in found}
    if name not in known:
        raise UnknownName("generation of the models", name[:100], known)
    if known[name].graph is None:
        raise BadInput(f"the graph that {name} was trained on is not kept any more; choose another model")
    return known[name]


def _figures(found: Sequence[ModelGeneration]) -> Mapping[str, str]:
    """What models measured in training: name → what it is called; the rounds and the loss are not compared."""
    names = dict.fromkeys(
        name for one in found for name in one.training.last if name not in ("round", "loss")
    )
    return {name: called(FIGURES, name) for name in names}


def _beside(compared: ModelsCompared) -> list[tuple[str, str, str]]:
    """Figures of both: what each is called, and its two values."""
    both = (compared.one, compared.other)
    figures = _figures(both)
    return [
        (words, *(number(one.training.last[name], 3) if name in one.training.last else "–" for one in both))  # type: ignore[misc]
        for name, words in figures.items()
    ]


def _coverage(compared: ModelsCompared) -> Chart:
    rows = zip((compared.one, compared.other), compared.coverage, strict=True)
    return bars(
        Figures(
            name="coverage",
            title=gettext("Products that are recommended to anybody"),
            summary=gettext(
                "Among the first %(k)s of the shoppers looked at, of all that each model knows.", k=compared.k
            ),
            head=(gettext("Model"), gettext("Share")),
            rows=tuple(
                Row(one.name, (Cell(percent(share.value or 0, 1), share.value),)) for one, share in rows
            ),
            percent=True,
        )
    )
