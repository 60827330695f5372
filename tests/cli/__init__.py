"""The command line: its commands and options."""
