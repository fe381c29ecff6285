"""Parity: the served adapter answers as the trained one did, and is not silently the base.

Answers are compared up to the trained model's first near tie. Engines that compute in another
precision, in other kernels or other batch shapes than training break such ties differently, and
a greedy completion never returns from the first. A missing, foreign or misread adapter departs
where the trained one was certain.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from pydantic import TypeAdapter, ValidationError

from goldbrief.core.errors import DataCorruptionError, FailedPreconditionError, NotFoundError
from goldbrief.core.seams import Engine, ObjectStore
from goldbrief.core.training import Canary

_CANARIES = TypeAdapter(tuple[Canary, ...])


def read_canaries(store: ObjectStore, finetuning_run_id: str) -> tuple[Canary, ...]:
    """Read what the trained model answered.

    Args:
        store: Holds the run's objects.
        finetuning_run_id: The run.

    Returns:
        At least one canary.

    Raises:
        FailedPreconditionError: The run has no canaries, so that nothing can be compared.
        DataCorruptionError: They cannot be read.
    """
    key = f"runs/{finetuning_run_id}/canaries.json"
    try:
        canaries = _CANARIES.validate_json(store.get(key))
    except NotFoundError:
        canaries = ()
    except ValidationError as error:
        raise DataCorruptionError(f"{key} cannot be read: {error}") from error
    if not canaries:
        raise FailedPreconditionError(
            f"The run {finetuning_run_id} has no canaries to compare the served adapter with.",
            reason="NO_CANARIES",
        )
    return canaries


def check_parity(engine: Engine, adapter: str, canaries: Sequence[Canary]) -> None:
    """Ask the engine what the trained model was asked, and compare.

    Args:
        engine: Serves the adapter.
        adapter: Name that the engine knows it by.
        canaries: What the trained model answered.

    Raises:
        FailedPreconditionError: PARITY_FAILED: an answer departs too early, or the adapter
            answers as the base does although training had changed the answers.
    """
    answers = [
        engine.complete(canary.prompt, adapter=adapter, max_tokens=_length(canary)).text
        for canary in canaries
    ]
    for canary, answer in zip(canaries, answers, strict=True):
        if not answer.startswith(canary.certain_text):
            raise _failed(adapter, _difference(canary.certain_text, answer))
    changed = [
        (canary, answer)
        for canary, answer in zip(canaries, answers, strict=True)
        if canary.tuned_text != canary.base_text
    ]
    if changed and all(
        answer == engine.complete(canary.prompt, adapter=None, max_tokens=_length(canary)).text
        for canary, answer in changed
    ):
        raise _failed(adapter, "it answers exactly as the base model does")


def _length(canary: Canary) -> int:
    return max(1, len(canary.tuned_token_ids))


def _common_prefix(first: str, second: str) -> int:
    pairs = zip(first, second, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _difference(trained: str, served: str) -> str:
    common = _common_prefix(trained, served)
    return (
        f"after {common} equal characters the trained one goes on {trained[common:][:80]!r},"
        f" the served one {served[common:][:80]!r}"
    )


def _failed(adapter: str, difference: str) -> FailedPreconditionError:
    return FailedPreconditionError(
        f"The served adapter {adapter} does not answer as the trained one did: {difference}.",
        reason="PARITY_FAILED",
        remedy="See whether the engine serves the base model that the adapter was trained on.",
        metadata={"adapter": adapter},
    )
