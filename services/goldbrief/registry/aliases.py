"""Aliases: which version answers for a model's name, and which one for a share of the requests."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from goldbrief.core.errors import FailedPreconditionError, NotFoundError
from goldbrief.platform.ledger import Database
from goldbrief.platform.ledger.tables import epoch_now
from goldbrief.registry.decisions import DecisionLog, Grounds
from goldbrief.registry.model_versions import ModelVersions
from goldbrief.registry.tables import (
    Alias,
    Canary,
    ModelVersion,
    add,
    all_aliases,
    locked_alias,
    served_name,
)


@dataclass(frozen=True, slots=True)
class Resolved:
    """What answers for a name."""

    version: ModelVersion
    canary: Canary | None = None
    canary_version: ModelVersion | None = None


class Aliases:
    """Moves aliases; each move and its record are one transaction.

    Args:
        database: Where they are.
        versions: Finds versions.
        decisions: Records every move.
    """

    def __init__(self, database: Database, versions: ModelVersions, decisions: DecisionLog) -> None:
        self._database = database
        self._versions = versions
        self._decisions = decisions

    def resolve(self, name: str) -> Resolved:
        """Return what answers for a name.

        Args:
            name: A model, or `model@version`.

        Returns:
            The served version and its canary, or the version that was named.

        Raises:
            NotFoundError: The model is unknown, or none of its versions is served.
        """
        model, _, version = name.partition("@")
        if version:
            return Resolved(self._versions.get(model, version))
        with self._database.transaction() as session:
            alias = session.get(Alias, model)
            names = [one.model for one in all_aliases(session)]
            canary = _canary_of(session, alias)
        if alias is None:
            served = ", ".join(names) or "none"
            raise NotFoundError(
                f"No version of the model {model!r} is served.",
                reason="MODEL_NOT_FOUND",
                remedy=f"Models that are served: {served}. Promote a version, or name one as"
                " model@version.",
                metadata={"model": model},
            )
        found = self._versions.get(model, str(alias.version))
        if canary is None:
            return Resolved(found)
        return Resolved(found, canary, self._versions.get(model, str(canary.version)))

    def stages(self) -> dict[tuple[str, int], str]:
        """SERVED, PREVIOUS or CANARY, by model and version; others have no stage."""
        found: dict[tuple[str, int], str] = {}
        with self._database.transaction() as session:
            for alias in all_aliases(session):
                if alias.previous_version is not None:
                    found[alias.model, alias.previous_version] = "PREVIOUS"
                canary = _canary_of(session, alias)
                if canary is not None:
                    found[alias.model, canary.version] = "CANARY"
                found[alias.model, alias.version] = "SERVED"
        return found

    def served_names(self) -> list[str]:
        """Names of the adapters of all served, previous and canary versions."""
        return [served_name(model, version) for model, version in self.stages()]

    def serve(self, version: ModelVersion, grounds: Grounds) -> None:
        """Let a version answer for its model's name; the one before is kept for a rollback.

        Args:
            version: To be served.
            grounds: Why; served again for the same cause, nothing changes.

        Raises:
            FailedPreconditionError: A canary of another version is under way (CANARY_RUNNING).
        """
        with self._database.transaction() as session:
            alias = locked_alias(session, version.model)
            canary = _canary_of(session, alias)
            if canary is not None and canary.version != version.version:
                raise _canary_is_running(canary)
            before = alias.version if alias else None
            if alias is None:
                add(session, _new_alias(version))
            else:
                _flip(alias, version.version)
            if canary is not None and alias is not None:
                _end(alias, canary, "PROMOTED", grounds.reason)
            self._decisions.record(
                session, "PROMOTED", version.model, version.version, grounds,
                served_before=before, served_after=version.version,
            )  # fmt: skip

    def hold_back(self, version: ModelVersion, grounds: Grounds) -> None:
        """Record that a version is not served, and why."""
        with self._database.transaction() as session:
            alias = session.get(Alias, version.model)
            served = alias.version if alias else None
            self._decisions.record(
                session, "HELD_BACK", version.model, version.version, grounds,
                served_before=served, served_after=served,
            )  # fmt: skip

    def begin_canary(
        self, version: ModelVersion, percent: int, requests: int, grounds: Grounds
    ) -> Canary | None:
        """Let a version answer a share of the requests; begun once for each cause.

        Args:
            version: To be tried.
            percent: Of the requests.
            requests: So many it must answer.
            grounds: Why.

        Returns:
            The canary; None where no version is served, or this one is, so that there is nothing
            to compare with.

        Raises:
            FailedPreconditionError: Another canary is under way (CANARY_RUNNING).
        """
        with self._database.transaction() as session:
            alias = locked_alias(session, version.model)
            begun = session.get(Canary, grounds.cause_id)
            if begun is not None:
                return begun
            if alias is None or alias.version == version.version:
                return None
            running = _canary_of(session, alias)
            if running is not None:
                raise _canary_is_running(running)
            canary = Canary(
                id=grounds.cause_id,
                model=version.model,
                version=version.version,
                percent=percent,
                requests=requests,
                looks=0,
                state="RUNNING",
                reason="",
                started_at=epoch_now(),
            )
            session.add(canary)
            alias.canary_id, alias.updated_at = canary.id, epoch_now()
            self._decisions.record(
                session, "CANARY_BEGUN", version.model, version.version, grounds,
                served_before=alias.version, served_after=alias.version,
            )  # fmt: skip
        return canary

    def end_canary(self, canary_id: str, grounds: Grounds) -> None:
        """Give all requests back to the served version; a canary that has ended stays as it is."""
        with self._database.transaction() as session:
            canary = session.get_one(Canary, canary_id)
            alias = locked_alias(session, canary.model)
            if alias is not None and alias.canary_id == canary_id:
                self._end_canary(session, alias, canary, grounds)

    def previous(self, model: str) -> ModelVersion:
        """Return the version that a rollback would serve; raises FailedPreconditionError."""
        with self._database.transaction() as session:
            alias = session.get(Alias, model)
            canary = _canary_of(session, alias)
        if alias is None or (canary is None and alias.previous_version is None):
            raise _no_previous(model)
        return self._versions.get(model, str(alias.version if canary else alias.previous_version))

    def roll_back(self, model: str, grounds: Grounds) -> ModelVersion:
        """Serve what was served before: end the canary, or else serve the previous version again.

        There is no previous version afterwards, so that a repeated call does not undo the
        first.

        Args:
            model: Model name.
            grounds: Why.

        Returns:
            The version that is served now.

        Raises:
            FailedPreconditionError: There is no previous version.
        """
        with self._database.transaction() as session:
            alias = locked_alias(session, model)
            canary = _canary_of(session, alias)
            if alias is not None and canary is not None:
                self._end_canary(session, alias, canary, grounds)
            elif alias is None or alias.previous_version is None:
                raise _no_previous(model)
            else:
                before = alias.version
                alias.version, alias.previous_version = alias.previous_version, None
                alias.updated_at = epoch_now()
                self._decisions.record(
                    session, "ROLLED_BACK", model, before, grounds,
                    served_before=before, served_after=alias.version,
                )  # fmt: skip
        return self._versions.get(model, str(alias.version))

    def _end_canary(self, session: Session, alias: Alias, canary: Canary, grounds: Grounds) -> None:
        _end(alias, canary, "ROLLED_BACK", grounds.reason)
        self._decisions.record(
            session, "CANARY_ENDED", canary.model, canary.version, grounds,
            served_before=alias.version, served_after=alias.version,
        )  # fmt: skip


def _new_alias(version: ModelVersion) -> Alias:
    return Alias(
        model=version.model,
        version=version.version,
        previous_version=None,
        canary_id=None,
        updated_at=epoch_now(),
    )


def _flip(alias: Alias, version: int) -> None:
    if alias.version != version:
        alias.previous_version, alias.version = alias.version, version
        alias.updated_at = epoch_now()


def _canary_of(session: Session, alias: Alias | None) -> Canary | None:
    if alias is None or alias.canary_id is None:
        return None
    return session.get_one(Canary, alias.canary_id)


def _end(alias: Alias, canary: Canary, state: str, reason: str) -> None:
    canary.state, canary.reason = state, reason
    alias.canary_id, alias.updated_at = None, epoch_now()


def _canary_is_running(canary: Canary) -> FailedPreconditionError:
    name = f"{canary.model}@{canary.version}"
    return FailedPreconditionError(
        f"{name} has {canary.percent} % of the requests as a canary ({canary.id}).",
        reason="CANARY_RUNNING",
        remedy=f"Wait for its end, end it with `goldbrief rollback {canary.model}`, or promote"
        f" {name} itself.",
        metadata={"canary": canary.id},
    )


def _no_previous(model: str) -> FailedPreconditionError:
    return FailedPreconditionError(
        f"The model {model!r} has no version that was served before.",
        reason="NO_PREVIOUS_VERSION",
        remedy="Promote the version that you want to serve.",
    )
