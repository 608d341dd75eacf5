"""How far the making of a medium is, as its page shows it."""

from dataclasses import dataclass

from app.media.cards import MediumCard
from app.media.models import Kind, Medium, MediumState, Rendition, Task, TaskKind, TaskState, VersionState
from app.media.playback import card_of
from app.media.queries import Making
from app.media.services.progress import percent_done

STEP_LABELS = {
    TaskKind.INSPECT: "Looking at the file",
    TaskKind.PICTURES: "Choosing pictures",
    TaskKind.WAVEFORM: "Waveform and loudness",
    TaskKind.AUDIO: "Sound",
    TaskKind.STORYBOARD: "Preview pictures",
    TaskKind.PROGRESSIVE: "One plain file",
}


@dataclass(frozen=True)
class MakingView:
    """The partial's values: rungs as name, label, state, percent; steps with what went wrong and whether to retry."""

    card: MediumCard
    sentence: str
    percent: int
    renditions: list[tuple[str, str, str, int]]
    steps: list[tuple[str, str, str, int, str | None, bool]]
    finished: bool


def making_of(medium: Medium, making: Making) -> MakingView:
    """What to show of the newest version of ``medium``."""
    version, tasks = making.version, list(making.tasks)
    chunks = sum(task.kind is TaskKind.VIDEO for task in tasks)
    return MakingView(
        card=card_of(medium, medium.link_secret, own=True),
        sentence=_sentence(medium, making),
        percent=100 if version.state is VersionState.READY else percent_done(tasks),
        renditions=[_rendition(one) for one in making.renditions],
        steps=[
            _step(task, chunks) for task in tasks if task.kind is not TaskKind.VIDEO or task.state is TaskState.FAILED
        ],
        finished=version.state is not VersionState.PROCESSING,
    )


def _rendition(rendition: Rendition) -> tuple[str, str, str, int]:
    is_video = rendition.kind is Kind.VIDEO
    label = rendition.name if is_video else f"Sound, {rendition.rung['bitrate_bps'] // 1000} kb/s"
    return rendition.name, label, rendition.state.value, rendition.progress_pct


def _step(task: Task, chunks: int) -> tuple[str, str, str, int, str | None, bool]:
    label = STEP_LABELS.get(task.kind, f"Picture, part {task.position + 1} of {chunks}")
    return (
        str(task.id),
        label,
        task.state.value,
        task.progress_pct,
        task.failure_sentence,
        task.state is TaskState.FAILED,
    )


def _sentence(medium: Medium, making: Making) -> str:
    version = making.version
    if version.state is VersionState.FAILED:
        return version.failure_sentence or "Something went wrong with this file."
    if version.state is VersionState.READY:
        return "Everything is ready."
    if not making.renditions:
        return "We are looking at your file."
    if version.playable_at is not None:
        return "It can be played already, while we finish the rest."
    if medium.version_id is not None and medium.state is not MediumState.FAILED:
        return "The new file is being made. Until it is ready, the one before plays."
    return "Your file is being made."
