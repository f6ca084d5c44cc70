"""The events of a dataset → schema.org actions, one for each event, for programs that want them as nodes.

https://schema.org/Action. The graph itself has one edge per user, kind of event and item: as nodes, events
take four times the room and make questions over several hops slow.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path as FilePath

import pyoxigraph as ox

from kgrec.domain import EVENTS, NEVER, Dataset
from kgrec.errors import BadInput
from kgrec.folders import new_file
from kgrec.graph.namespaces import PREFIXES, RDF, SCHEMA, XSD
from kgrec.graph.vocabulary import Namer

CLASS_OF_EVENT = {
    "view": "ViewAction",
    "cart": "AddAction",
    "buy": "BuyAction",
    "rate": "ReviewAction",
    "return": "ReturnAction",
    "dislike": "DislikeAction",
}
"""Events → classes of schema.org, those that the ontology sees beside its relations."""

FORMATS = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "jsonld": ox.RdfFormat.STREAMING_JSON_LD,
}

_TYPE = ox.NamedNode(f"{RDF}type")
_DATE_TIME, _DECIMAL = ox.NamedNode(f"{XSD}dateTime"), ox.NamedNode(f"{XSD}decimal")


def export_actions(dataset: Dataset, namer: Namer, out: FilePath, form: str) -> dict[str, int]:
    """Write all events as actions, oldest first; returns how many. Users are named by their keyed hashes."""
    if form not in FORMATS:
        raise BadInput(f"{out}: actions are written as {', '.join(FORMATS)}, not as {form}")
    prefixes = PREFIXES if form == "ttl" else None
    with new_file(out) as file:
        ox.serialize(_triples(dataset, namer), file, format=FORMATS[form], prefixes=prefixes)
    return {"actions": len(dataset.interactions)}


def _triples(dataset: Dataset, namer: Namer) -> Iterator[ox.Triple]:
    """Type, agent, object, start (where the clock is known), and the rating of what was rated."""
    known = dataset.interactions
    users = [ox.NamedNode(namer.user(name)) for name in dataset.users.ids]
    items = [ox.NamedNode(namer.item(name)) for name in dataset.items.ids]
    classes = [ox.NamedNode(SCHEMA + CLASS_OF_EVENT[event]) for event in EVENTS]
    agent, thing, start, result, value = (
        ox.NamedNode(SCHEMA + name) for name in ("agent", "object", "startTime", "result", "ratingValue")
    )
    rated, rating_class = EVENTS.index("rate"), ox.NamedNode(f"{SCHEMA}Rating")
    timed = known.clock == "seconds"
    columns = zip(known.user, known.item, known.event, known.weight, known.time, strict=True)
    for row, (user, item, event, weight, time) in enumerate(columns):
        action = ox.NamedNode(namer.entity("action", str(row)))
        yield ox.Triple(action, _TYPE, classes[event])
        yield ox.Triple(action, agent, users[user])
        yield ox.Triple(action, thing, items[item])
        if timed and time != NEVER:
            moment = datetime.fromtimestamp(int(time), UTC).isoformat().replace("+00:00", "Z")
            yield ox.Triple(action, start, ox.Literal(moment, datatype=_DATE_TIME))
        if event == rated:
            rating = ox.NamedNode(f"{action.value}/rating")
            yield ox.Triple(action, result, rating)
            yield ox.Triple(rating, _TYPE, rating_class)
            yield ox.Triple(rating, value, ox.Literal(f"{Decimal(str(weight)):f}", datatype=_DECIMAL))
