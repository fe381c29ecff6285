"""Settings come from variables, and a wrong one is named."""

import pytest

from goldbrief.core.errors import InvalidInputError
from goldbrief.core.settings import read_settings


def test_a_laptop_needs_no_variable(monkeypatch):
    monkeypatch.delenv("GOLDBRIEF_TRAINING_LAUNCHER", raising=False)
    assert read_settings().training_launcher == "subprocess"


def test_clients_look_where_this_machine_s_server_listens(monkeypatch):
    for name in ("GOLDBRIEF_ADDRESS", "GOLDBRIEF_PORT"):
        monkeypatch.delenv(name, raising=False)
    assert read_settings().address == "127.0.0.1:7700"
    monkeypatch.setenv("GOLDBRIEF_PORT", "7800")
    assert read_settings().address == "127.0.0.1:7800"
    monkeypatch.setenv("GOLDBRIEF_ADDRESS", "briefs.example.com:443")
    assert read_settings().address == "briefs.example.com:443"


def test_a_variable_with_a_wrong_value_is_named(monkeypatch):
    monkeypatch.setenv("GOLDBRIEF_TRAINING_LAUNCHER", "slurm")
    monkeypatch.setenv("GOLDBRIEF_PORT", "http")
    with pytest.raises(InvalidInputError) as caught:
        read_settings()
    for words in ("GOLDBRIEF_TRAINING_LAUNCHER", "'kubernetes'", "GOLDBRIEF_PORT"):
        assert words in caught.value.message


@pytest.mark.parametrize("password", ["a/b", "1/b", "a#b"])
def test_a_password_that_breaks_the_brokers_url_is_found_at_the_start(monkeypatch, password):
    monkeypatch.setenv("GOLDBRIEF_BROKER_URL", f"redis://:{password}@redis:6379/0")
    with pytest.raises(InvalidInputError, match=r"GOLDBRIEF_BROKER_URL: .* percent encoding"):
        read_settings()


@pytest.mark.parametrize(
    "url", ["memory://", "redis://:a%2Fb@redis:6379/0", "rediss://redis/0", "amqp://u:p@h//"]
)
def test_a_brokers_url_is_taken_as_it_is(monkeypatch, url):
    monkeypatch.setenv("GOLDBRIEF_BROKER_URL", url)
    assert read_settings().broker_url == url


def test_a_panel_of_judges_is_read_from_json(monkeypatch):
    monkeypatch.setenv("GOLDBRIEF_JUDGE_PANEL", '[{"url": "http://a/v1", "model": "m"}]')
    assert [one.model for one in read_settings().judge_panel] == ["m"]
    monkeypatch.setenv("GOLDBRIEF_JUDGE_PANEL", "http://a/v1")
    with pytest.raises(InvalidInputError, match="GOLDBRIEF_JUDGE_PANEL"):
        read_settings()


def test_an_empty_variable_is_as_good_as_none(monkeypatch):
    monkeypatch.setenv("GOLDBRIEF_TEACHER_PROMPT_PRICE", "")
    assert read_settings().teacher_prompt_price is None
