"""What is done in moderation: each changes rows and leaves the commit to its caller."""
