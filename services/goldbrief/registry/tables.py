"""Tables of the registry, and the queries on them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import String, UniqueConstraint, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from goldbrief.core.errors import TransientError
from goldbrief.core.training import version_prefix
from goldbrief.platform.ledger import Base
from goldbrief.platform.ledger.tables import epoch_now


class ModelVersion(Base):
    """A registered adapter; never changes once its files are in place."""

    __tablename__ = "model_version"
    __table_args__ = (UniqueConstraint("model", "finetuning_run_id"),)

    model: Mapped[str] = mapped_column(String(64), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Counts from 1 within the model."""
    finetuning_run_id: Mapped[str] = mapped_column(String(64))
    run_id: Mapped[str] = mapped_column(String(64))
    """Pipeline run; empty for none."""
    prefix: Mapped[str] = mapped_column(String(200))
    """Object key prefix of its files."""
    base_model: Mapped[str]
    """Base model, and `@revision` where one is known."""
    dataset_digest: Mapped[str] = mapped_column(String(64))
    """Of the dataset version it was trained on; empty when it was a plain file."""
    prompt_json: Mapped[str]
    """Its `prompt.json`."""
    manifest_sha256: Mapped[str] = mapped_column(String(64))
    """Empty until all files are in place: such a version does not exist yet."""
    created_at: Mapped[float]

    @property
    def served_name(self) -> str:
        """Name that engines know it by."""
        return served_name(self.model, self.version)


class Alias(Base):
    """Which version answers for a model's name."""

    __tablename__ = "alias"

    model: Mapped[str] = mapped_column(String(64), primary_key=True)
    version: Mapped[int]
    previous_version: Mapped[int | None]
    """What a rollback serves; null for none."""
    canary_id: Mapped[str | None] = mapped_column(String(64))
    """The canary that has a share of the traffic; null for none."""
    updated_at: Mapped[float]


class Canary(Base):
    """A version that answers a share of the requests before it may answer them all."""

    __tablename__ = "canary"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Of the promotion that began it."""
    model: Mapped[str] = mapped_column(String(64))
    version: Mapped[int]
    percent: Mapped[int]
    """Of the requests, 1 to 50."""
    requests: Mapped[int]
    """So many it must have answered to be promoted."""
    looks: Mapped[int] = mapped_column(default=0)
    """How often it was compared with the served version."""
    state: Mapped[str] = mapped_column(String(16))
    """RUNNING, PROMOTED or ROLLED_BACK."""
    reason: Mapped[str] = mapped_column(default="")
    """What ended it, in words."""
    started_at: Mapped[float]


class OutcomeCount(Base):
    """What one gateway has seen of a version during a canary, counted from the canary's start.

    Gateways send what they have counted in all, so that a report that comes twice counts once.
    """

    __tablename__ = "outcome_count"

    canary_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reporter: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Names the gateway's process."""
    requests: Mapped[int]
    """Answered or failed by the engine; what the client did wrong is not counted."""
    errors: Mapped[int]
    unsupported: Mapped[int]
    """Answers with a figure that the article does not support."""
    log_seconds: Mapped[float]
    """Sum of the logarithms of the answers' seconds; so they are nearly normal."""
    log_seconds_squared: Mapped[float]


class Decision(Base):
    """What was decided about which version is served, signed; never changed or removed."""

    __tablename__ = "serving_decision"
    __table_args__ = (UniqueConstraint("cause_id", "kind"),)

    number: Mapped[int] = mapped_column(primary_key=True)
    """In the order of the decisions, whatever clocks say."""
    cause_id: Mapped[str] = mapped_column(String(64))
    """Of the promotion or the rollback: it decides once, however often it is carried out."""
    kind: Mapped[str] = mapped_column(String(16))
    """See `decisions.Kind`."""
    model: Mapped[str] = mapped_column(String(64), index=True)
    version: Mapped[int]
    """The version that it is about."""
    envelope: Mapped[str]
    """The signed statement."""


def served_name(model: str, version: int) -> str:
    """Name that engines know a version by."""
    return f"{model}--{version}"


def version_of_run(session: Session, model: str, finetuning_run_id: str) -> ModelVersion | None:
    """The version that a run was registered as, also one whose files are not in place yet."""
    of_run = (ModelVersion.model == model, ModelVersion.finetuning_run_id == finetuning_run_id)
    return session.scalar(select(ModelVersion).where(*of_run))


def complete_versions(session: Session, model: str) -> Sequence[ModelVersion]:
    """The versions of a model, or of all when that is empty, newest first.

    Within a model the number tells which is newer: clocks may go back.
    """
    query = select(ModelVersion).where(ModelVersion.manifest_sha256 != "")
    if model:
        query = query.where(ModelVersion.model == model).order_by(ModelVersion.version.desc())
    return session.scalars(
        query.order_by(ModelVersion.created_at.desc(), ModelVersion.version.desc())
    ).all()


def reserve_version(session: Session, new: ModelVersion) -> ModelVersion:
    """Give `new` the next number of its model and a place in the object store."""
    newest = select(func.max(ModelVersion.version)).where(ModelVersion.model == new.model)
    new.version = (session.scalar(newest) or 0) + 1
    new.prefix = version_prefix(new.model, new.version)
    new.created_at = session.scalars(select(epoch_now())).one()
    add(session, new)
    return new


def locked_alias(session: Session, model: str) -> Alias | None:
    """The alias of a model, for this transaction alone."""
    return session.scalar(select(Alias).where(Alias.model == model).with_for_update())


def all_aliases(session: Session) -> Sequence[Alias]:
    """One for each model that has a served version, by name."""
    return session.scalars(select(Alias).order_by(Alias.model)).all()


def decisions_on(session: Session, model: str) -> Sequence[Decision]:
    """What was decided about a model, the latest first."""
    return session.scalars(
        select(Decision).where(Decision.model == model).order_by(Decision.number.desc())
    ).all()


def has_decided(session: Session, cause_id: str, kind: str) -> bool:
    """Whether a promotion or rollback has decided so before."""
    same = (Decision.cause_id == cause_id, Decision.kind == kind)
    return session.scalar(select(Decision.number).where(*same)) is not None


def outcome_counts(session: Session, canary_id: str) -> Sequence[OutcomeCount]:
    """What all gateways have counted during a canary."""
    return session.scalars(select(OutcomeCount).where(OutcomeCount.canary_id == canary_id)).all()


def add(session: Session, row: ModelVersion | Alias) -> None:
    """Insert a row; raises TransientError when another process was faster with its key."""
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        raise TransientError(
            f"The model {row.model} was changed at the same moment.", reason="CONCURRENT_CHANGE"
        ) from error
