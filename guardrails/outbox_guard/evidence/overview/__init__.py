"""What a bundle is read by: what all of its files come to, as a text and as a page."""
