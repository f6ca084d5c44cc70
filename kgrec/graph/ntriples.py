"""Terms as N-Triples writes them."""

from __future__ import annotations

_ESCAPES = str.maketrans(
    {n: f"\\u{n:04X}" for n in (*range(0x20), 0x7F)} | {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"}
)


def literal(text: str, lang: str = "") -> str:
    """A text as N-Triples says it; nothing in it can end the literal."""
    escaped = text.translate(_ESCAPES).encode("utf-8", "replace").decode()
    return f'"{escaped}"@{lang}' if lang else f'"{escaped}"'
