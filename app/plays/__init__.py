"""Plays: what was played. Owns the place where each person left off in each medium, which is also their history."""
