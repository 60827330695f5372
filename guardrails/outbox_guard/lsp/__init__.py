"""The language server: what `check` finds, while the code is being written."""
