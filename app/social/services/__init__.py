"""What people do to each other and to works in public."""
