"""What the tests of the registry share."""

from __future__ import annotations

import json

from goldbrief.core.errors import NotFoundError
from goldbrief.core.hashing import sha256_bytes
from goldbrief.core.seams import Completion
from goldbrief.core.training import AdapterManifest, Canary, LoraSpec, adapter_prefix, merged_prefix
from goldbrief.platform.signing import Signer
from goldbrief.registry.signatures import ManifestTrust
from goldbrief.registry.syncer import Syncer

SIGNER = Signer.generate()
TRUST = ManifestTrust(SIGNER.verifier)

_CONFIG = b'{"r": 16, "base_model_name_or_path": "acme/tiny"}'
GATE = json.dumps({"conditions": [{"metric": "structure_valid", "not_below": "base"}]})
CANARY = Canary(
    prompt="Summarize.",
    base_text="Summarize. Summarize.",
    tuned_text="## Overview\nSales rose.",
    certain_text="## Overview\nSales ",
    tuned_token_ids=(1, 2, 3),
)


def alone(engine):
    """The replicas of an engine that is the only one."""
    return lambda: {"the-engine": engine}


def results(tuned=0.9, base=0.5, **more):
    def measure(mean):
        return {"structure_valid": {"mean": mean, "low": mean, "high": mean, "n": 8}}

    return json.dumps({"systems": {"base": measure(base), "tuned": measure(tuned)}, **more})


def put_adapter(store, run_id, weights=b"weights", canaries=(CANARY,)):
    files = {"adapter_config.json": _CONFIG, "adapter_model.safetensors": weights}
    _put(store, run_id, adapter_prefix(run_id), files, LoraSpec())
    found = [canary.model_dump(mode="json") for canary in canaries]
    store.put(f"runs/{run_id}/canaries.json", json.dumps(found).encode())


def put_whole_model(store, run_id, lora=None):
    files = {"config.json": b"{}", "model.safetensors": b"weights"}
    _put(store, run_id, merged_prefix(run_id), files, lora)


def _put(store, run_id, prefix, files, lora):
    files = files | {"prompt.json": b'{"template": "brief-1"}'}
    for name, content in files.items():
        store.put(prefix + name, content)
    manifest = AdapterManifest(
        files={name: sha256_bytes(content) for name, content in files.items()},
        run_id=run_id,
        base_model="acme/tiny",
        base_revision="a1b2",
        train_data=("datasets/briefs/3f2a/train.jsonl",),
        lora=lora,
        prompt_sha256=sha256_bytes(files["prompt.json"]),
        code_version="0",
    )
    store.put(f"{prefix}manifest.json", manifest.model_dump_json().encode())


class FakeEngine:
    """Knows the adapters in a folder that a syncer fills, and answers as it is told."""

    def __init__(self, store, folder, tuned=CANARY.tuned_text, base=CANARY.base_text, trust=TRUST):
        self.folder = folder
        self.syncer = Syncer(store, folder, trust)
        self.tuned = tuned
        self.base = base
        self.is_blind = False
        self.base_model = None

    def required_base(self):
        return self.base_model

    def adapters(self):
        self.syncer.sync()
        return [] if self.is_blind else self.brought()

    def brought(self):
        paths = self.folder.iterdir() if self.folder.is_dir() else ()
        return [path.name for path in paths if not path.name.startswith(".")]

    def complete(self, prompt, *, adapter, max_tokens, temperature=0.0, timeout_s=600.0):
        if adapter is not None and adapter not in self.adapters():
            raise NotFoundError(f"no adapter {adapter}")
        text = self.base if adapter is None else self.tuned
        return Completion(text, "stop", 5, max_tokens, adapter or "base", 0.1)


class LazyEngine(FakeEngine):
    """Loads and lists an adapter when it is first asked for it, as vLLM does."""

    def __init__(self, store, folder):
        super().__init__(store, folder)
        self.loaded = []

    def adapters(self):
        return self.loaded

    def complete(self, prompt, *, adapter, max_tokens, temperature=0.0, timeout_s=600.0):
        self.syncer.sync()
        if adapter in self.brought():
            self.loaded.append(adapter)
        return super().complete(prompt, adapter=adapter, max_tokens=max_tokens)


class BaseEngine(FakeEngine):
    """Answers from its base whatever it is asked for, and lists no adapter, as TGI does."""

    def adapters(self):
        return []

    def complete(self, prompt, *, adapter, max_tokens, temperature=0.0, timeout_s=600.0):
        return Completion(self.base, "stop", 5, max_tokens, "base", 0.1)
