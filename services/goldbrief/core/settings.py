"""Where settings come from: `GOLDBRIEF_*` environment variables and their defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from goldbrief.core.errors import InvalidInputError
from goldbrief.core.hashing import sha256_text

LanguageModelRole = Literal["teacher", "judge"]


class LanguageModelSettings(BaseModel):
    """One role's part of the settings, where a language model plays it; see there."""

    url: str
    model: str
    api_key: str
    in_flight: int
    requests_per_minute: float
    timeout_s: float
    backup_requests: bool
    prompt_price: float | None
    completion_price: float | None


_S = TypeVar("_S", bound=BaseSettings)


class ChatEndpoint(BaseModel):
    """An OpenAI-compatible endpoint and a model there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    """Ends in /v1."""
    model: str
    api_key: str = "none"


class EvaluatedEndpoint(LanguageModelSettings):
    """A language model that evaluations may compare with; prices as for the teacher."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    api_key: str = "none"
    in_flight: int = Field(default=64, ge=1)
    requests_per_minute: float = Field(default=0.0, ge=0)
    timeout_s: float = Field(default=180.0, gt=0)
    backup_requests: bool = True
    prompt_price: float | None = Field(default=None, ge=0)
    completion_price: float | None = Field(default=None, ge=0)


class Settings(BaseSettings):
    """Settings that every process shares; the defaults are those of a laptop.

    Each room adds its own class in `config.py` when it needs more.
    """

    model_config = SettingsConfigDict(
        env_prefix="GOLDBRIEF_", env_ignore_empty=True, extra="ignore", frozen=True
    )

    home: Path = Field(default=Path(".goldbrief"))
    """Folder of the database, objects, models and logs in laptop mode.

    Relative to the working directory, so that each project keeps its own state.
    """
    database_url: str = ""
    """SQLAlchemy URL; empty means SQLite at `<home>/goldbrief.db`."""
    migrate_on_start: bool = True
    """Whether a service brings the database's schema up to date when it starts.

    Where several versions meet, as in a rolling upgrade, a command of its own does it once
    (`python -m goldbrief.runs migrate`), and services refuse another schema than theirs.
    """
    broker_url: str = "memory://"
    """Celery broker; `memory://` works inside one process only."""
    objects: str = ""
    """Object store: a folder, or `s3://bucket` with s3_* settings; empty is `<home>/objects`."""
    s3_endpoint: str = ""
    """Host and port of the S3 endpoint, without scheme, e.g. `127.0.0.1:9000`."""
    s3_access_key: str = ""
    s3_secret_key: str = ""
    s3_secure: bool = True
    """Whether the S3 endpoint speaks TLS."""
    fetch_http: bool = False
    """Whether articles may be fetched from web addresses without TLS."""
    host: str = "127.0.0.1"
    """Address that servers bind to; beyond loopback they want tokens."""
    port: int = 7700
    """Port of the gRPC server of this process."""
    tokens_file: str = ""
    """YAML file of who may call, which `goldbrief tokens` writes; read anew when it changes."""
    token: str = ""
    """What this process calls others with, and lets them in with, to do anything: one secret that
    all services of an installation share."""
    allow_anonymous: bool = False
    """Whether anybody may call a server beyond loopback that has neither tokens_file nor token."""
    confidential_hosts: str = ""
    """Hosts, with commas between and `*` for any part, that articles, summaries and prompts may be
    sent to: language models, engines, object store, MLflow. This machine always is one; empty lets
    text go wherever a URL is set to."""
    tls_certificate: str = ""
    """PEM file of this server's certificate and those that lead to its root; empty means no TLS."""
    tls_key: str = ""
    """PEM file of the certificate's key."""
    log_format: Literal["text", "json"] = "text"
    """Logs as lines for people, or as JSON with the ids of run, work, item and trace."""
    metrics_port: int = Field(default=0, ge=0, lt=65536)
    """Port where this process tells its metrics to Prometheus; 0 for none."""
    shutdown_grace_s: float = Field(default=5.0, ge=0)
    """Seconds that calls in flight get when a service stops; shorter than what its host grants."""
    address: str = Field(default="", validate_default=True)
    """Where clients find the services that have no address of their own: at `port` of this machine
    where nothing else is said."""
    inference_url: str = "http://127.0.0.1:7701"
    """Base URL of the serving engine: the embedded inference server, vLLM or TGI; without /v1."""
    inference_replicas_url: str = ""
    """Base URL whose host name has the address of every replica of the serving engine that is
    ready, as a headless Service's has. The registry brings versions to each, and requests to
    `inference_url` are spread over them. Empty means that there is one."""
    inference_token: str = ""
    """What the embedded inference server wants of who calls it, and what engines are called with;
    empty makes one of `token`, from which nobody can tell that."""
    engine: Literal["openai", "tgi"] = "openai"
    """How the engine is spoken to: `openai` for the embedded server and vLLM, `tgi` for TGI."""
    tgi_adapters: str = ""
    """Adapters that TGI was started with: its LORA_ADAPTERS, or their names with commas between.

    TGI cannot be asked for them, and answers for others with the base model, so others are
    refused."""
    signing_key: str = ""
    """Ed25519 private key by which the registry vouches for model versions and promotions: PEM, its
    base64 alone, or a file that holds either. Empty makes one at `<home>/keys/signing.pem`."""
    trusted_keys: str = ""
    """Public keys whose word is taken for a model version: PEM (keys or certificates), the base64
    of one, or a file. Empty trusts the signing key."""
    allow_unsigned: bool = False
    """Whether versions are served that no trusted key vouches for; each is warned of."""
    tgi_deployment: str = ""
    """Kubernetes Deployment of TGI whose pods the registry starts anew with the adapters that are
    to be served; which those are, all services then read from the object store. Empty leaves the
    list to `tgi_adapters`."""
    embeddings_url: str = ""
    """Base URL of the embedded inference server where another engine serves; empty means it does
    both."""
    base_model: str = "smollm2-135m-instruct"
    """Base model of the inference server: a name under `<home>/models`, a folder, or a hub id."""
    lease_s: float = 20.0
    """Seconds until a silent worker's item is given to another; workers renew at a third of it.

    With the five seconds of the sweeper, what a dead worker held goes on within 25."""
    worker_threads: int = 8
    """Items that one worker process handles at once."""
    teacher_url: str = ""
    """OpenAI-compatible base URL of the teacher (ends in /v1); empty means the offline teacher."""
    teacher_model: str = ""
    teacher_api_key: str = "none"
    teacher_in_flight: int = Field(default=64, ge=1)
    """Most calls to the teacher's endpoint at once, over all processes; see worker_threads too."""
    teacher_requests_per_minute: float = Field(default=0.0, ge=0)
    """Most calls to it begun in a minute, over all processes; 0 for no limit."""
    teacher_timeout_s: float = Field(default=180.0, gt=0)
    """Longest time for one answer; what takes longer is asked again."""
    teacher_backup_requests: bool = True
    """Whether what takes much longer than usual is asked a second time while turns are free; the
    answer that comes first is taken, and both are counted as paid."""
    teacher_prompt_price: float | None = Field(default=None, ge=0)
    """Price of a million prompt tokens, in your own currency; without prices costs are not told."""
    teacher_completion_price: float | None = Field(default=None, ge=0)
    """Price of a million completion tokens."""
    judge_url: str = ""
    """OpenAI-compatible base URL of the judge; empty means the offline judge."""
    judge_model: str = ""
    judge_api_key: str = "none"
    judge_in_flight: int = Field(default=64, ge=1)
    """As for the teacher, and so below; one endpoint for both has the teacher's limits."""
    judge_requests_per_minute: float = Field(default=0.0, ge=0)
    judge_timeout_s: float = Field(default=180.0, gt=0)
    judge_backup_requests: bool = True
    judge_prompt_price: float | None = Field(default=None, ge=0)
    judge_completion_price: float | None = Field(default=None, ge=0)
    judge_samples: int = Field(default=1, ge=1, le=9)
    """Answers that a judge gives to one summary; more than one are drawn at a temperature of 0.7,
    and their mean and spread kept. Odd numbers waste none when answers cannot be read."""
    judge_panel: tuple[ChatEndpoint, ...] = ()
    """Judges beside `judge_url`, as JSON: `[{"url": ..., "model": ..., "api_key": ...}]`. A
    dimension's grade is then the median of all judges'. Limits and prices are the first judge's,
    the limits for each endpoint."""
    evaluated_endpoints: dict[str, EvaluatedEndpoint] = {}
    """Language models that evaluations may compare with, by a name of yours, as JSON:
    `{"big": {"url": ..., "model": ..., "api_key": ..., "prompt_price": ...}}`."""
    judge_likelihood: Literal["never", "prose", "always"] = "prose"
    """When the offline judge asks the base model of the server that embeds how probable a summary's
    wording is: never; for prose without a house style, where wording is most of what there is to
    grade; always."""
    training_launcher: Literal["subprocess", "kubernetes"] = "subprocess"
    """Where training runs: beside the finetuning service, or as a Kubernetes Job."""
    training_job_template: str = ""
    """YAML file of the Kubernetes Job; the launcher adds name, labels and the spec's key."""
    gpu_hour_price: float = Field(default=0.0, ge=0)
    """What an hour of one GPU costs, in your own currency; 0 leaves costs out of estimates."""
    adapter_sync_s: float = Field(default=1.0, gt=0)
    """Seconds between two looks of an engine's syncer for adapters that it should have."""
    tracking_uri: str = ""
    """MLflow tracking URI; empty means SQLite at `<home>/mlflow.db`."""

    @field_validator("address")
    @classmethod
    def _of_this_machine(cls, address: str, info: ValidationInfo) -> str:
        return address or f"127.0.0.1:{info.data.get('port')}"

    @field_validator("broker_url")
    @classmethod
    def _has_host(cls, url: str) -> str:
        parts = urlsplit(url)
        try:
            is_whole = bool(parts.hostname) and parts.port != 0
        except ValueError:  # a password that looks like a path ends the host's part early
            is_whole = False
        if parts.scheme.startswith("redis") and not is_whole:
            raise ValueError(
                "it is no URL like redis://:password@host:6379/0; write / ? # @ in a password in"
                " percent encoding"
            )
        return url

    def language_models(self, role: LanguageModelRole) -> tuple[LanguageModelSettings, ...]:
        """Settings of the models that play a role, the panel's judges too; empty means offline."""
        names = LanguageModelSettings.model_fields
        first = LanguageModelSettings(**{name: getattr(self, f"{role}_{name}") for name in names})
        if not first.url:
            return ()
        others = self.judge_panel if role == "judge" else ()
        return (first, *(first.model_copy(update=other.model_dump()) for other in others))

    @property
    def resolved_database_url(self) -> str:
        """The database URL with the laptop default filled in."""
        return self.database_url or f"sqlite:///{self.home.absolute() / 'goldbrief.db'}"

    @property
    def resolved_inference_token(self) -> str:
        """The token of engines; empty where nobody needs one."""
        if self.inference_token or not self.token:
            return self.inference_token
        return sha256_text(f"goldbrief inference {self.token}")

    @property
    def resolved_objects(self) -> str:
        """The object store location with the laptop default filled in."""
        return self.objects or str(self.home.absolute() / "objects")

    @property
    def resolved_tracking_uri(self) -> str:
        """The MLflow URI with the laptop default filled in."""
        return self.tracking_uri or f"sqlite:///{self.home.absolute() / 'mlflow.db'}"

    @property
    def signing_key_file(self) -> Path:
        """Where the laptop keeps the private key that it makes for itself."""
        return self.home.absolute() / "keys" / "signing.pem"

    @property
    def models_dir(self) -> Path:
        """Folder of base models kept by name."""
        return self.home.absolute() / "models"

    @property
    def served_adapters_dir(self) -> Path:
        """Folder from which the inference server loads adapters, `<model>--<version>/` each."""
        return self.home.absolute() / "served"


def read_settings() -> Settings:
    """Read the shared settings from the environment; see `read_settings_of`."""
    return read_settings_of(Settings)


def read_settings_of(kind: type[_S]) -> _S:
    """Read settings from the environment.

    Args:
        kind: The shared ones, or a room's own.

    Returns:
        The settings.

    Raises:
        InvalidInputError: A variable has a value that cannot be; the message names it.
    """
    try:
        return kind()
    except ValidationError as error:
        prefix = kind.model_config.get("env_prefix", "")
        wrong = "; ".join(
            f"{prefix}{'.'.join(map(str, problem['loc'])).upper()}: "
            + problem["msg"].removeprefix("Value error, ")
            for problem in error.errors()
        )
        raise InvalidInputError(f"A setting is wrong: {wrong}.", reason="INVALID_SETTING") from None
    except SettingsError as error:
        raise InvalidInputError(
            f"A setting is no JSON: {error}.",
            reason="INVALID_SETTING",
            remedy="Write GOLDBRIEF_JUDGE_PANEL as a JSON list, "
            "GOLDBRIEF_EVALUATED_ENDPOINTS as an object.",
        ) from error
