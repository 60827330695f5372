"""SQL statements and PL/pgSQL, run on the tables of one run."""
