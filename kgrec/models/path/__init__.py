"""The path model: a score is the sum of the contributions of readable paths."""

from kgrec.models.path.config import FAST, PathConfig, TrainingConfig
from kgrec.models.path.model import PathModel

__all__ = ["FAST", "PathConfig", "PathModel", "TrainingConfig"]
