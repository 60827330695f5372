"""The tests, in a folder for what they are about; `support/` is what they share."""
