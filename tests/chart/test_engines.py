"""Who completes prompts: the embedded server, TGI or vLLM, and how adapters reach them."""

import base64

import pytest

from goldbrief.platform.signing import read_signer, read_verifier

from .rendering import ROOMS, all_containers, refusal, render, render_with

pytestmark = pytest.mark.chart

GPU = ["engine.model=a/b", "engine.resources.limits.nvidia\\.com/gpu=1"]


def test_without_a_gpu_the_embedded_server_completes():
    chart = render()

    assert "engine" not in dict(chart.pods())
    assert chart.environment("summarize")["GOLDBRIEF_INFERENCE_URL"] == (
        "http://test-goldbrief-inference:7701"
    )


@pytest.mark.parametrize("scenario", ["gpu", "vllm"])
def test_with_a_gpu_the_engine_completes_and_the_embedded_server_embeds(scenario):
    chart = render(scenario)

    for room in ROOMS:
        found = chart.environment(room)
        assert found["GOLDBRIEF_INFERENCE_URL"] == "http://test-goldbrief-engine:8080"
        assert found["GOLDBRIEF_EMBEDDINGS_URL"] == "http://test-goldbrief-inference:7701"
    limits = chart.pod("engine")["containers"][0]["resources"]["limits"]
    assert limits["nvidia.com/gpu"] == 1


@pytest.mark.parametrize(("scenario", "component"), [("default", "inference"), ("vllm", "engine")])
def test_adapters_are_there_before_the_engine_and_come_while_it_runs(scenario, component):
    pod = render(scenario).pod(component)

    before = [each for each in pod["initContainers"] if each["name"] == "first-sync"]
    beside = [each for each in pod["containers"] if each["name"] == "syncer"]
    assert before[0]["command"][-1] == "--once"
    assert beside[0]["command"] == ["python", "-m", "goldbrief.registry.syncer"]
    served = {"name": "served", "mountPath": "/var/lib/goldbrief/served"}
    for container in (*before, *beside):
        assert served in container["volumeMounts"]
    # vLLM ends when the folder is not there at its start: a volume is, also without an adapter
    assert {**served, "readOnly": True} in pod["containers"][0]["volumeMounts"]


@pytest.mark.parametrize(
    ("scenario", "component", "port"),
    [("default", "inference", 7701), ("vllm", "engine", 8080), ("gpu", "engine", 8080)],
)
def test_every_replica_that_completes_is_found_by_one_name(scenario, component, port):
    chart = render(scenario)

    service = chart.one("Service", "replicas")
    url = f"http://{service['metadata']['name']}:{port}"
    for room in ROOMS:
        assert chart.environment(room)["GOLDBRIEF_INFERENCE_REPLICAS_URL"] == url
    spec = service["spec"]
    assert spec["clusterIP"] == "None"
    assert "publishNotReadyAddresses" not in spec
    assert spec["selector"]["app.kubernetes.io/component"] == component
    # its name leads to the pods themselves: no port is translated on the way
    (offered,) = chart.pod(component)["containers"][0]["ports"]
    assert offered["containerPort"] == port == spec["ports"][0]["port"]


def test_no_metrics_are_read_twice():
    chart = render_with("serviceMonitor.enabled=true", "engine.kind=vllm", *GPU)
    for monitor in chart.of_kind("ServiceMonitor"):
        wanted = monitor["spec"]["selector"]["matchLabels"].items()
        (_,) = (
            each
            for each in chart.of_kind("Service")
            if wanted <= each["metadata"]["labels"].items()
        )


def test_tgi_gets_its_model_and_the_adapters_of_the_list():
    chart = render_with("engine.kind=tgi", "engine.adapters={briefs--1,briefs--2}", *GPU)

    container = chart.pod("engine")["containers"][0]
    assert "--model-id=a/b" in container["args"]
    assert chart.environment("engine")["LORA_ADAPTERS"] == (
        "briefs--1=/var/lib/goldbrief/served/briefs--1,briefs--2=/var/lib/goldbrief/served/briefs--2"
    )
    assert chart.environment("engine")["USAGE_STATS"] == "off"


def test_services_speak_to_tgi_and_know_the_adapters_that_it_was_started_with():
    chart = render_with("engine.kind=tgi", "engine.adapters={briefs--1,briefs--2}", *GPU)
    for room in ("summarize", "evaluation", "registry"):
        found = chart.environment(room)
        assert found["GOLDBRIEF_ENGINE"] == "tgi"
        assert found["GOLDBRIEF_TGI_ADAPTERS"] == "briefs--1,briefs--2"
    assert "GOLDBRIEF_ENGINE" not in render_with("engine.kind=vllm", *GPU).environment("summarize")


def test_without_a_list_the_registry_starts_tgi_with_what_is_served():
    chart = render_with("engine.kind=tgi", *GPU)
    assert "LORA_ADAPTERS" not in chart.environment("engine")
    for room in ("summarize", "evaluation", "registry"):
        found = chart.environment(room)
        assert found["GOLDBRIEF_TGI_DEPLOYMENT"] == "test-goldbrief-engine"
        assert "GOLDBRIEF_TGI_ADAPTERS" not in found
    assert chart.pod("registry")["automountServiceAccountToken"]
    named = render_with("engine.kind=tgi", "engine.adapters={briefs--1}", *GPU)
    assert not named.pod("registry")["automountServiceAccountToken"]
    assert "GOLDBRIEF_TGI_DEPLOYMENT" not in named.environment("registry")


def test_the_private_key_is_the_registrys_alone():
    chart = render("gpu")
    holders = {
        component
        for component, pod in chart.pods()
        for container in all_containers(pod)
        if "GOLDBRIEF_SIGNING_KEY" in {each["name"] for each in container.get("env", ())}
    }
    assert holders == {"registry"}
    for component in ("inference", "engine"):
        trusted = chart.environment(component, "syncer")["GOLDBRIEF_TRUSTED_KEYS"]
        assert trusted == "test-goldbrief-signing/public-key"
    own = render_with("signing.existingSecret=mine", "signing.allowUnsigned=true")
    assert own.environment("registry")["GOLDBRIEF_SIGNING_KEY"] == "mine/private-key"
    assert own.environment("inference", "syncer")["GOLDBRIEF_ALLOW_UNSIGNED"] == "true"
    assert "signing" not in own.suffixes("Secret")


def test_the_pair_of_keys_is_one_that_the_registry_takes():
    (secret,) = (s for s in render().of_kind("Secret") if s["metadata"]["name"].endswith("signing"))
    private, public = (
        base64.b64decode(secret["data"][name]).decode() for name in ("private-key", "public-key")
    )
    envelope = read_signer(private, "the Secret").sign("kind", {"a": 1})
    assert read_verifier(public, "the Secret").open("kind", envelope) == {"a": 1}


def test_vllm_is_one_value_away_and_loads_adapters_from_the_syncers_folder():
    chart = render_with("engine.kind=vllm", "engine.maxLoraRank=64", *GPU)

    container = chart.pod("engine")["containers"][0]
    assert {"--model=a/b", "--enable-lora", "--max-lora-rank=64"} <= set(container["args"])
    # with vLLM's default of one, a canary waits until the served version has nothing to do
    assert "--max-loras=4" in container["args"]
    found = chart.environment("engine")
    assert found["VLLM_ALLOW_RUNTIME_LORA_UPDATING"] == "1"
    assert found["VLLM_LORA_RESOLVER_CACHE_DIR"] == "/var/lib/goldbrief/served"
    assert found["VLLM_NO_USAGE_STATS"] == "1"


def test_adapters_for_vllm_are_refused_where_they_would_be_ignored():
    message = refusal("engine.kind=vllm", "engine.adapters={briefs--1}", *GPU)
    assert "engine.adapters is for TGI" in message


def test_metrics_are_scraped_where_there_are_any():
    assert render().of_kind("ServiceMonitor") == []
    chart = render_with("serviceMonitor.enabled=true", "engine.kind=tgi", *GPU)

    assert chart.suffixes("ServiceMonitor") == {"inference", "engine", "metrics"}
