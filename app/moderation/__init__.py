"""Moderation: what was reported, what was decided and why, appeals, notices about rights, and the filters."""
