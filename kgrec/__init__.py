"""kgrec: product recommendations from a knowledge graph, where the reasons are the score."""

__version__ = "0.1.0"
