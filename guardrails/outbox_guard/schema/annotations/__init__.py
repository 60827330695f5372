"""What only the whole schema tells of its parts."""
