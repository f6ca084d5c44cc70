"""The namespaces that graph and queries use, apart from all else: the worker that runs queries imports little."""

from __future__ import annotations

ONTOLOGY = "https://w3id.org/kgrec/ontology"
KG = ONTOLOGY + "#"
SCHEMA = "https://schema.org/"
SKOS = "http://www.w3.org/2004/02/skos/core#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWL = "http://www.w3.org/2002/07/owl#"
XSD = "http://www.w3.org/2001/XMLSchema#"
PROV = "http://www.w3.org/ns/prov#"
VOID = "http://rdfs.org/ns/void#"
DCTERMS = "http://purl.org/dc/terms/"

PREFIXES = {"kg": KG, "schema": SCHEMA, "skos": SKOS, "rdf": RDF, "rdfs": RDFS, "xsd": XSD, "prov": PROV,
            "void": VOID, "dcterms": DCTERMS}  # fmt: skip
"""Short names for namespaces that every query may use without declaring them."""
