"""Accounts: who someone is. Owns users, sessions, mailed tokens and profile pictures."""
