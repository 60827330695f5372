"""What a run leaves, so that a hook on files of no consequence is answered at once."""
