"""The bundle for an auditor."""
