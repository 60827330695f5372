"""Which file an import means, where a name comes from, and what is asked of another module."""
