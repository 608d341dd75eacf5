"""Studio: an artist's workplace. Owns no tables: the list of one's works, and the page where each is edited."""
