"""The facts of files, kept from run to run while what was asked is answered the same."""
