"""Where a medium and the things it is made of are found. Addresses are written here and nowhere else."""

from urllib.parse import quote

COOKIE_PASS = "-"  # noqa: S105 - stands for "my session decides"


def person_url(username: str) -> str:
    """A person's page."""
    return f"/@{username}"


def medium_url(username: str, slug: str, secret: str | None = None) -> str:
    """A medium's page; with the secret of an unlisted one."""
    return f"/@{username}/{slug}" + _with_secret(secret)


def playback_url(public_id: str, secret: str | None = None) -> str:
    """The description that players read."""
    return f"/media/{public_id}/playback" + _with_secret(secret)


def sets_url(public_id: str, secret: str | None = None) -> str:
    """Where someone chooses in which of their sets it is."""
    return f"/media/{public_id}/sets" + _with_secret(secret)


def position_url(public_id: str, secret: str | None = None) -> str:
    """Where players say how far they are."""
    return f"/media/{public_id}/position" + _with_secret(secret)


def embed_url(public_id: str, secret: str | None = None) -> str:
    """The page for frames."""
    return f"/embed/media/{public_id}" + _with_secret(secret)


def embed_builder_url(public_id: str, secret: str | None = None) -> str:
    """Where one chooses how a frame looks."""
    return f"/media/{public_id}/embed" + _with_secret(secret)


def edit_url(public_id: str) -> str:
    """The owner's page of a medium."""
    return f"/studio/media/{public_id}"


def download_url(public_id: str, secret: str | None = None) -> str:
    """The original file."""
    return f"/media/{public_id}/download" + _with_secret(secret)


def share_url(token: str) -> str:
    """The door of a named link."""
    return f"/share/{token}"


def delivery_base(delivery_key: str, *, open_to_all: bool, secret: str | None = None) -> str:
    """Where a version's derivatives are found, with a slash at the end.

    Those of a medium that is open to all lie under an address that any cache may keep. The others' addresses carry
    what opens them in the path, so that a playlist's relative addresses do too: the link secret, or ``-`` where the
    session cookie decides.
    """
    if open_to_all:
        return f"/media/public/{delivery_key}/"
    return f"/media/restricted/{delivery_key}/{quote(secret or COOKIE_PASS)}/"


def _with_secret(secret: str | None) -> str:
    return f"?s={quote(secret)}" if secret else ""
