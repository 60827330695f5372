"""Servers and databases: which is meant, those of our own, and the sessions on them."""
