"""The path model: a score is the sum of the contributions of readable paths."""

from kgrec.models.path.model import PathConfig, PathModel, fast

__all__ = ["PathConfig", "PathModel", "fast"]
