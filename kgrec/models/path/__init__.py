"""The path model: a score is the sum of the contributions of readable paths."""

from kgrec.models.path.config import PathConfig, TrainingConfig, fast
from kgrec.models.path.model import PathModel

__all__ = ["PathConfig", "PathModel", "TrainingConfig", "fast"]
