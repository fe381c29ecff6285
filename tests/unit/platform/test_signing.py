"""Statements that only the holder of a key can make, and that nobody can change."""

import base64
import json
import subprocess
import threading

import pytest

from goldbrief.core.errors import DataCorruptionError, FailedPreconditionError, InvalidInputError
from goldbrief.platform.signing import Signer, kept_signer, read_signer, read_verifier

KIND = "application/vnd.goldbrief.test+json"
STATEMENT = {"name": "briefs--1", "size": 3}


def test_a_statement_comes_out_as_it_went_in():
    signer = Signer.generate()
    envelope = signer.sign(KIND, STATEMENT)
    assert signer.verifier().open(KIND, envelope) == STATEMENT
    assert json.loads(envelope)["signatures"][0]["keyid"] == signer.key_id


def test_the_envelope_is_dsse_as_others_compute_it(tmp_path):
    """Openssl, which knows nothing of us, verifies the signature of DSSE's bytes."""
    signer = kept_signer(tmp_path / "key.pem")
    envelope = json.loads(signer.sign(KIND, STATEMENT))
    payload = base64.b64decode(envelope["payload"])
    (tmp_path / "signed").write_bytes(
        b"DSSEv1 %d %s %d %s" % (len(KIND), KIND.encode(), len(payload), payload)
    )
    (tmp_path / "signature").write_bytes(base64.b64decode(envelope["signatures"][0]["sig"]))
    subprocess.run(
        ["openssl", "pkeyutl", "-verify", "-inkey", "key.pem", "-rawin", "-in", "signed",
         "-sigfile", "signature"],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip


@pytest.mark.parametrize("part", ["payload", "sig", "payloadType"])
def test_a_changed_envelope_is_refused(part):
    signer = Signer.generate()
    envelope = json.loads(signer.sign(KIND, STATEMENT))
    if part == "payload":
        envelope["payload"] = base64.b64encode(b'{"name":"briefs--2","size":3}').decode()
    elif part == "sig":
        envelope["signatures"][0]["sig"] = base64.b64encode(bytes(64)).decode()
    else:
        envelope["payloadType"] = "application/json"
    with pytest.raises(DataCorruptionError) as caught:
        signer.verifier().open(KIND, json.dumps(envelope).encode())
    assert caught.value.reason == "SIGNATURE_INVALID"


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"payload": "!", "payloadType": "x"}'])
def test_what_is_no_envelope_is_refused(text):
    with pytest.raises(DataCorruptionError) as caught:
        Signer.generate().verifier().open(KIND, text)
    assert caught.value.reason == "SIGNATURE_INVALID"


def test_one_kind_of_statement_is_never_another():
    signer = Signer.generate()
    with pytest.raises(DataCorruptionError):
        signer.verifier().open("other", signer.sign(KIND, STATEMENT))


def test_who_is_not_trusted_is_named_with_what_to_do():
    signer = Signer.generate()
    with pytest.raises(FailedPreconditionError, match=signer.key_id) as caught:
        Signer.generate().verifier().open(KIND, signer.sign(KIND, STATEMENT))
    assert caught.value.reason == "UNKNOWN_SIGNER"
    assert "GOLDBRIEF_TRUSTED_KEYS" in caught.value.remedy


def test_keys_are_read_from_files_pem_and_single_lines(tmp_path):
    kept = kept_signer(tmp_path / "keys" / "signing.pem")
    pem = (tmp_path / "keys" / "signing.pem").read_text()
    line = "".join(pem.splitlines()[1:-1])
    (tmp_path / "line").write_text(f"{line}\n")
    for text in (pem, line, str(tmp_path / "keys" / "signing.pem"), str(tmp_path / "line")):
        assert read_signer(text, "KEY").key_id == kept.key_id
    envelope = kept.sign(KIND, STATEMENT)
    public = subprocess.run(
        ["openssl", "pkey", "-in", str(tmp_path / "keys" / "signing.pem"), "-pubout"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    for text in (public, kept.public_key):
        assert read_verifier(text, "KEYS").open(KIND, envelope) == STATEMENT


def test_each_of_several_trusted_keys_is_believed():
    old, new = Signer.generate(), Signer.generate()
    pem = "".join(
        f"-----BEGIN PUBLIC KEY-----\n{one.public_key}\n-----END PUBLIC KEY-----\n"
        for one in (old, new)
    )
    for one in (old, new):
        assert read_verifier(pem, "KEYS").open(KIND, one.sign(KIND, STATEMENT)) == STATEMENT


def test_a_certificate_will_do_as_a_public_key_whatever_its_dates(tmp_path):
    kept = kept_signer(tmp_path / "signing.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-key", "signing.pem", "-subj", "/CN=x", "-out", "cert.pem",
         "-days", "1"],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    verifier = read_verifier(str(tmp_path / "cert.pem"), "KEYS")
    assert verifier.open(KIND, kept.sign(KIND, STATEMENT)) == STATEMENT


@pytest.mark.parametrize("text", ["", "nonsense", "-----BEGIN PRIVATE KEY-----\nx\n", "AAAA"])
def test_what_is_no_key_is_refused_with_the_way_to_one(text):
    for read in (read_signer, read_verifier):
        with pytest.raises(InvalidInputError, match="THE_SETTING") as caught:
            read(text, "THE_SETTING")
        assert "openssl genpkey" in caught.value.remedy


def test_a_key_of_another_kind_is_refused(tmp_path):
    subprocess.run(
        ["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "ec.pem"],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    with pytest.raises(InvalidInputError, match="no Ed25519"):
        read_signer(str(tmp_path / "ec.pem"), "KEY")


def test_processes_that_make_the_key_at_once_have_the_same(tmp_path):
    found = []
    path = tmp_path / "keys" / "signing.pem"
    threads = [
        threading.Thread(target=lambda: found.append(kept_signer(path).key_id)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert path.stat().st_mode & 0o077 == 0
    assert [each.name for each in path.parent.iterdir()] == ["signing.pem"]
