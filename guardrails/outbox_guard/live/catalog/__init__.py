"""A database's catalog: what the outbox is there, and how two of them differ."""
