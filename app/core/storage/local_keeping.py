"""Upkeep on this disk: walking through folders, and a second folder, on a slower disk, as the colder place."""

import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from app.core.errors import NotFound
from app.core.storage.keeping import KeptObject


class LocalKeeping:
    """``root`` has everything; ``cold_root``, where there is one, has what was moved there, under the same keys."""

    root: Path
    cold_root: Path | None

    @property
    def has_cold_place(self) -> bool:
        """Whether a second folder was named."""
        return self.cold_root is not None

    def walk_names(self, folder: str) -> Iterator[str]:
        """One look at a folder, streamed."""
        try:
            with os.scandir(self._path(folder)) as entries:
                for entry in entries:
                    yield f"{folder}{entry.name}" + ("/" if entry.is_dir(follow_symlinks=False) else "")
        except FileNotFoundError:
            return

    def walk_objects(self, prefix: str) -> Iterator[KeptObject]:
        """Every file, those of killed writers (``.name.1a2b3c``) among them."""
        yield from _files_below(self.root, prefix, cold=False)

    def walk_cold(self, prefix: str) -> Iterator[KeptObject]:
        """Every file in the second folder."""
        if self.cold_root is not None:
            yield from _files_below(self.cold_root, prefix, cold=True)

    def delete_exactly(self, keys: Iterable[str]) -> None:
        """Unlink them wherever they lie, and the folder that is empty then."""
        for key in keys:
            for path in self._places(key):
                if path.is_dir():
                    if not any(path.iterdir()):
                        path.rmdir()
                    continue
                path.unlink(missing_ok=True)
                folder = path.parent
                if folder.parent not in {self.root, self.cold_root} and folder.is_dir() and not any(folder.iterdir()):
                    folder.rmdir()

    def chill(self, key: str) -> None:
        """Copy to the second folder; the copy is on its disk when it appears under its name."""
        if self.cold_root is None:
            return
        source, target = self._path(key), _below(self.cold_root, key)
        if not source.exists() and target.exists():
            return  # an earlier move came this far
        _copy_durably(source, target)

    def thaw(self, key: str) -> bool:
        """Copy back."""
        target = self._path(key)
        if not target.exists():
            source = self._cold_path(key)
            if source is None:
                raise FileNotFoundError(key)
            _copy_durably(source, target)
        return True

    def keep_only(self, key: str, *, cold: bool) -> None:
        """Unlink the other copy, if this one is there and as large."""
        warm_path, cold_path = self._path(key), self._cold_path(key)
        if cold_path is None or not warm_path.exists():
            return
        if warm_path.stat().st_size == cold_path.stat().st_size:
            (warm_path if cold else cold_path).unlink(missing_ok=True)

    def is_at_hand(self, key: str) -> bool:
        """A disk has everything at hand, a slow one too."""
        return self._readable(key).is_file()

    def _path(self, key: str) -> Path:
        """The file for ``key``; keys are ours, but a mistake must not leave the folder."""
        return _below(self.root, key)

    def _cold_path(self, key: str) -> Path | None:
        """The file in the second folder, where there is one."""
        path = _below(self.cold_root, key) if self.cold_root is not None else None
        return path if path is not None and path.is_file() else None

    def _readable(self, key: str) -> Path:
        """Where ``key`` is read: the usual place first."""
        path = self._path(key)
        return path if path.exists() else self._cold_path(key) or path

    def _places(self, key: str) -> list[Path]:
        """Where ``key`` may lie."""
        return [_below(root, key) for root in (self.root, self.cold_root) if root is not None]


def _below(root: Path, key: str) -> Path:
    path = (root / key).resolve()
    if not path.is_relative_to(root.resolve()):
        raise NotFound
    return path


def _files_below(root: Path, prefix: str, *, cold: bool) -> Iterator[KeptObject]:
    folder = root / prefix
    for parent, _folders, names in os.walk(folder if folder.is_dir() else folder.parent):
        for name in names:
            path = Path(parent, name)
            key = path.relative_to(root).as_posix()
            if not key.startswith(prefix):
                continue
            try:
                status = path.stat()
            except FileNotFoundError:  # gone while we looked
                continue
            # A link keeps its file's time of change, and begins a new time of its own as an object.
            changed_at = datetime.fromtimestamp(max(status.st_mtime, status.st_ctime), UTC)
            yield KeptObject(key=key, size_bytes=status.st_size, changed_at=changed_at, cold=cold)


def _copy_durably(source: Path, target: Path) -> None:
    """Copy so that the whole appears at once, on the disk, or nothing does."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.parent / f".{target.name}.{secrets.token_hex(6)}"
    try:
        with source.open("rb") as reading, temporary.open("xb") as writing:
            shutil.copyfileobj(reading, writing, 1 << 20)
            writing.flush()
            os.fsync(writing.fileno())
        if temporary.stat().st_size != source.stat().st_size:
            raise OSError(f"{source} was not copied whole.")
        temporary.replace(target)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        temporary.unlink(missing_ok=True)
