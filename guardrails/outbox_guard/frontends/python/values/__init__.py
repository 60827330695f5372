"""What a Python value can be, and what values make of each other; no program is followed here."""
