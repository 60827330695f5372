"""What needs a PostgreSQL: the gate, the proofs, drift, and a server's word on what is reckoned."""
