"""How documents, configuration files and the like are read."""
