"""Operations: what keeps the place running. Owns no tables: the spine, workers, health, metrics, commands."""
