"""What reaches the database: texts, what they are given, and what they leave on a connection."""
