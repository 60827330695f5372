"""The files of a bundle that each show one kind of thing, from grants to proofs."""
