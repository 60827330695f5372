"""Which values and rows flow through one query or data-modifying statement, on sqlglot's tree."""
