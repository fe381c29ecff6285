"""The Celery application and what its tasks do."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from celery import Celery
from celery.exceptions import Reject
from kombu.exceptions import OperationalError

from goldbrief.core.errors import FailedPreconditionError, TransientError
from goldbrief.core.settings import Settings
from goldbrief.platform.broker.executor import BoundedExecutor
from goldbrief.platform.broker.stages import LeaseKeeper, StageHandler, run_stage
from goldbrief.platform.certificates import certificate_remedy
from goldbrief.platform.ledger import Ledger

_REFUSALS = ("username-password pair", "Authentication required")
"""Redis' words for a wrong user or password."""
_FULL = ("maxmemory", "MISCONF")


class Broker:
    """Binds task names to handlers, and sends messages.

    A task's name is `<room>.<task>`; the room is its queue.

    Args:
        settings: Gives the broker URL.
        ledger: Whose items the tasks move.
    """

    def __init__(self, settings: Settings, ledger: Ledger) -> None:
        self.ledger = ledger
        self.app = _make_app(settings)
        self.queues: list[str] = []
        self.executor: BoundedExecutor | None = None
        """Does what messages ask for; None does it where they are received."""
        self._keeper: LeaseKeeper | None = None

    def on_stage(self, task: str, handler: StageHandler) -> None:
        """Let `handler` do the stage of that task name."""

        def body(argument: str) -> None:
            run_stage(self.ledger, self._lease_keeper(), handler, int(argument))

        self._register(task, body)

    def on_message(self, task: str, handler: Callable[[str], None]) -> None:
        """Call `handler` with the id of each message of that task name."""
        self._register(task, handler)

    def require_access(self) -> None:
        """Make sure that the broker lets us in; one that is away is no error, we wait for it.

        Raises:
            FailedPreconditionError: It refuses us.
        """
        connection = self.app.connection_for_write()
        try:
            connection.connect()
        except connection.connection_errors as error:
            if remedy := _refusal_remedy(error):
                raise FailedPreconditionError(
                    f"The broker {connection.as_uri()} refuses us: {error}",
                    reason="BROKER_REFUSED",
                    remedy=remedy,
                ) from error
        finally:
            connection.release()

    def send(self, task: str, arguments: Sequence[str]) -> None:
        """Publish a message with some ids; raises TransientError when the broker takes none."""
        try:
            self.app.send_task(task, args=list(arguments), queue=_queue(task), retry=False)
        except OperationalError as error:
            raise TransientError(
                f"The broker {self.app.connection_for_write().as_uri()} takes no message: {error}",
                reason="BROKER_UNAVAILABLE",
                remedy=_remedy(error),
            ) from error

    def close(self) -> None:
        """Let go of the broker and end the lease keeper."""
        if self._keeper is not None:
            self._keeper.stop()
        self.app.close()

    def _register(self, task: str, body: Callable[[str], None]) -> None:
        if _queue(task) not in self.queues:
            self.queues.append(_queue(task))

        def take(*arguments: str) -> None:
            for argument in arguments:
                if self.executor is None:
                    body(argument)
                elif not self.executor.hand_over(body, argument):
                    raise Reject("this worker ends", requeue=True)

        self.app.task(take, name=task, shared=False, typing=False, lazy=False)

    def _lease_keeper(self) -> LeaseKeeper:
        if self._keeper is None:
            self._keeper = LeaseKeeper(self.ledger)
        return self._keeper


def _queue(task: str) -> str:
    return task.partition(".")[0]


def _remedy(error: Exception) -> str:
    if any(words in str(error) for words in _FULL):
        return "Give it more memory, or its volume more space."
    return _refusal_remedy(error)


def _refusal_remedy(error: Exception) -> str:
    """What to do about a refusal, which waiting does not mend; empty for any other failure."""
    if any(words in str(error) for words in _REFUSALS):
        return (
            "Correct user and password in GOLDBRIEF_BROKER_URL, or in the secret that they come"
            " from."
        )
    return certificate_remedy(error)


def _make_app(settings: Settings) -> Celery:
    app = Celery("goldbrief", broker=settings.broker_url, set_as_current=False)
    app.conf.update(
        task_ignore_result=True,
        task_acks_late=True,
        task_create_missing_queues=True,
        task_serializer="json",
        accept_content=["json"],
        # The thread that receives a message also waits until it is taken up, so none is fetched
        # before that. With a limit, a message whose ack was lost with the connection would count
        # against it for ever.
        worker_prefetch_multiplier=0,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_send_task_events=False,
        worker_enable_remote_control=False,
        worker_cancel_long_running_tasks_on_connection_loss=True,
        broker_connection_retry_on_startup=True,
        broker_pool_acquire_timeout=10,
        broker_transport_options=_transport_options(settings),
        enable_utc=True,
    )
    return app


def _transport_options(settings: Settings) -> dict[str, object]:
    if settings.broker_url.startswith("memory"):
        return {"polling_interval": 0.05}
    # The sweeper restores lost messages; redelivery by the broker would only double long calls.
    return {
        "visibility_timeout": 3600,
        "socket_timeout": 15,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
        "unacked_restore_throttle": 1,
    }
