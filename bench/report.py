"""The report: a table of figures, each with its yardstick, its budget and whether it is met."""

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass(frozen=True)
class Row:
    """One figure. ``met`` is None where there is no budget."""

    what: str
    measured: str
    yardstick: str
    budget: str
    met: bool | None


@dataclass
class Report:
    """Everything that was measured in one run."""

    machine: str
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, what: str, measured: str, *, yardstick: str = "", budget: str = "", met: bool | None = None) -> None:
        """Add a figure, and say it at once."""
        self.rows.append(Row(what, measured, yardstick, budget, met))
        print(f"{what}: {measured} {yardstick} {budget}", flush=True)

    def note(self, sentence: str) -> None:
        """Add a sentence that the figures need."""
        self.notes.append(sentence)

    def as_markdown(self) -> str:
        """The whole report."""
        marks = {True: "yes", False: "**no**", None: ""}
        lines = [
            "# What was measured",
            "",
            f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {self.machine}. Written by `make bench`.",
            "",
            *self.notes,
            "",
            "| what | measured | yardstick in the same run | budget | met |",
            "| --- | --- | --- | --- | --- |",
            *(
                f"| {row.what} | {row.measured} | {row.yardstick} | {row.budget} | {marks[row.met]} |"
                for row in self.rows
            ),
            "",
        ]
        return "\n".join(lines)
