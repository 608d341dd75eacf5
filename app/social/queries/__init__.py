"""What is asked of the tables of social, one file a subject."""
