"""One seed → the demo shop's tables and pictures, byte for byte the same every time.

    python data/generate.py --seed 7 --out data/demo

Shoppers act for planted reasons; ground_truth.csv.gz says which reason caused each one's last purchase.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
from catalogue import HEADER, Item, item_row, make_items
from drawing import picture
from kinds import KINDS
from reviews import make_reviews
from shoppers import Life, Shop, live, make_users
from words import BRANDS, COLOURS

SEED = 7


def make_tables(seed: int) -> tuple[dict[str, bytes], list[Item]]:
    """File name → content for every table, and the items for their pictures."""
    random = np.random.default_rng(seed)
    items, users = make_items(random), make_users(random)
    shop = Shop(random, items)
    lives = [live(random, user, shop) for user in users]
    reviews = make_reviews(random, lives)
    tables = {
        "items.csv.gz": table(HEADER, map(item_row, items)),
        "users.csv.gz": table("user_id,age_band,city", ((u.user_id, u.age_band, u.city) for u in users)),
        "interactions.csv.gz": table("user_id,item_id,event,value,datetime", event_rows(lives)),
        "reviews.csv.gz": table(
            "user_id,item_id,rating,lang,text,datetime",
            ((r.user_id, r.item_id, str(r.rating), r.lang, r.text, stamp(r.when)) for r in reviews),
        ),
        "ground_truth.csv.gz": table(
            "user_id,item_id,datetime,reason,evidence",
            (
                (life.user.user_id, last.item.item_id, stamp(last.when), last.reason, last.evidence)
                for life in lives
                for last in life.purchases[-1:]
            ),
        ),
    }
    return tables, items


def event_rows(lives: Sequence[Life]) -> list[tuple[str, ...]]:
    """Rows of interactions.csv, oldest first, each once."""
    events = sorted(
        (event for life in lives for event in life.events),
        key=lambda event: (event.when, event.user_id, event.event, event.item_id),
    )
    rows = [(e.user_id, e.item_id, e.event, str(e.value), stamp(e.when)) for e in events]
    return list(dict.fromkeys(rows))


def stamp(when: datetime) -> str:
    """ISO 8601, UTC."""
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def table(header: str, rows: Iterable[Sequence[str]]) -> bytes:
    """A gzipped CSV file without the name and time that would make each one different."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header.split(","))
    writer.writerows(rows)
    return gzip.compress(text.getvalue().encode(), compresslevel=9, mtime=0)


def make_pictures(items: Sequence[Item]) -> Iterator[tuple[str, bytes]]:
    """File name and content of every item's picture, drawn once for all that look the same."""
    drawn: dict[tuple[str, str, str, int], bytes] = {}
    for row, item in enumerate(items):
        accent = list(COLOURS)[BRANDS.index(item.brand) % len(COLOURS)]
        look = (item.kind.shape, item.colour, accent, row // len(KINDS) % 3)
        if look not in drawn:
            drawn[look] = picture(
                item.kind.shape,
                item.kind.department,
                COLOURS[item.colour].rgb,
                COLOURS[accent].rgb,
                pattern=look[3],
            )
        yield f"{item.item_id}.png", drawn[look]


def write(path: Path, content: bytes) -> None:
    """A whole file or the old one, never half of one."""
    beside = path.with_name(path.name + ".new")
    beside.write_bytes(content)
    beside.replace(path)


def main() -> None:
    """Write all files under a folder."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "demo")
    parser.add_argument("--pictures", type=int, help="draw those of the first so many items only")
    chosen = parser.parse_args()
    tables, items = make_tables(chosen.seed)
    images: Path = chosen.out / "images"
    images.mkdir(parents=True, exist_ok=True)
    for name, content in tables.items():
        write(chosen.out / name, content)
    for name, content in make_pictures(items[: chosen.pictures]):
        write(images / name, content)
    print(f"{len(items)} items written to {chosen.out}")


if __name__ == "__main__":
    main()
