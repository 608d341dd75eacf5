"""What can be done with plays. Nothing here commits; the caller does, once."""
