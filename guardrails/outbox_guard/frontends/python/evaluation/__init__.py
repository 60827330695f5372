"""What expressions are worth, a module for each kind of them."""
