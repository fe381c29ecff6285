"""Stores that refuse us or are full: each says what to mend, and in whose settings."""

import os
import subprocess
import sys

import pytest
import redis

from goldbrief.core.errors import FailedPreconditionError, GoldbriefError, TransientError
from goldbrief.core.settings import Settings
from goldbrief.platform.broker import Broker
from goldbrief.platform.storage import open_store
from goldbrief.testing.ledgers import make_ledger
from goldbrief.testing.servers import MINIO_KEY, ServerMissingError, redis_server

pytestmark = pytest.mark.integration


@pytest.fixture
def own_redis(tmp_path):
    """A Redis that a test may spoil."""
    try:
        with redis_server(tmp_path / "redis") as url:
            yield url
    except ServerMissingError as error:
        pytest.skip(str(error))


def change(url, setting, value):
    with redis.Redis.from_url(url) as client:
        client.config_set(setting, value)


def broker(tmp_path, url):
    return Broker(Settings(home=tmp_path, broker_url=url), make_ledger(tmp_path))


def with_password(url, password):
    return url.replace("redis://", f"redis://:{password}@")


def test_a_wrong_password_of_redis_ends_a_services_start(own_redis, tmp_path):
    change(own_redis, "requirepass", "right")
    broker(tmp_path, with_password(own_redis, "right")).require_access()
    for url in (own_redis, with_password(own_redis, "wrong")):
        with pytest.raises(FailedPreconditionError) as caught:
            broker(tmp_path, url).require_access()
        assert "Correct user and password in GOLDBRIEF_BROKER_URL" in caught.value.remedy
        assert "wrong" not in caught.value.message
    environment = {
        "GOLDBRIEF_HOME": str(tmp_path), "GOLDBRIEF_BROKER_URL": own_redis, "GOLDBRIEF_PORT": "0",
    }  # fmt: skip
    started = subprocess.run(
        [sys.executable, "-m", "goldbrief.datasets"], env={**os.environ, **environment},
        capture_output=True, text=True, timeout=250, check=False,
    )  # fmt: skip
    assert started.returncode == 1
    assert "Correct user and password" in started.stderr.strip().splitlines()[-1]


def test_a_redis_that_is_away_is_waited_for(tmp_path):
    broker(tmp_path, "redis://127.0.0.1:1/0").require_access()


def test_a_full_redis_says_so(own_redis, tmp_path):
    change(own_redis, "maxmemory", "1")
    with pytest.raises(TransientError) as caught:
        broker(tmp_path, own_redis).send("datasets.import", ["1"])
    assert caught.value.remedy == "Give it more memory, or its volume more space."


def test_a_wrong_key_of_the_object_store_is_said(minio_endpoint, tmp_path):
    with pytest.raises(GoldbriefError, match="Check GOLDBRIEF_S3_ACCESS_KEY"):
        open_store(settings(tmp_path, minio_endpoint, "wrong-secret"))


def settings(tmp_path, endpoint, secret):
    return Settings(
        home=tmp_path, objects="s3://refusals", s3_endpoint=endpoint, s3_secure=False,
        s3_access_key=MINIO_KEY, s3_secret_key=secret,
    )  # fmt: skip
