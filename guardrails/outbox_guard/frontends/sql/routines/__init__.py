"""Routines and PL/pgSQL: headers, the SQL in bodies, and the texts that bodies put together."""
