"""The paths of an explanation → a drawing of the part of the graph they walk."""

from kgrec.explain.drawing.picture import MOST, drawing

__all__ = ["MOST", "drawing"]
