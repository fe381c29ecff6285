"""The template is checked when the service starts, not when the first GPU is asked for."""

import pytest

from goldbrief.core.errors import FailedPreconditionError
from goldbrief.finetuning.kubernetes_jobs import read_template
from goldbrief.platform.kubernetes.api import connect

GOOD = """\
apiVersion: batch/v1
kind: Job
spec:
  template:
    spec:
      containers:
        - name: training
          image: goldbrief/training:0
"""


def test_a_template_is_read_as_it_is(tmp_path):
    path = tmp_path / "job.yaml"
    path.write_text(GOOD)
    assert read_template(path)["spec"]["template"]["spec"]["containers"][0]["name"] == "training"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "No such file"),
        (": [", "cannot be read"),
        ("- a list", "cannot be read"),
        ("kind: Job", "cannot be read"),
        (GOOD.replace("kind: Job", "kind: CronJob"), "is a CronJob"),
        (GOOD.replace("name: training", "name: trainer"), "['trainer']"),
        (f'{GOOD}metadata: {{annotations: {{goldbrief/gpus-per-node: "many"}}}}', "many"),
        (f'{GOOD}metadata: {{annotations: {{goldbrief/gpus-per-node: "0"}}}}', "gpus-per-node: 0"),
    ],
)
def test_a_template_that_cannot_be_used_is_named_with_what_is_wrong(tmp_path, text, words):
    path = tmp_path / "job.yaml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(FailedPreconditionError) as caught:
        read_template(path)
    assert caught.value.reason == "BAD_JOB_TEMPLATE"
    assert str(path) in caught.value.message
    assert words in caught.value.message
    assert "GOLDBRIEF_TRAINING_JOB_TEMPLATE" in caught.value.remedy


def test_no_cluster_at_all_is_said_with_what_to_set(tmp_path, monkeypatch):
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    monkeypatch.setattr(
        "kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(tmp_path / "none")
    )
    with pytest.raises(FailedPreconditionError) as caught:
        connect()
    assert "GOLDBRIEF_TRAINING_LAUNCHER=subprocess" in caught.value.remedy
