"""The abstract interpreter: statements and calls, followed in order."""
