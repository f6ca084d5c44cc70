"""A SQLite file of a shop, opened for one transaction; what is wrong with it is one line."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path as FilePath

from kgrec.errors import BadBundle


@contextmanager
def transaction(file: FilePath, table: str, what: str) -> Iterator[sqlite3.Connection]:
    """A connection to a file that has the table; BadBundle says that `what` is in it cannot be read or kept."""
    try:
        connection = sqlite3.connect(str(file), timeout=10)
        try:
            with connection:
                connection.execute(table)
                yield connection
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise BadBundle(
            f"{file}: the {what} cannot be read or kept ({error}); "
            "free it, restore it, or move it away to begin a new one"
        ) from None
