"""What can be done with media. Nothing here commits unless it says so; the caller does, once."""
