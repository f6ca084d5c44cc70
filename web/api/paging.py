"""Long lists in parts: where the next one is (RFC 8288)."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Response, jsonify, request


def part(body: object, *, limit: int, offset: int, total: int) -> Response:
    """A part of a list with the addresses of those beside it."""
    places = {"first": 0} if offset else {}
    if offset:
        places["prev"] = max(0, offset - limit)
    if offset + limit < total:
        places["next"] = offset + limit
    response = jsonify(body)
    if places:
        response.headers["Link"] = ", ".join(
            f'<{_address(limit, place)}>; rel="{relation}"' for relation, place in places.items()
        )
    return response


def _address(limit: int, offset: int) -> str:
    """The address of another part, from the root of the server, as a proxy may have put that somewhere else."""
    asked = [
        (name, value) for name, value in request.args.items(multi=True) if name not in ("limit", "offset")
    ]
    return f"?{urlencode([*asked, ('limit', limit), ('offset', offset)])}"
