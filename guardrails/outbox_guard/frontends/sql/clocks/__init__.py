"""Comparisons of a column that holds a time with the clock."""
