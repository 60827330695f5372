"""What is asked of a real PostgreSQL: the regression gate, the proofs."""
