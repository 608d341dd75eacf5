"""Where sets are found. Their addresses are written here and nowhere else."""

from urllib.parse import quote


def set_url(username: str, slug: str, secret: str | None = None) -> str:
    """A set's page; with the secret of an unlisted one."""
    return f"/@{username}/sets/{slug}" + _with(secret)


def edit_url(public_id: str) -> str:
    """Where a set is edited."""
    return f"/sets/{public_id}/edit"


def queue_url(public_id: str, secret: str | None = None) -> str:
    """Everything in a set that plays, for players."""
    return f"/sets/{public_id}/queue" + _with(secret)


def embed_url(public_id: str, secret: str | None = None) -> str:
    """The page for frames."""
    return f"/embed/sets/{public_id}" + _with(secret)


def embed_builder_url(public_id: str, secret: str | None = None) -> str:
    """Where one chooses how a frame looks."""
    return f"/sets/{public_id}/embed" + _with(secret)


def _with(secret: str | None) -> str:
    return f"?s={quote(secret)}" if secret else ""
