"""Everything that a run trains on, in tokens, or the full list of what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from goldbrief.core.errors import InvalidInputError
from goldbrief.core.seams import ObjectStore
from goldbrief.core.training import DataFile, DataSource, TrainingSpec
from goldbrief.core.training_rows import BadRowError, TrainingRow, bad_rows
from goldbrief_training.encoding import Encoder, Sample, TooLongError
from goldbrief_training.sources import read_rows

_PROMPTS = 2


@dataclass(frozen=True, slots=True)
class Share:
    """Samples of one source, and how often an epoch sees each of them."""

    rows: Sequence[int]
    """Their indices; at least one."""
    weight: float


@dataclass(slots=True)
class Dataset:
    """The samples of all sources, in order, and what became of rows that were too long."""

    samples: list[Sample] = field(default_factory=list)
    shares: list[Share] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    """File, line and length of each row that was left out."""
    truncated: list[str] = field(default_factory=list)
    """File, line and length of each row whose prompt lost its middle."""
    prompts: list[str] = field(default_factory=list)
    """Of the first rows, to try a model with."""


def load_dataset(
    store: ObjectStore, sources: Sequence[DataSource], encoder: Encoder, spec: TrainingSpec
) -> Dataset:
    """Read and tokenize sources.

    One bad row refuses the data, and all bad rows are named at once.

    Args:
        store: Where the files are.
        sources: What to read.
        encoder: Turns rows into samples.
        spec: Gives the task and what becomes of rows that are too long.

    Returns:
        The samples; perhaps none.

    Raises:
        InvalidInputError: A file is missing or cannot be read, or rows are bad.
    """
    loading = _Loading(store, encoder, spec)
    for source in sources:
        loading.read(source)
    if loading.problems:
        raise bad_rows(
            loading.problems,
            "Correct these rows; if they are too long, raise context_length or set on_overflow.",
        )
    return loading.dataset


def require_samples(dataset: Dataset, sources: Sequence[DataSource]) -> None:
    """Raise InvalidInputError when a dataset has no samples, and say why."""
    if dataset.samples:
        return
    names = ", ".join(file.name for source in sources for file in source.files)
    if dataset.dropped:
        raise InvalidInputError(
            f"All {len(dataset.dropped)} rows of {names} exceed context_length.",
            reason="EMPTY_DATA",
            remedy="Raise context_length, or set on_overflow to truncate.",
        )
    raise InvalidInputError(f"{names} has no rows.", reason="EMPTY_DATA")


class _Loading:
    def __init__(self, store: ObjectStore, encoder: Encoder, spec: TrainingSpec) -> None:
        self.dataset = Dataset()
        self.problems: list[str] = []
        self._store = store
        self._encoder = encoder
        self._spec = spec
        self._weights: list[float] = []
        """Of the samples, as their rows have them."""

    def read(self, source: DataSource) -> None:
        start = len(self.dataset.samples)
        for file in source.files:
            self._read_file(file)
        by_weight: dict[float, list[int]] = {}
        for number in range(start, len(self.dataset.samples)):
            by_weight.setdefault(self._weights[number], []).append(number)
        self.dataset.shares.extend(
            Share(rows, source.weight * weight) for weight, rows in by_weight.items()
        )

    def _read_file(self, file: DataFile) -> None:
        for line, row in read_rows(self._store, file, self._spec.task_type):
            where = f"{file.name}:{line}"
            try:
                if isinstance(row, BadRowError):
                    raise row
                self._add(row, where)
                new = len(self.dataset.samples) - len(self._weights)
                self._weights += [row.weight] * new
            except BadRowError as error:
                self.problems.append(f"{where}: {error}")

    def _add(self, row: TrainingRow, where: str) -> None:
        dataset = self.dataset
        try:
            dataset.samples.extend(self._encoder.samples(row, where))
            if len(dataset.prompts) < _PROMPTS:
                dataset.prompts.append(self._encoder.prompt(row))
        except TooLongError as error:
            if self._spec.on_overflow == "error":
                raise
            if self._spec.on_overflow == "truncate":
                dataset.samples.extend(self._encoder.samples(row, where, truncate=True))
                dataset.truncated.append(f"{where}: {error}")
            else:
                dataset.dropped.append(f"{where}: {error}")
