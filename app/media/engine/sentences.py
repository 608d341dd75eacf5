"""Times as people say them."""


def clock(ms: int) -> str:
    """Milliseconds as ``3:12``, or ``1:03:12`` from an hour on."""
    seconds = max(0, ms) // 1000
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def length(ms: int) -> str:
    """Milliseconds as ``26 hours`` or ``40 minutes``, for lengths where seconds do not matter."""
    minutes = round(ms / 60_000)
    hours = round(ms / 3_600_000)
    if hours >= 2:
        return f"{hours} hours"
    return f"{minutes} minutes" if minutes != 1 else "1 minute"
