"""A shop at a glance: sizes as they are, what the log was told, and outcomes by day."""

import time

import pytest

from kgrec.insight import outcomes_over_time, sample, shop_overview, survey
from kgrec.live.exposures import Exposure, ExposureBook, Shown
from kgrec.live.told import Event

NOW = int(time.time())


def test_the_graph_is_counted_by_kind_and_relation(parity_guide, parity_survey):
    found = shop_overview(parity_guide, parity_survey, now=NOW, lang="zh")
    graph = parity_guide.graph
    assert {one.kind: one.entities for one in found.kinds}["item"] == 24 == found.items
    assert sum(one.entities for one in found.kinds) == found.entities == len(graph.iris)
    assert sum(one.edges for one in found.relations) == found.edges == len(graph.head)
    assert {one.relation: one.label for one in found.relations}["has_brand"] == "品牌"
    assert found.training.last == parity_guide.model.history[-1]
    assert found.coverage == parity_survey.coverage(10) and found.told is None
    assert (found.asked, found.of_users) == (60, 60)


def test_what_is_told_is_counted_by_minute_and_by_day(served):
    guide = served.as_opened
    empty = shop_overview(guide, survey(guide, sample(guide, 2)), now=NOW)
    assert sum(empty.told.minutes) == 0 and empty.told.per_minute == 0
    day = 86_400
    events = [("buy", 0), ("buy", 0), ("view", day), ("view", 29 * day), ("view", 30 * day), ("cart", -day)]
    guide.intake.log.append(
        [Event(f"e{n}", f"u{n}", "i1", kind, NOW - ago) for n, (kind, ago) in enumerate(events)]
    )
    told = shop_overview(guide, survey(guide, sample(guide, 2)), now=time.time()).told
    assert len(told.minutes) == 60 and sum(told.minutes) == 6  # all were received just now
    assert told.per_minute == pytest.approx(0.1)
    assert len(told.days) == 30 and told.days[-1] == time.strftime("%Y-%m-%d", time.gmtime(NOW))
    assert told.by_kind["buy"][-1] == 2 and sum(told.by_kind["buy"]) == 2
    assert told.by_kind["view"][-2] == told.by_kind["view"][0] == 1 and sum(told.by_kind["view"]) == 2
    assert sum(told.by_kind["cart"]) == 0  # is yet to come


def test_outcomes_are_told_as_a_whole_and_by_day(served):
    book = ExposureBook(served.database)
    shown = (Shown("i1", "popular"), Shown("i2", "popular"))
    days = [NOW - 3 * 86_400, NOW - 86_400]
    served.registry.people.consents("u1", {"research": True})
    book.keep(
        [
            Exposure(f"r{n}", "u1", moment, "m", "g", None, None, "user", shown)
            for n, moment in enumerate(days)
        ]
    )
    served.guide.intake.log.append([Event("e1", "u1", "i2", "buy", days[1] + 60, request_id="r1")])
    found = outcomes_over_time(served.workspace, now=NOW + 60, by="model", database=served.database)
    (whole,) = found.groups
    assert (whole.group, whole.conversion.n, whole.conversion.of) == ("m", 1, 4)
    (series,) = found.series
    assert len(found.days) == len(series.days) == 3 and series.days[1] is None
    first, _, last = series.days
    assert (first.conversion.n, first.conversion.of, last.conversion.n, last.conversion.of) == (0, 2, 1, 2)
    low, high = last.conversion.interval
    assert 0 < low < 0.5 < high < 1
    assert outcomes_over_time(served.workspace, now=NOW, days=0.5, database=served.database).series == ()
