"""Proofs: their files, the cases they are carried out for, and what a run of them showed."""
