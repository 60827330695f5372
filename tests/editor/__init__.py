"""The language server, and what is found while somebody types."""
