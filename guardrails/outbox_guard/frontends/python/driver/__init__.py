"""What calls of a driver or client mean: connections, roles, placeholders, and what runs SQL."""
