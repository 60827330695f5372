"""Shell scripts: their words, their tree, and what becomes of them when a command fails."""
