"""Site: the face that everyone sees. Owns no tables: home, realms, a person, a medium, the library, embeds."""
