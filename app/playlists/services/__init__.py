"""What people do with sets."""
