"""Queries of anybody → answers: a pool of read-only processes behind walls, killed at the deadline and replaced."""
