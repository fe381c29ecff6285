"""The launcher on the node, with Jobs that run something quick in place of training."""

import textwrap
from typing import Any

import yaml

from goldbrief.core.seams import TrainingJob
from goldbrief.core.training import JobResources
from goldbrief.finetuning.kubernetes_launcher import KubernetesLauncher
from goldbrief.platform.kubernetes.api import connect

from .node import get, wait_until

IMAGE = "python:3.11-slim-bookworm"
NAMESPACE = "training"
TEMPLATE = yaml.safe_load(f"""
apiVersion: batch/v1
kind: Job
metadata: {{name: goldbrief-training}}
spec:
  backoffLimit: 0
  podReplacementPolicy: Failed
  podFailurePolicy:
    rules:
      - action: FailJob
        onExitCodes: {{containerName: training, operator: In, values: [64]}}
      - action: Ignore
        onExitCodes: {{containerName: training, operator: In, values: [75]}}
      - action: Ignore
        onPodConditions: [{{type: DisruptionTarget, status: "True"}}]
  template:
    spec:
      restartPolicy: Never
      automountServiceAccountToken: false
      terminationGracePeriodSeconds: 60
      securityContext:
        {{runAsNonRoot: true, runAsUser: 10001, seccompProfile: {{type: RuntimeDefault}}}}
      containers:
        - name: training
          image: {IMAGE}
          imagePullPolicy: Never
          command: [python3, -c, "pass"]
          securityContext:
            {{allowPrivilegeEscalation: false, capabilities: {{drop: [ALL]}}}}
""")


class Training:
    """A launcher whose Jobs run a Python text in place of training."""

    def __init__(self, run_id: str, program: str = "pass") -> None:
        self.run_id = run_id
        self.template = yaml.safe_load(yaml.safe_dump(TEMPLATE))
        self.pod = self.template["spec"]["template"]["spec"]
        self.container = self.pod["containers"][0]
        self.container["command"] = ["python3", "-c", textwrap.dedent(program)]

    def launch(self, **resources: Any) -> None:
        spec_key = f"runs/{self.run_id}/spec.json"
        asked = JobResources(**resources)
        self.launcher.launch(TrainingJob(self.run_id, spec_key, resources=asked))

    @property
    def launcher(self) -> KubernetesLauncher:
        return KubernetesLauncher(connect(NAMESPACE), self.template)

    def status(self):
        return self.launcher.status(self.run_id)

    def waits(self, *words: str) -> str:
        def detail() -> str | None:
            status = self.status()
            assert (status.exists, status.exit_code) == (True, None)
            return status.detail if all(word in status.detail for word in words) else None

        return str(wait_until(f"{self.run_id} waits for {words}", detail, 120))

    def ends(self):
        return wait_until(
            f"{self.run_id} ends", lambda: (s := self.status()).exit_code is not None and s
        )

    def runs(self) -> None:
        wait_until(f"{self.run_id} trains", lambda: self.status().detail == "" and self.pods())

    def pods(self, phase: str = "Running"):
        selector = f"goldbrief/run={self.run_id}"
        found = get("pods", "-l", selector, namespace=NAMESPACE)
        return [pod["metadata"]["name"] for pod in found if pod["status"]["phase"] == phase]
