"""A living shop: events, new items and users, rules, erasure. Its first module comes with the event store."""
