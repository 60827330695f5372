"""The fixes that findings carry, applied."""
