"""What the functions and methods of Python's own library make of values."""
