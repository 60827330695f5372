"""A whole check: what is found in projects, and that nothing is lost on the way."""
