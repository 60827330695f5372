"""The configuration, and the globs and keys in it."""
