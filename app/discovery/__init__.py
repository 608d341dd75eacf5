"""Discovery: finding things. So far the search by title; charts, tags and recommendations will live here."""
