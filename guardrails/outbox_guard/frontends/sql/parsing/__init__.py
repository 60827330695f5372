"""Statements as sqlglot's trees, and what has to be said otherwise for it."""
