"""Statements one after the other, and what the earlier ones leave for the later ones."""
