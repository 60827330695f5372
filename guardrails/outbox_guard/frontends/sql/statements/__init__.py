"""What one statement does, and to what."""
