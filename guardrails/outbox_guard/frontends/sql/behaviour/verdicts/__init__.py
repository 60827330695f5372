"""The states that are tried, and what is wrong with what became of a payment in them."""
