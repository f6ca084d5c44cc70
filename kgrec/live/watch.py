"""What is written down of the answers of a server, who may see the figures, and what users are called there."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path as FilePath

from kgrec.errors import BadInput, BadLog, DiskFull, Unreachable
from kgrec.live.database import Database
from kgrec.live.erasure import Erasures
from kgrec.live.experiments import Arm, Experiment
from kgrec.live.exposures import Exposure, ExposureBook, ExposureSettings, ExposureWriter
from kgrec.live.keys import KeyRing
from kgrec.live.people import People
from kgrec.settings import section


@dataclass(frozen=True)
class MetricSettings:
    """`[metrics]` of kgrec.toml."""

    open: bool = False  # to everybody, not to this machine and keys alone
    coverage_hours: float = 24.0  # how far back coverage looks

    @classmethod
    def read(cls, file: FilePath) -> MetricSettings:
        """Those that a workspace's kgrec.toml sets; BadInput or UnknownName say what is wrong."""
        given = section(file, "metrics", ("open", "coverage_hours"))
        is_open, hours = given.get("open", cls.open), given.get("coverage_hours", cls.coverage_hours)
        if not isinstance(is_open, bool):
            raise BadInput(f"{file}: [metrics] open is {is_open!r}; write true or false")
        if isinstance(hours, bool) or not isinstance(hours, int | float) or not 0 < hours <= 24 * 366:
            raise BadInput(
                f"{file}: [metrics] coverage_hours is {hours!r}; it is to be a number of hours above 0"
            )
        return cls(is_open, float(hours))


def _random_names() -> Callable[[str], str]:
    key = secrets.token_bytes(32)
    return lambda user_id: _keyed(key, user_id)


def _keyed(key: bytes, user_id: str) -> str:
    return hmac.digest(key, user_id.encode("utf-8", "surrogatepass"), "sha256").hex()[:24]


def _takes_part(people: People, user_id: str) -> bool:
    consent = people.consent(user_id)
    return consent.research and consent.recommend


@dataclass(frozen=True)
class Watch:
    """Of a bundle nothing is kept, and users have other names in the logs whenever it is served anew."""

    called: Callable[[str], str] = field(default_factory=_random_names)
    """What a user is called in logs: a keyed hash of their id, in a workspace that of their IRI."""
    metrics: MetricSettings = MetricSettings()
    keys: KeyRing | None = None
    experiment: Experiment | None = None
    takes_part: Callable[[str], bool] = lambda _: False
    """Whether a user allows research, and recommendations of their own."""
    writer: ExposureWriter | None = None

    @classmethod
    def of(cls, shop: FilePath, key: bytes) -> Watch:
        """That of a workspace whose secret key it is; BadInput or UnknownName say what is wrong in its kgrec.toml."""
        file = shop / "kgrec.toml"
        # A database of its own: what waits for exposures to be written is not in the way of events.
        database = Database.of(shop)
        book = ExposureBook(database, Erasures(database, key).person)
        people = People(database)
        kept = ExposureSettings.read(file)
        return cls(
            called=lambda user_id: _keyed(key, user_id),
            metrics=MetricSettings.read(file),
            keys=KeyRing(shop / "keys.sqlite"),
            experiment=Experiment.read(file, key),
            takes_part=lambda user_id: _takes_part(people, user_id),
            writer=ExposureWriter(book.keep, book.forget_before, days=kept.days) if kept.keep else None,
        )

    def arm_of(self, user_id: str | None) -> Arm | None:
        """The arm of a user who takes part in the experiment, if there is one; none while nobody can be asked."""
        if self.experiment is None or user_id is None:
            return None
        arm = self.experiment.arm_of(user_id)
        try:
            return arm if arm is not None and self.takes_part(user_id) else None
        except (BadLog, DiskFull, Unreachable):  # what they allow is not known; /readyz tells of the database
            return None

    def showed(self, exposure: Exposure) -> None:
        """Write down what was shown, if that is done here."""
        if self.writer is not None:
            self.writer.put(exposure)
