"""What legal steps came to."""
