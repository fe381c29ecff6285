"""The template of training Jobs: what finetuning's launcher reads, and what the cluster gets."""

import pytest
import yaml

from goldbrief.core.seams import TrainingJob
from goldbrief.core.training import ExitCode, JobResources
from goldbrief.finetuning.kubernetes_jobs import make_job, read_template

from .rendering import render, render_with

pytestmark = pytest.mark.chart


@pytest.fixture
def template(tmp_path):
    """The template as the launcher reads it from the mounted ConfigMap."""
    path = tmp_path / "job.yaml"
    path.write_text(render().one("ConfigMap", "training")["data"]["job.yaml"])
    return read_template(path)


def test_the_launcher_completes_it(template):
    run, key = "run-ff63cf1c11d6", "runs/run-ff63cf1c11d6/spec.json"
    job = make_job(template, TrainingJob(run, key), 1)

    assert job["metadata"]["name"] == "test-goldbrief-training-run-ff63cf1c11d6-1"
    labels = job["spec"]["template"]["metadata"]["labels"]
    assert labels["app.kubernetes.io/component"] == "training"  # what NetworkPolicies select
    assert labels["goldbrief/run"] == "run-ff63cf1c11d6"
    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert container["args"] == ["--spec", "runs/run-ff63cf1c11d6/spec.json"]


def test_a_check_fits_without_a_gpu_and_within_the_security_of_its_template(template):
    job = make_job(template, TrainingJob("run-1-check", "runs/run-1/spec.json", True), 1)
    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert "nvidia.com/gpu" not in container["resources"]["limits"]
    trained = make_job(template, TrainingJob("run-1", "runs/run-1/spec.json"), 1)
    (other,) = trained["spec"]["template"]["spec"]["containers"]
    assert container["securityContext"] == other["securityContext"]


def test_pods_of_several_nodes_find_the_first_through_a_headless_service(template):
    asked = JobResources(gpus=16)
    job = make_job(template, TrainingJob("fine-1", "spec.json", resources=asked), 1)
    pod = job["spec"]["template"]
    (variable,) = (e for e in pod["spec"]["containers"][0]["env"] if e["name"] == "MASTER_ADDR")
    host, _, service_name = variable["value"].partition(".")

    assert (job["spec"]["parallelism"], host) == (2, f"{job['metadata']['name']}-0")
    service = render().one("Service", "training")
    assert service["metadata"]["name"] == service_name == pod["spec"]["subdomain"]
    assert (service["spec"]["clusterIP"], service["spec"]["publishNotReadyAddresses"]) == (
        "None",
        True,
    )
    assert service["spec"]["selector"].items() <= pod["metadata"]["labels"].items()


def test_how_many_gpus_a_node_has_is_a_value():
    job = render_with("training.gpusPerNode=1").training_job()
    made = make_job(job, TrainingJob("fine-1", "spec.json", resources=JobResources(gpus=2)), 1)
    assert made["spec"]["completions"] == 2


def test_finetuning_finds_it_where_its_setting_says():
    chart = render()
    found = chart.environment("finetuning")
    (mount,) = (
        each for each in chart.pod("finetuning")["containers"][0]["volumeMounts"]
        if found["GOLDBRIEF_TRAINING_JOB_TEMPLATE"].startswith(each["mountPath"])
    )  # fmt: skip

    assert found["GOLDBRIEF_TRAINING_LAUNCHER"] == "kubernetes"
    (volume,) = (v for v in chart.pod("finetuning")["volumes"] if v["name"] == mount["name"])
    assert volume["configMap"]["name"] == chart.one("ConfigMap", "training")["metadata"]["name"]


def test_a_new_template_restarts_finetuning_and_nothing_else():
    def templates(*settings):
        return {
            each["metadata"]["name"]: each["spec"]["template"]
            for each in render_with(*settings).of_kind("Deployment")
        }

    before, after = templates(), templates("training.backoffLimit=5")
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"test-goldbrief-finetuning"}


def test_exit_codes_mean_what_the_training_process_means(template):
    rules = template["spec"]["podFailurePolicy"]["rules"]

    by_code = {
        code: rule["action"]
        for rule in rules
        for code in rule.get("onExitCodes", {}).get("values", [])
    }
    assert by_code == {ExitCode.BAD_SPEC: "FailJob", ExitCode.INTERRUPTED: "Ignore"}
    disrupted = [{"type": "DisruptionTarget", "status": "True"}]
    assert {"action": "Ignore", "onPodConditions": disrupted} in rules
    assert template["spec"]["template"]["spec"]["restartPolicy"] == "Never"


def test_it_gets_the_object_store_and_no_other_credentials():
    names = set(render().environment("training"))

    assert {"GOLDBRIEF_OBJECTS", "GOLDBRIEF_S3_ACCESS_KEY", "GOLDBRIEF_S3_SECRET_KEY"} <= names
    assert not {"PGPASSWORD", "REDIS_PASSWORD", "GOLDBRIEF_DATABASE_URL"} & names
    assert not [name for name in names if name.endswith("_API_KEY")]


def test_a_gpu_is_asked_for_only_by_the_gpu_values():
    def limits(chart):
        return chart.pod("training")["containers"][0]["resources"]["limits"]

    assert "nvidia.com/gpu" not in limits(render())
    assert limits(render("gpu"))["nvidia.com/gpu"] == 1


def test_kueue_gets_its_label_and_a_suspended_job_only_when_asked():
    plain, queued = render().training_job(), render("everything").training_job()

    assert "suspend" not in plain["spec"]
    assert "kueue.x-k8s.io/queue-name" not in plain["metadata"]["labels"]
    assert queued["spec"]["suspend"] is True
    assert queued["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] == "gpus"
    assert queued["spec"]["activeDeadlineSeconds"] == 7200


def test_finetuning_may_do_with_jobs_what_it_does_and_nothing_else():
    chart = render()
    role = chart.one("Role", "training-jobs")

    granted = {
        (group, resource): set(rule["verbs"])
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }
    assert granted == {
        ("batch", "jobs"): {"create", "get", "list", "watch", "delete", "patch"},
        ("", "pods"): {"get", "list", "watch"},
        ("", "events"): {"get", "list", "watch"},
        ("", "pods/log"): {"get"},
        ("coordination.k8s.io", "leases"): {"create", "get", "update", "patch"},
    }
    (subject,) = chart.one("RoleBinding", "training-jobs")["subjects"]
    assert subject["name"] == chart.pod("finetuning")["serviceAccountName"]


def test_the_registry_may_touch_tgi_alone_and_only_where_it_starts_it():
    for scenario in ("default", "vllm"):
        assert [each["metadata"]["name"] for each in render(scenario).of_kind("Role")] == [
            "test-goldbrief-training-jobs"
        ]
    (rule,) = render("gpu").one("Role", "engine-deployer")["rules"]
    assert rule["resourceNames"] == ["test-goldbrief-engine"]
    assert set(rule["verbs"]) == {"get", "patch"}


def test_base_models_are_fetched_unless_a_claim_or_hub_has_them():
    def fetches(chart, component):
        return "fetch-models" in [c["name"] for c in chart.pod(component).get("initContainers", [])]

    for component in ("inference", "finetuning", "training"):
        assert fetches(render(), component)
    hub = render("everything")
    assert [fetches(hub, name) for name in ("inference", "training")] == [True, False]
    assert hub.environment("training")["HF_TOKEN"] == "hub/token"
    claim = render_with("baseModel.fetch=false", "baseModel.existingClaim=models")
    for component in ("inference", "finetuning", "training"):
        assert not fetches(claim, component)
        mounts = claim.pod(component)["containers"][0]["volumeMounts"]
        assert {"name": "models", "mountPath": "/var/lib/goldbrief/models"} in mounts


def test_operators_write_what_kubernetes_knows_into_the_pod():
    job = yaml.safe_load(render("everything").one("ConfigMap", "training")["data"]["job.yaml"])

    pod = job["spec"]["template"]["spec"]
    assert pod["runtimeClassName"] == "nvidia"
    assert pod["nodeSelector"] == {"pool": "gpu"}
    assert job["spec"]["template"]["metadata"]["annotations"]["team"] == "words"
    assert {"name": "NCCL_DEBUG", "value": "INFO"} in pod["containers"][0]["env"]
