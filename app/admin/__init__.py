"""The moderators' and operators' pages. A face: it owns no tables and asks the domains."""
