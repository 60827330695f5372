"""What the builds of a project ship."""
