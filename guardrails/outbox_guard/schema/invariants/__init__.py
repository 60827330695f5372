"""What has to hold of the tables of an outbox, and the statements that see to it."""
