"""People, media and recordings to test with."""
