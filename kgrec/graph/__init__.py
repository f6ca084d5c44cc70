"""Datasets → knowledge graphs: as arrays, in an RDF store, checked, asked and drawn."""
