"""The schema that the files of `schema/` leave behind, and what the outbox lacks in it."""
