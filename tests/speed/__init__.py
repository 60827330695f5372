"""Leaving out what cannot matter, or is known already, changes nothing of what is found."""
