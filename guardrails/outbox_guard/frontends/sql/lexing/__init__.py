"""A text as tokens, statements and passages, before a parser has seen it."""
