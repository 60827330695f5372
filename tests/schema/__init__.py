"""What the statements of a project add up to: its schema, and who may do what in it."""
