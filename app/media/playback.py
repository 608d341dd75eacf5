"""What players need to know of a medium, in one description; and what its page shows."""

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from app.accounts.models import User
from app.core.cdn import cdn
from app.core.pictures import Artwork
from app.core.storage import storage
from app.media import gate, links
from app.media.cards import MediumCard, bars_path, fallback_tints, shown_state
from app.media.gate import Action, Viewer
from app.media.models import CaptionKind, Kind, Medium, MediumState, Version, VersionState, Visibility
from app.media.services.licences import LICENCES
from app.web.filters import markdown, plain

HEARTBEAT_OPEN_MS = 10_000
HEARTBEAT_RESTRICTED_MS = 4_000
"""How often players report; one whose access ended hears of it by then, and stops."""


@dataclass(frozen=True)
class MediumPage:
    """What a medium's page shows, beside its card and its artist."""

    card: MediumCard
    description_html: Markup
    credits: list[tuple[str, str]]
    licence: tuple[str, str | None]
    language: str
    genre: str
    tags: list[str]
    release_date: Any
    chapters: list[tuple[int, str]]
    captions: list[tuple[str, str, str, str]]
    hls_url: str | None
    progressive_url: str | None
    width: int | None
    height: int | None
    download_url: str | None
    can_edit: bool
    share_url: str
    secret_url: str | None
    state_sentence: str
    embed_url: str
    embed_builder_url: str
    secret: str | None
    """What further addresses of it must carry for this visitor."""


def delivery_base(medium: Medium, version: Version, secret: str | None) -> str:
    """Where a version's derivatives are for someone who came with ``secret``."""
    return links.delivery_base(
        version.delivery_key, open_to_all=gate.is_open_to_all(medium), secret=_kept_secret(medium, secret)
    )


def plain_file_url(medium: Medium, version: Version | None, secret: str | None) -> str | None:
    """The one file of a version that a player needs no script for: at the CDN, where it is for everyone there."""
    if version is None or version.progressive_name is None:
        return None
    base = cdn().base(version.storage_prefix) if gate.is_open_to_all(medium) else ""
    return (base or delivery_base(medium, version, secret)) + version.progressive_name


def describe_playback(medium: Medium, secret: str | None, *, position_ms: int) -> dict[str, Any]:
    """The description that players read; the gate has let its reader in. Addresses carry ``secret`` where they must."""
    version = medium.version
    base = delivery_base(medium, version, secret) if version else ""
    artwork = Artwork.of(medium.artwork, secret=_kept_secret(medium, secret))
    plain_file = version.progressive_name if version else None
    return {
        "public_id": medium.public_id,
        "kind": medium.kind.value,
        "title": medium.title,
        "artist": {"name": medium.owner.display_name, "url": links.person_url(medium.owner.username)},
        "url": links.medium_url(medium.owner.username, medium.slug, _kept_secret(medium, secret)),
        "artwork": {"src": artwork.src(640), "srcset": artwork.srcset("webp")} if artwork else None,
        "tints": list(_tints(medium)),
        "realm": medium.realm_slug,
        "duration_ms": medium.duration_ms,
        "hls": f"{base}master.m3u8" if version else None,
        "progressive": plain_file_url(medium, version, secret),
        "peaks": base + version.peaks_name if version and version.peaks_name else None,
        "gain_db": version.gain_db if version else 0.0,
        "one_origin": version is not None and plain_file is not None and _is_ours(version.storage_prefix + plain_file),
        "storyboard": base + version.storyboard_name if version and version.storyboard_name else None,
        "captions": [
            {"language": language, "label": label, "kind": kind, "url": url}
            for language, label, kind, url in _captions(medium, base)
        ],
        "chapters": [{"starts_at_ms": one.starts_at_ms, "title": one.title} for one in medium.chapters],
        "position_ms": position_ms,
        "position_url": links.position_url(medium.public_id, _kept_secret(medium, secret)),
        "heartbeat_ms": HEARTBEAT_OPEN_MS if gate.is_open_to_all(medium) else HEARTBEAT_RESTRICTED_MS,
        "complete": version is not None and version.state is VersionState.READY,
    }


def _is_ours(key: str) -> bool:
    """Whether an object is sent by ourselves, and not by a bucket or a CDN that we redirect to."""
    return storage().local_path(key) is not None and not cdn().url


def card_of(medium: Medium, secret: str | None = None, *, position_ms: int = 0, own: bool = False) -> MediumCard:
    """The card of a loaded medium. ``own`` is for its owner."""
    kept = _kept_secret(medium, secret)
    return MediumCard(
        id=medium.id,
        public_id=medium.public_id,
        kind=medium.kind.value,
        title=medium.title,
        slug=medium.slug,
        url=links.medium_url(medium.owner.username, medium.slug, kept),
        username=medium.owner.username,
        display_name=medium.owner.display_name,
        artist_url=links.person_url(medium.owner.username),
        realm=medium.realm_slug,
        duration_ms=medium.duration_ms,
        artwork=Artwork.of(medium.artwork, secret=kept),
        tints=_tints(medium),
        peaks=bars_path(medium.bars) if medium.kind is Kind.AUDIO else "",
        published_at=medium.published_at,
        created_at=medium.created_at,
        state=shown_state(medium, own=own),
        visibility=medium.visibility.value,
        explicit=medium.explicit,
        genre=medium.genre,
        playable=medium.version_id is not None and medium.state is not MediumState.REMOVED,
        playback_url=links.playback_url(medium.public_id, kept),
        description=plain(medium.description_markdown),
        position_ms=position_ms,
        age_restricted=medium.age_restricted,
        for_adults=gate.is_for_adults(medium),
    )


def page_of(medium: Medium, viewer: Viewer, secret: str | None, *, public_url: str, position_ms: int = 0) -> MediumPage:
    """What the page of a medium shows to ``viewer``, whom the gate has let in."""
    owner = medium.owner
    version = medium.version
    is_owner = gate.decide(viewer, medium, Action.EDIT).allowed
    kept = _kept_secret(medium, secret)
    base = delivery_base(medium, version, secret) if version else ""
    may_download = version is not None and gate.decide(viewer, medium, Action.DOWNLOAD, secret=secret).allowed
    own_secret = medium.link_secret if is_owner and _is_unlisted(medium) else kept
    embed = public_url + links.embed_url(medium.public_id, own_secret)
    return MediumPage(
        card=card_of(medium, secret, position_ms=position_ms, own=is_owner),
        description_html=markdown(medium.description_markdown),
        credits=[(role, name) for role, name in medium.credits],
        licence=LICENCES.get(medium.licence, LICENCES["all-rights-reserved"]),
        language=medium.language,
        genre=medium.genre,
        tags=list(medium.tags),
        release_date=medium.release_date,
        chapters=[(one.starts_at_ms, one.title) for one in medium.chapters],
        captions=_captions(medium, base),
        hls_url=f"{base}master.m3u8" if version else None,
        progressive_url=plain_file_url(medium, version, secret),
        width=version.width if version else None,
        height=version.height if version else None,
        download_url=links.download_url(medium.public_id, kept) if may_download else None,
        can_edit=is_owner,
        share_url=public_url + links.medium_url(owner.username, medium.slug, own_secret),
        secret_url=public_url + links.medium_url(owner.username, medium.slug, own_secret) if own_secret else None,
        state_sentence=_state_sentence(medium, owner),
        embed_url=embed,
        embed_builder_url=links.embed_builder_url(medium.public_id, own_secret),
        secret=kept,
    )


def _captions(medium: Medium, base: str) -> list[tuple[str, str, str, str]]:
    if not base:
        return []
    return [
        (caption.language, caption.label, caption.kind.value, f"{base}captions/{caption.id}.vtt")
        for caption in sorted(medium.captions, key=lambda one: (one.kind is CaptionKind.LYRICS, one.language))
    ]


def _tints(medium: Medium) -> tuple[str, str]:
    artwork = medium.artwork
    return (artwork.tint_1, artwork.tint_2) if artwork else fallback_tints(medium.public_id)


def _is_unlisted(medium: Medium) -> bool:
    return medium.visibility is Visibility.UNLISTED


def _kept_secret(medium: Medium, secret: str | None) -> str | None:
    """The secret for further addresses: the medium's own while it is unlisted, or that of a named link."""
    is_idle = gate.is_open_to_all(medium) or (secret == medium.link_secret and not _is_unlisted(medium))
    return None if is_idle else secret


def _state_sentence(medium: Medium, owner: User) -> str:
    if medium.state is MediumState.REMOVED:
        return "This has been removed."
    if medium.version_id is not None:
        return ""
    if medium.state is MediumState.FAILED:
        return "This could not be made from its file."
    return f"{owner.display_name} has just uploaded this. It can be played in a moment."
