"""What a value of SQL can be, and what its own functions make of known ones."""
