"""Paths → explanations."""
