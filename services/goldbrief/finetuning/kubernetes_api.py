"""The few calls that the launcher makes of a Kubernetes API server.

Raw JSON goes in and out: the client's models refuse fields that they do not know, and the
template of a Job may have any that the cluster knows.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kubernetes import client, config
from kubernetes.client.exceptions import ApiException
from kubernetes.config.config_exception import ConfigException
from urllib3.exceptions import HTTPError
from urllib3.util.retry import Retry

from goldbrief.core.errors import (
    AlreadyExistsError,
    FailedPreconditionError,
    GoldbriefError,
    NotFoundError,
    TransientError,
)

Object = dict[str, Any]

_TIMEOUT_S = (5.0, 15.0)
"""To connect, and between two bytes of an answer."""
_OWN_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
_LOG_LINES = 20
_LOG_BYTES = 2000
_MAY_PASS = (408, 409, 410, 425, 429, 500, 502, 503, 504)


class KubernetesApi:
    """Jobs, and the pods and events that tell what becomes of them, in one namespace.

    All calls raise TransientError when the server does not answer or is busy, and
    FailedPreconditionError when it refuses us.

    Args:
        api_client: Knows server and credentials.
        namespace: Where the Jobs are.
    """

    def __init__(self, api_client: client.ApiClient, namespace: str) -> None:
        self._client = api_client
        self.namespace = namespace

    def create_job(self, job: Object) -> None:
        """Create a Job; raises AlreadyExistsError when there is one of that name."""
        self._call("POST", f"{self._batch}/jobs", body=job)

    def delete_job(self, name: str) -> None:
        """Stop a Job's pods by SIGTERM and remove it when they have ended; gone is no error."""
        try:
            self._call(
                "DELETE", f"{self._batch}/jobs/{name}", body={"propagationPolicy": "Foreground"}
            )
        except NotFoundError:
            return

    def jobs(self, selector: str) -> list[Object]:
        """Jobs whose labels match."""
        return self._list(f"{self._batch}/jobs", labelSelector=selector)

    def pods(self, selector: str) -> list[Object]:
        """Pods whose labels match."""
        return self._list(f"{self._core}/pods", labelSelector=selector)

    def events(self, uid: str) -> list[Object]:
        """What the cluster said of an object lately."""
        return self._list(f"{self._core}/events", fieldSelector=f"involvedObject.uid={uid}")

    def log_tail(self, pod: str, container: str) -> str:
        """The end of a container's log; empty when it cannot be had."""
        query = {"container": container, "tailLines": _LOG_LINES}
        try:
            text = self._call("GET", f"{self._core}/pods/{pod}/log", query=query)
        except GoldbriefError:  # the pod or its node is gone, or had no time to start
            return ""
        return text.decode(errors="replace").strip()[-_LOG_BYTES:]

    @property
    def _core(self) -> str:
        return f"/api/v1/namespaces/{self.namespace}"

    @property
    def _batch(self) -> str:
        return f"/apis/batch/v1/namespaces/{self.namespace}"

    def _list(self, path: str, **query: str) -> list[Object]:
        items: list[Object] = json.loads(self._call("GET", path, query=query)).get("items") or []
        return items

    def _call(
        self, method: str, path: str, *, query: Object | None = None, body: Object | None = None
    ) -> bytes:
        headers = {"Accept": "application/json, */*", "Content-Type": "application/json"}
        try:
            request = self._client.param_serialize(
                method, path, query_params=list((query or {}).items()), header_params=headers,
                body=body, auth_settings=["BearerToken"],
            )  # fmt: skip
            response = self._client.call_api(*request, _request_timeout=_TIMEOUT_S)
            data: bytes = response.read()
        except (HTTPError, ApiException, OSError) as error:
            raise TransientError(
                f"The Kubernetes API server {self._client.configuration.host} does not answer:"
                f" {getattr(error, 'reason', None) or error}",
                reason="KUBERNETES_UNAVAILABLE",
                remedy="See whether it runs, its certificate is valid, and policies let us in.",
            ) from error
        if response.status >= 400:
            raise _error(method, response.status, data)
        return data


def connect(namespace: str = "") -> KubernetesApi:
    """Find the cluster: the one we run in, else that of the kubeconfig file.

    Args:
        namespace: Where Jobs go; empty means our own, or the one that the kubeconfig names.

    Returns:
        Its API; nothing is asked of it yet.

    Raises:
        FailedPreconditionError: There is neither.
    """
    configuration = client.Configuration()
    configuration.retries = Retry(total=0)  # who calls tries again, and knows how often
    try:
        config.load_incluster_config(configuration)
        own = _OWN_NAMESPACE.read_text().strip()
    except ConfigException:
        own = _load_kubeconfig(configuration)
    return KubernetesApi(client.ApiClient(configuration), namespace or own)


def _load_kubeconfig(configuration: client.Configuration) -> str:
    try:
        config.load_kube_config(client_configuration=configuration)
        _, active = config.list_kube_config_contexts()
    except (ConfigException, OSError) as error:
        raise FailedPreconditionError(
            f"Training should run on Kubernetes, but no cluster is known: {error}",
            reason="NO_CLUSTER",
            remedy="Run in a pod with a service account token, or set KUBECONFIG; or set"
            " GOLDBRIEF_TRAINING_LAUNCHER=subprocess.",
        ) from error
    return str(active["context"].get("namespace") or "default")


def _error(method: str, code: int, data: bytes) -> GoldbriefError:
    reason, message = _said(data)
    if code == 409 and reason == "AlreadyExists":
        return AlreadyExistsError(message)
    if code == 404:
        return NotFoundError(message)
    if code == 403 and "exceeded quota" in message:
        remedy = "Raise the namespace's quota, or wait until other Jobs have ended."
        return TransientError(message, reason="QUOTA_EXCEEDED", remedy=remedy)
    if code == 401:
        return TransientError(
            "The Kubernetes API server does not know us (401).",
            reason="KUBERNETES_UNAUTHENTICATED",
            remedy="See whether the service account of the finetuning pods still exists.",
        )
    if code in _MAY_PASS:
        return TransientError(
            f"The Kubernetes API server says {code} {reason}: {message}", reason="KUBERNETES_BUSY"
        )
    return _refusal(method, message)


def _refusal(method: str, message: str) -> FailedPreconditionError:
    if "cannot" in message and "User" in message:  # how RBAC says no
        return FailedPreconditionError(
            f"We may not do this in the cluster: {message}",
            reason="KUBERNETES_FORBIDDEN",
            remedy="Give the service account of finetuning the Role that the chart has for it.",
        )
    what = "the training Job" if method == "POST" else "a call"
    return FailedPreconditionError(
        f"The cluster refuses {what}: {message}",
        reason="KUBERNETES_REFUSED",
        remedy="Correct the template of the training Job, or the policy that refuses it.",
    )


def _said(data: bytes) -> tuple[str, str]:
    """Reason and message of a Status object, or of what a proxy sent in its place."""
    try:
        status = json.loads(data)
        return str(status.get("reason", "")), str(status.get("message", ""))
    except (ValueError, AttributeError):
        return "", data.decode(errors="replace")[:500]
