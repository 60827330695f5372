"""The house itself: its floors, documents, workflows and builds."""
