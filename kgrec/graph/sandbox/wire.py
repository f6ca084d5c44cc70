"""What passes between a server and a worker: frames of bytes with their length before them, and JSON in the first.

Neither side builds objects from what it reads other than texts, numbers and truth values, and the server, which does
not trust a worker, reads no more than it allows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, BinaryIO, Literal

LENGTH = 4
"""Bytes that tell the length of a frame, the highest first."""

LONGEST_HEAD = 65_536
"""Bytes of JSON that a worker may send ahead of an answer."""


@dataclass(frozen=True)
class Question:
    """A query and how it is to be answered."""

    text: str
    row_form: str | None  # one of `results.ROW_FORMATS`; None if the asker takes no rows
    graph_form: str | None  # one of `results.GRAPH_FORMATS`; None if the asker takes no triples
    rows: int  # at most so many are told
    size: int  # bytes; at most so large is the answer
    parameters: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # terms as in results JSON
    default_graphs: tuple[str, ...] = ()  # IRIs; none of both kinds: the union of all
    named_graphs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Head:
    """What a worker says of its answer, which follows as bytes."""

    status: Literal["ready", "answered", "refused", "unacceptable", "failed"]
    message: str = ""
    kind: Literal["", "select", "ask", "graph"] = ""
    truncated: bool = False


def write_frame(out: BinaryIO, content: bytes) -> None:
    """Send one frame."""
    out.write(len(content).to_bytes(LENGTH, "big") + content)
    out.flush()


def read_frame(source: BinaryIO) -> bytes | None:
    """The next frame, None at the end."""
    length = source.read(LENGTH)
    if len(length) < LENGTH:
        return None
    return source.read(int.from_bytes(length, "big"))


def packed(content: Question | Head) -> bytes:
    """A question or a head as JSON."""
    return json.dumps(asdict(content)).encode()


def question(content: bytes) -> Question:
    """What `packed` made of a question; the worker trusts the server."""
    fields: dict[str, Any] = json.loads(content)
    for name in ("default_graphs", "named_graphs"):
        fields[name] = tuple(fields[name])
    return Question(**fields)


def head(content: bytes) -> Head:
    """What a worker said; ValueError if it is nothing that a worker says."""
    fields = json.loads(content)
    if not isinstance(fields, dict) or set(fields) != {"status", "message", "kind", "truncated"}:
        raise ValueError("not the fields of a head")
    statuses = ("ready", "answered", "refused", "unacceptable", "failed")
    if fields["status"] not in statuses or fields["kind"] not in ("", "select", "ask", "graph"):
        raise ValueError("a status or kind that does not exist")
    if not isinstance(fields["message"], str) or not isinstance(fields["truncated"], bool):
        raise ValueError("a message that is no text")
    return Head(**fields)
