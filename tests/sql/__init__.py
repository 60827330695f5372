"""How SQL is read."""
