"""How well praise is told from fault in reviews, how fast aspects are found, and mentions to be read by somebody.

python benchmarks/reviews.py DATA [--show 100] [--others]: DATA holds zh-reviews/ and gift-cards/ (docs/reviews.md says
what they are). `--others` compares with snownlp and VADER, which are to be installed for that: pip install snownlp
vaderSentiment. `--show` prints so many random mentions of each set, for whoever wants to count those that are right.
Prints one JSON object.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
import warnings
import zipfile
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import accuracy_score, balanced_accuracy_score
from sklearn.model_selection import StratifiedKFold

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kgrec.understand import aspects
from kgrec.understand.sentiment import Sentiment, learn

DEMO = Path(__file__).resolve().parents[1] / "data" / "demo" / "reviews.csv.gz"
HELD_OUT = 5_000
SLOW = 1_000  # reviews that snownlp is asked about
Guess = Callable[[str], bool]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--show", type=int, default=0)
    parser.add_argument("--others", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    zh, en = chinese(given.data), english(given.data)
    told = {"zh-reviews": chinese_sentiment(zh, given), "gift-cards": english_sentiment(en, given)}
    told["aspects"] = {
        name: found(reviews, kinds, given)
        for name, reviews, kinds in (
            ("demo", pd.read_csv(DEMO), ()),
            ("gift-cards", en, ["Gift Cards"] * len(en)),
            ("zh-reviews", zh.sample(6_000, random_state=given.seed).reset_index(drop=True), ()),
        )
    }
    print(json.dumps(told, indent=2, ensure_ascii=False))


def chinese(data: Path) -> pd.DataFrame:
    """The reviews of zh-reviews, each text once, praise rated 5 and fault 1."""
    with zipfile.ZipFile(data / "zh-reviews" / "online_shopping_10_cats.zip") as archive:
        table = pd.read_csv(archive.open("online_shopping_10_cats.csv")).dropna()
    texts = table["review"].str.replace("\ufeff", "").str.strip()
    frame = pd.DataFrame({"text": texts, "rating": table["label"] * 4.0 + 1, "lang": "zh"})
    frame = frame.drop_duplicates("text").reset_index(drop=True)
    return frame.assign(user_id=[str(row) for row in range(len(frame))])


def english(data: Path) -> pd.DataFrame:
    """The reviews of gift-cards that have a text."""
    with gzip.open(data / "gift-cards" / "Gift_Cards_5.json.gz", "rt", encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    told = [line for line in lines if line.get("reviewText")]
    return pd.DataFrame(
        {
            "text": [line["reviewText"] for line in told],
            "rating": [float(line["overall"]) for line in told],
            "lang": "en",
            "user_id": [line["reviewerID"] for line in told],
        }
    )


def chinese_sentiment(reviews: pd.DataFrame, given: argparse.Namespace) -> dict[str, Any]:
    """Accuracy on held-out reviews, learned from others and by opinion words alone."""
    order = np.random.default_rng(given.seed).permutation(len(reviews))
    test, train = reviews.iloc[order[:HELD_OUT]], reviews.iloc[order[HELD_OUT:]]
    texts, praised = list(test["text"]), (test["rating"] > 3).to_numpy()
    began = time.process_time()
    learned = learn(list(train["text"]), train["rating"].to_numpy(np.float64), "zh", seed=given.seed)
    seconds = time.process_time() - began
    told: dict[str, Any] = {
        "held_out": len(test),
        "learned_from": learned.reviews,
        "cpu_seconds": round(seconds, 1),
    }
    for name, teller in (("learned", learned), ("opinion_words", Sentiment("zh"))):
        told[name] = round(float(accuracy_score(praised, teller.praises(texts) > 0.5)), 4)
    for few in (100, 500, 2_000):
        some = train.iloc[:few]
        teller = learn(list(some["text"]), some["rating"].to_numpy(np.float64), "zh", seed=given.seed)
        told[f"learned_from_{few}"] = round(float(accuracy_score(praised, teller.praises(texts) > 0.5)), 4)
    if given.others:
        told["on_the_first"] = SLOW
        few_texts, few_praised = texts[:SLOW], praised[:SLOW]
        told["snownlp"] = _share(_snownlp(), few_texts, few_praised)
        told["learned_there"] = round(float(accuracy_score(few_praised, learned.praises(few_texts) > 0.5)), 4)
    return told


def english_sentiment(reviews: pd.DataFrame, given: argparse.Namespace) -> dict[str, Any]:
    """Balanced accuracy in five folds, where there is enough to learn from: hardly anybody faults a gift card."""
    some = reviews[reviews["rating"] != 3].drop_duplicates("text").reset_index(drop=True)
    texts, ratings = list(some["text"]), some["rating"].to_numpy(np.float64)
    praised = ratings > 3
    guessed, folds_learned = np.zeros(len(some), bool), []
    folds = StratifiedKFold(5, shuffle=True, random_state=given.seed)
    for train, test in folds.split(texts, praised):
        teller = learn([texts[row] for row in train], ratings[train], "en", seed=given.seed)
        guessed[test] = teller.praises([texts[row] for row in test]) > 0.5
        folds_learned.append(teller.learned)
    told: dict[str, Any] = {"reviews": len(some), "of_fault": int((~praised).sum())}
    if min(folds_learned):
        told["learned"] = round(float(balanced_accuracy_score(praised, guessed)), 4)
    told["opinion_words"] = _either_way(Sentiment("en").praises(texts) - 0.5, praised)
    if given.others:
        told["vader"] = _either_way(np.array([_vader()(text) for text in texts]), praised)
    return told


def _either_way(leaning: np.ndarray, praised: np.ndarray) -> dict[str, float]:
    """Balanced accuracy with what leans to neither side taken for fault, and for praise."""
    sides = {"neither_is_fault": leaning > 0, "neither_is_praise": leaning >= 0}
    return {name: round(float(balanced_accuracy_score(praised, side)), 4) for name, side in sides.items()}


def _share(guess: Guess, texts: Sequence[str], praised: np.ndarray) -> float:
    return round(float(accuracy_score(praised, [guess(text) for text in texts])), 4)


def _snownlp() -> Guess:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from snownlp import SnowNLP
    return lambda text: bool(SnowNLP(text).sentiments > 0.5)


@cache
def _vader() -> Callable[[str], float]:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    return lambda text: float(analyzer.polarity_scores(text)["compound"])


def found(reviews: pd.DataFrame, kinds: Sequence[str], given: argparse.Namespace) -> dict[str, Any]:
    """How many mentions are found in how many seconds of a processor."""
    began = time.process_time()
    mentions = aspects.find(reviews, kinds, seed=given.seed)
    seconds = time.process_time() - began
    rows = np.random.default_rng(given.seed).permutation(len(mentions))[: given.show]
    for place in rows:
        text = str(reviews["text"].iloc[mentions.review[place]])
        clause = text[mentions.start[place] : mentions.end[place]]
        sign = "+" if mentions.polarity[place] > 0 else "−"
        print(f"{sign} {mentions.labels[mentions.aspect[place]]}: {clause}", file=sys.stderr)
    return {
        "reviews": len(reviews),
        "mentions": len(mentions),
        "aspects": len(mentions.labels),
        "cpu_seconds": round(seconds, 1),
        "reviews_per_second": round(len(reviews) / seconds),
    }


if __name__ == "__main__":
    main()
