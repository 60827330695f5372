"""The declarations of `schema/`, carried out on the schema as it stands."""
