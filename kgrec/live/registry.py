"""Where programs and the shop's own people say what holds for users; closed while no key may."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path as FilePath

from kgrec.errors import NoKey
from kgrec.live.database import Database
from kgrec.live.erasure import Erasures, Receipt
from kgrec.live.keys import KeyRing, Role, secret_for
from kgrec.live.people import People
from kgrec.live.tokens import Bearer, Tokens, allow_bearer, is_token

_log = logging.getLogger("kgrec.erasure")


@dataclass(frozen=True)
class Registry:
    """The people of a shop, those it has forgotten, and who may speak of them."""

    people: People
    erasures: Erasures
    keys: KeyRing
    finish: Callable[[], None]  # sees to it that tables and graphs forget, too; does not wait for it
    tokens: Tokens | None = None

    @classmethod
    def of(cls, folder: FilePath, database: Database, key: bytes, keys: KeyRing) -> Registry:
        """That of a workspace; another process renews its tables and graphs."""
        tokens = Tokens(secret_for(key, "tokens"), keys)
        return cls(People(database), Erasures(database, key), keys, lambda: _FINISHING.begin(folder), tokens)

    def allow(self, key: str | None, role: Role) -> None:
        """NoKey or NotAllowed unless it is a key of that role."""
        self.keys.allow(None if key is None else self.keys.known(key), role)

    def allow_about(self, sent: str | None, role: Role, user_id: str | None) -> None:
        """NoKey or NotAllowed unless it is a key of that role, or a token of such a key for that user."""
        bearer = self.bearer(sent)
        if bearer is None:
            self.allow(sent, role)
        else:
            allow_bearer(bearer, role, user_id)

    def bearer(self, sent: str | None) -> Bearer | None:
        """Whom a token is for; None for what is no token, NoKey for one that is good no more."""
        if sent is None or not is_token(sent):
            return None
        if self.tokens is None:
            raise NoKey("this shop has made no tokens; send a key")
        return self.tokens.known(sent)

    def forget(self, user_id: str, reason: str = "") -> Receipt:
        """Forget a user: in the database now, in all else soon; the receipt as it is now."""
        receipt = self.erasures.begin(user_id, reason)
        self.finish()
        return receipt


class _Finishing:
    """One process at most for each shop that renews its tables and graphs, and one more after it for who came later.

    Anybody may ask to be forgotten, as often as they like; each process holds a whole shop.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._again: dict[FilePath, bool] = {}  # where one is at work: whether it is needed again

    def begin(self, folder: FilePath) -> None:
        """See to it that all who are to be forgotten by now will be; does not wait for it."""
        folder = folder.resolve()
        with self._lock:
            if folder in self._again:
                self._again[folder] = True
                return
            process = _started(folder)
            if process is None:
                return
            self._again[folder] = False
        threading.Thread(
            target=self._follow, args=(folder, process), name="kgrec-forgetting", daemon=True
        ).start()

    def _follow(self, folder: FilePath, process: subprocess.Popen[bytes] | None) -> None:
        while process is not None:
            process.wait()
            with self._lock:
                process = _started(folder) if self._again[folder] else None
                self._again[folder] = False
                if process is None:
                    del self._again[folder]


_FINISHING = _Finishing()


def _started(folder: FilePath) -> subprocess.Popen[bytes] | None:
    """A process that forgets who is to be forgotten; None, and a line in the log, where there can be none."""
    command = [sys.executable, "-m", "kgrec.cli", "forget", str(folder), "--pending"]
    try:
        return subprocess.Popen(  # names nobody: it asks the database who is to be forgotten
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        _log.error(
            "tables and graphs still hold who was forgotten (%s); run: kgrec forget SHOP --pending", error
        )
        return None
