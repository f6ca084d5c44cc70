"""Splits, ranks and metrics: what a figure refers to."""
