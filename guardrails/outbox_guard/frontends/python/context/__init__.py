"""What the parts of the interpreter share: names and blocks, bounds, calls and their parameters."""
