"""How often a program or a household may ask: requests a minute by key, or by address where none was sent."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, fields
from pathlib import Path as FilePath
from typing import Self

from kgrec.errors import BadBundle, BadInput, NoKey
from kgrec.live.budget import Rate
from kgrec.live.keys import KeyRing
from kgrec.live.openings import Openings
from kgrec.settings import section

MOST_PROXIES = 8


@dataclass(frozen=True)
class RequestLimits:
    """What `[limits]` of kgrec.toml sets; the figures hold for each process of the server by itself.

    The defaults let a shop's own front end ask a thousand times a second and only stop a flood.
    """

    per_key: int = 60_000  # requests a minute of a key that has no figure of its own; 0: no limit
    per_address: int = 60_000  # of everybody else at one address; 0: no limit
    proxies: int = 0  # trusted servers in front, whose X-Forwarded-For and -Proto are believed

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise BadInput(f"{one.name} is {value!r}; it is to be a whole number, 0 or more")
        if self.proxies > MOST_PROXIES:
            raise BadInput(f"proxies is {self.proxies}; {MOST_PROXIES} is the most")

    @classmethod
    def read(cls, file: FilePath) -> Self:
        """Those that a workspace's kgrec.toml sets."""
        given = section(file, "limits", [one.name for one in fields(cls)])
        try:
            return cls(**given)
        except BadInput as error:
            raise BadInput(f"{file}: [limits] {error}") from None


class Access:
    """Lets requests in as often as they may come, and says from where."""

    def __init__(
        self,
        limits: RequestLimits | None = None,
        keys: KeyRing | None = None,
        rate: Rate | None = None,
        openings: Openings | None = None,
    ) -> None:
        self.limits, self._keys, self._rate = limits or RequestLimits(), keys, rate or Rate()
        self.openings = openings or Openings()

    @classmethod
    def of(cls, shop: FilePath) -> Self:
        """That of a workspace; a bundle has no settings and no keys."""
        file = shop / "kgrec.toml"
        if not file.is_file():
            return cls()
        return cls(RequestLimits.read(file), KeyRing(shop / "keys.sqlite"), openings=Openings.read(file))

    def admit(self, address: str, key: str | None) -> None:
        """OverBudget if whoever sent this has asked as often as they may for now.

        A key that nobody has counts as none: made-up ones would each have a limit of their own.
        """
        client, most = self._client(address, key)
        if most:
            self._rate.spend(client, most)

    def _client(self, address: str, key: str | None) -> tuple[str, int]:
        if key is not None and self._keys is not None:
            try:
                known = self._keys.known(key)
                return f"key {known.key_id}", known.per_minute or self.limits.per_key
            except (NoKey, BadBundle):
                pass  # whether that matters is for whoever answers to say
        return neighbourhood(address), self.limits.per_address


def neighbourhood(address: str) -> str:
    """An address as a client's name; of IPv6 the network, as one household has 2^64 addresses."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return f"address {address}"
    if not isinstance(parsed, ipaddress.IPv6Address):
        return f"address {parsed}"
    if parsed.ipv4_mapped is not None:
        return f"address {parsed.ipv4_mapped}"
    return f"network {ipaddress.ip_network((parsed, 64), strict=False)}"
