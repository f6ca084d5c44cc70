"""Texts, reviews and pictures → typed edges with weights."""
