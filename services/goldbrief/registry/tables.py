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
        return f"{self.model}--{self.version}"


class Alias(Base):
    """Which version answers for a model's name."""

    __tablename__ = "alias"

    model: Mapped[str] = mapped_column(String(64), primary_key=True)
    version: Mapped[int]
    previous_version: Mapped[int | None]
    """What a rollback serves; null for none."""
    updated_at: Mapped[float]


def version_of_run(session: Session, model: str, finetuning_run_id: str) -> ModelVersion | None:
    """The version that a run was registered as, also one whose files are not in place yet."""
    of_run = (ModelVersion.model == model, ModelVersion.finetuning_run_id == finetuning_run_id)
    return session.scalar(select(ModelVersion).where(*of_run))


def complete_versions(session: Session, model: str) -> Sequence[ModelVersion]:
    """The versions of a model, or of all when that is empty, newest first."""
    query = (
        select(ModelVersion)
        .where(ModelVersion.manifest_sha256 != "")
        .order_by(ModelVersion.created_at.desc(), ModelVersion.version.desc())
    )
    if model:
        query = query.where(ModelVersion.model == model)
    return session.scalars(query).all()


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


def served_models(session: Session) -> Sequence[str]:
    """Names of the models that have a served version, sorted."""
    return session.scalars(select(Alias.model).order_by(Alias.model)).all()


def add(session: Session, row: ModelVersion | Alias) -> None:
    """Insert a row; raises TransientError when another process was faster with its key."""
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        raise TransientError(
            f"The model {row.model} was changed at the same moment.", reason="CONCURRENT_CHANGE"
        ) from error
