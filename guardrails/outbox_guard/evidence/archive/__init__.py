"""A bundle on disk: written whole or not at all, listed in its manifest, compared with another."""
