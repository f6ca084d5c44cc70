"""Texts that are looked at before they are saved, kept for a while, so that a page of one has an address of its own.

All workers of a shop read the same folder. A draft is named by what it holds; the oldest make room for new ones.
"""

from __future__ import annotations

import hashlib
import json
import re
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path as FilePath

from kgrec.errors import BadInput
from kgrec.folders import new_text

MOST_KEPT = 30
_NAME = re.compile(r"[0-9a-f]{32}", re.ASCII)


@dataclass(frozen=True)
class Draft:
    """A text, and what it was made from."""

    text: str
    digest: str  # of the file that it is to take the place of


class Drafts:
    """The drafts of a shop, in the folder `drafts` of its workspace."""

    def __init__(self, workspace: FilePath) -> None:
        self._folder = workspace / "drafts"

    def keep(self, draft: Draft) -> str:
        """Keep a draft; what it is called. BadInput or DiskFull where that cannot be."""
        content = json.dumps(asdict(draft))  # ASCII, so that half a character can be written, too
        name = hashlib.sha256(content.encode()).hexdigest()[:32]
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            new_text(self._folder / f"{name}.json", content)
            self._make_room()
        except OSError as error:
            raise BadInput(
                f"{self._folder} cannot be written ({error.strerror}); let it be written"
            ) from None
        return name

    def find(self, name: str) -> Draft | None:
        """The draft of a name; None if there is none, or none any more."""
        if not _NAME.fullmatch(name):
            return None
        try:
            found = json.loads((self._folder / f"{name}.json").read_bytes())
            return Draft(str(found["text"]), str(found["digest"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise BadInput(f"{self._folder / name}.json cannot be read ({error}); remove it") from None

    def _make_room(self) -> None:
        ages = []
        for file in self._folder.glob("*.json"):
            with suppress(FileNotFoundError):  # another process makes room, too
                ages.append((-file.stat().st_mtime_ns, file))
        for _, file in sorted(ages)[MOST_KEPT:]:
            file.unlink(missing_ok=True)
