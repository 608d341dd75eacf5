"""The house's words as they ship: version 1 of the terms and of the privacy notice."""
