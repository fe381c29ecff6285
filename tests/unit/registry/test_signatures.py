"""No version is served that nobody trusted vouches for."""

import logging

import pytest

from goldbrief.core.errors import DataCorruptionError, FailedPreconditionError
from goldbrief.core.hashing import sha256_bytes
from goldbrief.core.settings import Settings
from goldbrief.core.training import LoraSpec
from goldbrief.platform.signing import Signer
from goldbrief.platform.storage import DirectoryStore
from goldbrief.registry.delivery import Delivery
from goldbrief.registry.model_versions import ModelVersions
from goldbrief.registry.orders import Order, ordered_names, put_order
from goldbrief.registry.signatures import ManifestTrust, open_signer
from goldbrief.registry.syncer import Syncer
from goldbrief.registry.verification import verify
from goldbrief.testing.ledgers import make_ledger

from .samples import SIGNER, TRUST, FakeEngine, alone, put_adapter, put_whole_model

SIGNATURE = "adapters/briefs/1/manifest.sig"


class Setting:
    def __init__(self, folder, trust=TRUST, signer=SIGNER):
        self.folder = folder / "served"
        self.store = DirectoryStore(folder / "objects")
        self.versions = ModelVersions(make_ledger(folder).database, self.store, signer)
        self.trust = trust
        self.version = self.register("ft-1")

    def register(self, run_id):
        put_adapter(self.store, run_id)
        return self.versions.register("briefs", run_id)

    def deliver(self):
        engine = FakeEngine(self.store, self.folder, trust=self.trust)
        Delivery(self.store, alone(engine), self.trust, wait_s=0.1).deliver(self.version)

    def findings(self):
        return list(verify(self.store, self.versions, self.trust, self.version))


@pytest.fixture
def setting(tmp_path):
    return Setting(tmp_path)


def test_a_registered_version_is_signed_and_served(setting):
    setting.deliver()
    assert all(finding.ok for finding in setting.findings())


def test_an_unsigned_version_is_not_ordered_and_the_mend_is_named(setting):
    setting.store.delete(SIGNATURE)
    with pytest.raises(FailedPreconditionError, match=SIGNATURE) as caught:
        setting.deliver()
    assert caught.value.reason == "UNSIGNED"
    assert "goldbrief models sign briefs@1" in caught.value.remedy
    assert "GOLDBRIEF_ALLOW_UNSIGNED" in caught.value.remedy
    assert list(ordered_names(setting.store)) == []
    setting.versions.sign(setting.version)
    setting.deliver()


def test_a_version_of_a_stranger_is_refused(tmp_path):
    setting = Setting(tmp_path, signer=Signer.generate())
    with pytest.raises(FailedPreconditionError, match=SIGNATURE) as caught:
        setting.deliver()
    assert caught.value.reason == "UNKNOWN_SIGNER"


def test_the_signature_of_one_version_does_not_vouch_for_another(setting):
    other = setting.register("ft-2")
    setting.store.put(SIGNATURE, setting.store.get(f"{other.prefix}manifest.sig"))
    with pytest.raises(DataCorruptionError, match=r"briefs--2, not of briefs--1") as caught:
        setting.deliver()
    assert caught.value.reason == "SIGNATURE_INVALID"


def test_a_syncer_takes_no_order_for_what_nobody_vouches_for(setting, caplog):
    """Who can write to the object store alone puts nothing before an engine."""
    put_adapter(setting.store, "evil", weights=b"poison")
    prefix = "runs/evil/adapter/"
    manifest = setting.store.get(f"{prefix}manifest.json")
    order = Order(prefix=prefix, manifest_sha256=sha256_bytes(manifest))
    put_order(setting.store, "briefs--1", order)
    syncer = Syncer(setting.store, setting.folder, TRUST)
    assert not syncer.sync()
    assert not (setting.folder / "briefs--1").exists()
    assert f"{prefix}manifest.sig is missing" in caplog.text
    # nor with the signature of the version whose name it takes
    setting.store.put(f"{prefix}manifest.sig", setting.store.get(SIGNATURE))
    assert not Syncer(setting.store, setting.folder, TRUST).sync()
    assert "is not the file that was signed" in caplog.text


def test_unsigned_versions_are_served_where_that_is_allowed_with_a_warning(tmp_path, caplog):
    trust = ManifestTrust(SIGNER.verifier, allow_unsigned=True)
    setting = Setting(tmp_path, trust, signer=Signer.generate())
    with caplog.at_level(logging.WARNING):
        setting.deliver()
    assert "GOLDBRIEF_ALLOW_UNSIGNED" in caplog.text
    assert not setting.findings()[-1].ok


@pytest.mark.parametrize("file", ["adapter_model.safetensors", "manifest.json", "manifest.sig"])
def test_verifying_names_the_file_that_is_wrong(setting, file):
    key = setting.version.prefix + file
    setting.store.put(key, setting.store.get(key)[:-1] + b"!")
    wrong = [finding for finding in setting.findings() if not finding.ok]
    assert any(file in f"{finding.subject} {finding.detail}" for finding in wrong)


def test_verifying_looks_at_merged_weights_too(tmp_path):
    setting = Setting(tmp_path)
    put_adapter(setting.store, "ft-2")
    put_whole_model(setting.store, "ft-2", LoraSpec())
    setting.version = setting.versions.register("briefs", "ft-2")
    assert [finding.ok for finding in setting.findings()] == [True, True, True]
    setting.store.put(f"{setting.version.prefix}merged/model.safetensors", b"other")
    wrong = [finding for finding in setting.findings() if not finding.ok]
    assert [finding.subject for finding in wrong] == ["adapters/briefs/2/merged/manifest.json"]


def test_files_that_changed_are_never_signed_anew(setting):
    setting.store.put(f"{setting.version.prefix}adapter_model.safetensors", b"poison")
    with pytest.raises(DataCorruptionError):
        setting.versions.sign(setting.version)
    put_adapter(setting.store, "ft-9", weights=b"poison")
    for name in ("adapter_model.safetensors", "manifest.json"):
        content = setting.store.get(f"runs/ft-9/adapter/{name}")
        setting.store.put(setting.version.prefix + name, content)
    with pytest.raises(DataCorruptionError, match="registered"):
        setting.versions.sign(setting.version)


def test_a_laptop_trusts_the_key_that_it_made_and_a_syncer_without_one_nobody(tmp_path):
    settings = Settings(home=tmp_path)
    trust = ManifestTrust.of(settings)
    with pytest.raises(FailedPreconditionError, match="trusted keys: none"):
        Setting(tmp_path / "early", trust).deliver()
    signer = open_signer(settings)
    Setting(tmp_path / "late", trust, signer).deliver()


def test_a_key_that_cannot_be_kept_is_asked_for(tmp_path):
    (tmp_path / "keys").write_text("a file where the folder should be")
    with pytest.raises(FailedPreconditionError, match=r"keys/signing\.pem") as caught:
        open_signer(Settings(home=tmp_path))
    assert "GOLDBRIEF_SIGNING_KEY" in caught.value.remedy
