"""What of a program is followed, how often, and what came of it when it was."""
