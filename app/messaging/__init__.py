"""Messaging: what reaches one person alone: direct messages, notifications, mail and pushes of them."""
