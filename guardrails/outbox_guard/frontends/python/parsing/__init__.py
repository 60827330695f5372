"""A Python file as a tree: its statements, where they stand, and what an edit leaves of them."""
