"""The few calls that we make of a Kubernetes API server.

Raw JSON goes in and out: the client's models refuse fields that they do not know, and the
template of a Job may have any that the cluster knows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from kubernetes import client, config
from kubernetes.client.exceptions import ApiException
from kubernetes.config.config_exception import ConfigException
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError
from urllib3.util.retry import Retry

from goldbrief.core.errors import FailedPreconditionError, GoldbriefError, NotFoundError
from goldbrief.platform.kubernetes.errors import refused, unreachable

Object = dict[str, Any]
Kind = Literal["jobs", "pods", "deployments", "statefulsets"]

_TIMEOUT_S = (5.0, 15.0)
"""To connect, and between two bytes of an answer."""
_WATCH_S = 240
"""After so long the server ends a watch, which then is opened again."""
_WATCH_TIMEOUT_S = (5.0, 300.0)
"""As above, of a watch: one that is silent for longer than it should last is dead."""
_PAGE = 500
"""Objects in one answer to a list; kubectl's own number."""
_OWN_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
_JSON = "application/json"
_LOG_LINES = 20
_LOG_BYTES = 2000


class KubernetesApi:
    """Jobs, Deployments, what pods and events tell of them, and leases, in one namespace.

    All calls raise TransientError when the server does not answer or is busy, and
    FailedPreconditionError when it refuses us.

    Args:
        api_client: Knows server and credentials.
        namespace: Where all of it is.
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
        return self.listed("jobs", selector)[0]

    def pods(self, selector: str) -> list[Object]:
        """Pods whose labels match."""
        return self.listed("pods", selector)[0]

    def events(self, uid: str) -> list[Object]:
        """What the cluster said of an object lately."""
        return self._list(f"{self._core}/events", fieldSelector=f"involvedObject.uid={uid}")[0]

    def listed(self, kind: Kind, selector: str) -> tuple[list[Object], str]:
        """List objects, page by page.

        Args:
            kind: Of the objects.
            selector: Of their labels.

        Returns:
            The objects, and the version of the whole, from which they can be watched.
        """
        return self._list(self._path_of(kind), labelSelector=selector)

    def watch(self, kind: Kind, selector: str, version: str) -> Iterator[Object]:
        """Follow what happens to objects.

        Args:
            kind: Of the objects.
            selector: Of their labels.
            version: Begin behind this one, of a list or of an object.

        Yields:
            `type` (ADDED, MODIFIED, DELETED or BOOKMARK) and `object`, until the server has had
            enough, which is no error: go on from the version of the last object.

        Raises:
            GoldbriefError: The stream broke, or the server no longer has that version.
        """
        query = {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "timeoutSeconds": _WATCH_S,
            "labelSelector": selector,
            "resourceVersion": version,
        }
        with self._answer("GET", self._path_of(kind), query, None, _WATCH_TIMEOUT_S) as answer:
            for line in _lines(answer):
                event = self._parsed(line)
                if event.get("type") == "ERROR":
                    status = event["object"]
                    raise refused("GET", status.get("code", 500), json.dumps(status).encode())
                yield event

    def deployment(self, name: str) -> Object:
        """Read a Deployment; raises NotFoundError."""
        return self._parsed(self._call("GET", f"{self._apps}/deployments/{name}"))

    def patch_deployment(self, name: str, patch: Object) -> None:
        """Change a Deployment by a strategic merge.

        Args:
            name: Of the Deployment.
            patch: What changes; with a resourceVersion in its metadata, only if nobody has changed
                the Deployment since.

        Raises:
            TransientError: Somebody has (KUBERNETES_CONFLICT).
            NotFoundError: There is none.
        """
        kind = "application/strategic-merge-patch+json"
        self._call("PATCH", f"{self._apps}/deployments/{name}", body=patch, kind=kind)

    def lease(self, name: str) -> Object:
        """Read a lease; raises NotFoundError."""
        return self._parsed(self._call("GET", f"{self._leases}/{name}"))

    def create_lease(self, lease: Object) -> None:
        """Create a lease; raises AlreadyExistsError when there is one of that name."""
        self._call("POST", self._leases, body=lease)

    def replace_lease(self, lease: Object) -> None:
        """Change a lease that was read; raises TransientError when it was changed since."""
        self._call("PUT", f"{self._leases}/{lease['metadata']['name']}", body=lease)

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
    def _apps(self) -> str:
        return f"/apis/apps/v1/namespaces/{self.namespace}"

    @property
    def _batch(self) -> str:
        return f"/apis/batch/v1/namespaces/{self.namespace}"

    @property
    def _leases(self) -> str:
        return f"/apis/coordination.k8s.io/v1/namespaces/{self.namespace}/leases"

    def _path_of(self, kind: Kind) -> str:
        group = {"jobs": self._batch, "pods": self._core}.get(kind, self._apps)
        return f"{group}/{kind}"

    def _list(self, path: str, **query: str) -> tuple[list[Object], str]:
        items: list[Object] = []
        page: Object = {"limit": _PAGE}
        while True:
            answer = self._parsed(self._call("GET", path, query={**query, **page}))
            items += answer.get("items") or []
            metadata = answer.get("metadata") or {}
            if not metadata.get("continue"):
                return items, str(metadata.get("resourceVersion", ""))
            page["continue"] = metadata["continue"]

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Object | None = None,
        body: Object | None = None,
        kind: str = _JSON,
    ) -> bytes:
        with self._answer(method, path, query, body, _TIMEOUT_S, kind) as answer:
            return answer.data

    @contextmanager
    def _answer(
        self,
        method: str,
        path: str,
        query: Object | None,
        body: Object | None,
        timeout_s: tuple[float, float],
        kind: str = _JSON,
    ) -> Iterator[BaseHTTPResponse]:
        headers = {"Accept": "application/json, */*", "Content-Type": kind}
        try:
            request = self._client.param_serialize(
                method, path, query_params=list((query or {}).items()), header_params=headers,
                body=body, auth_settings=["BearerToken"],
            )  # fmt: skip
            answer = self._client.call_api(*request, _request_timeout=timeout_s).response
            try:
                if answer.status >= 400:
                    raise refused(method, answer.status, answer.data)
                yield answer
            finally:
                answer.close()  # a watch that is left early; others were read to their end
        except (HTTPError, ApiException, OSError) as error:
            raise unreachable(self._client.configuration.host, error) from error

    def _parsed(self, data: bytes) -> Object:
        try:
            return dict(json.loads(data))
        except (ValueError, TypeError) as error:  # of a proxy, or cut off
            raise unreachable(self._client.configuration.host, error) from error


def _lines(answer: BaseHTTPResponse) -> Iterator[bytes]:
    rest = b""
    for chunk in answer.stream():
        *lines, rest = (rest + chunk).split(b"\n")
        yield from filter(None, lines)


def connect(namespace: str = "") -> KubernetesApi:
    """Find the cluster: the one we run in, else that of the kubeconfig file.

    Args:
        namespace: Where we work; empty means our own, or the one that the kubeconfig names.

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
            f"No Kubernetes cluster is known: {error}",
            reason="NO_CLUSTER",
            remedy="Set KUBECONFIG, or run in a pod with a service account token. Without a"
            " cluster, set GOLDBRIEF_TRAINING_LAUNCHER=subprocess and no GOLDBRIEF_TGI_DEPLOYMENT.",
        ) from error
    return str(active["context"].get("namespace") or "default")
