"""What an expression comes to in one run, and the values of that run."""
