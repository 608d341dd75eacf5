"""Playlists: ordered collections of media (playlists, albums, series, shows), who edits them, where they embed."""
