"""The rule files: their examples, their words, and what is shown of them."""
