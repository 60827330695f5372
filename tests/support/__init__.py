"""What tests share: little projects, other programs' words, a server."""
