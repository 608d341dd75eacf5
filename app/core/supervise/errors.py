"""What keeps an installation from starting, each with the sentence an operator sees."""


class CannotStartError(Exception):
    """Soundstage cannot start; the message says why and what to do, in words."""
