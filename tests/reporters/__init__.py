"""The outputs, as their readers read them."""
