"""Allow comments: read, put to work, written, and cut back."""
