"""Where sets are found. Their addresses are written here and nowhere else."""

from urllib.parse import quote


def set_url(username: str, slug: str, secret: str | None = None) -> str:
    """A set's page; with the secret of an unlisted one."""
    return f"/@{username}/sets/{slug}" + (f"?s={quote(secret)}" if secret else "")


def embed_url(public_id: str, secret: str | None = None) -> str:
    """The page for frames."""
    return f"/embed/sets/{public_id}" + (f"?s={quote(secret)}" if secret else "")
