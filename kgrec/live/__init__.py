"""A living shop, kept in databases: what its users do and wish, and which programs may tell and ask."""
