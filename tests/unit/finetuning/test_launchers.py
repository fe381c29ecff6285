"""Processes outlive the service that started them, and are told from each other."""

import json
import os
import signal
import sys

import pytest

from goldbrief.core.seams import TrainingJob
from goldbrief.core.settings import Settings
from goldbrief.finetuning.launchers import SubprocessLauncher, training_environment

from .samples import wait_for

STAND_IN = """
import os, signal, sys, time
def leave(*_):
    sys.exit(75)
signal.signal(signal.SIGTERM, leave)
print("training with", sys.argv[1:], os.environ.get("GOLDBRIEF_HOME"), flush=True)
deadline = time.monotonic() + 20
while time.monotonic() < deadline and not os.path.exists("finish"):
    time.sleep(0.01)
sys.exit(int(open("finish").read()))
"""


JOB = TrainingJob("run", "key")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the stand-in ends when it finds a file here
    yield tmp_path
    (tmp_path / "finish").write_text("0")


def make_launcher(folder, command=(sys.executable, "-c", STAND_IN)):
    environment = training_environment(Settings(home=folder))
    return SubprocessLauncher(folder / "jobs", environment, command)


def pid_of(folder):
    path = folder / "jobs" / "run" / "pid"
    wait_for(path.exists)
    return int(path.read_text())


def has_started(folder):
    log = folder / "jobs" / "run" / "log"
    return log.exists() and b"training with" in log.read_bytes()


def exit_code(launcher):
    wait_for(lambda: launcher.status("run").exit_code is not None)
    return launcher.status("run").exit_code


def test_nothing_is_known_of_a_run_that_was_never_launched(folder):
    status = make_launcher(folder).status("run")
    assert (status.exists, status.exit_code) == (False, None)


def test_a_job_is_told_what_it_is_part_of(folder):
    program = "import os; print(os.environ['TRACEPARENT'], os.environ['GOLDBRIEF_HOME'])"
    launcher = make_launcher(folder, (sys.executable, "-c", program))
    place = {"TRACEPARENT": "00-ab-cd-01"}
    launcher.launch(TrainingJob("run", "runs/run/spec.json", environment=place))
    assert exit_code(launcher) == 0
    assert launcher.status("run").detail == f"00-ab-cd-01 {folder}"


@pytest.mark.parametrize("code", [0, 64, 75, 1])
def test_the_exit_code_is_the_process_s_own(folder, code):
    launcher = make_launcher(folder)
    launcher.launch(TrainingJob("run", "runs/run/spec.json"))
    assert launcher.status("run").exists
    assert launcher.status("run").exit_code is None
    (folder / "finish").write_text(str(code))
    assert exit_code(launcher) == code
    detail = launcher.status("run").detail
    assert detail == f"training with ['--spec', 'runs/run/spec.json'] {folder}"


def test_a_restarted_service_adopts_the_process_and_learns_its_exit_code(folder):
    make_launcher(folder).launch(JOB)
    restarted = make_launcher(folder)
    restarted.launch(JOB)
    (folder / "finish").write_text("64")
    assert exit_code(restarted) == 64
    assert (folder / "jobs" / "run" / "log").read_text().count("training with") == 1


def test_stop_lets_the_process_leave_with_its_own_code(folder):
    launcher = make_launcher(folder)
    launcher.launch(JOB)
    wait_for(lambda: has_started(folder))
    launcher.stop("run")
    assert exit_code(launcher) == 75
    launcher.stop("run")


def test_a_killed_process_has_the_exit_code_of_its_signal(folder):
    launcher = make_launcher(folder)
    launcher.launch(JOB)
    os.kill(pid_of(folder), signal.SIGKILL)
    assert exit_code(launcher) == 137


def test_a_process_lives_on_without_its_keeper_and_is_not_started_twice(folder):
    launcher = make_launcher(folder)
    launcher.launch(JOB)
    wait_for(lambda: has_started(folder))
    keeper = launcher._keepers["run"]
    keeper.kill()
    keeper.wait()
    launcher.launch(JOB)
    assert launcher.status("run").exit_code is None
    launcher.stop("run")
    wait_for(lambda: not launcher.status("run").exists)
    assert (folder / "jobs" / "run" / "log").read_text().count("training with") == 1


def test_a_foreign_process_with_the_old_id_is_neither_adopted_nor_stopped(folder):
    job = folder / "jobs" / "run"
    job.mkdir(parents=True)
    (job / "lock").touch()
    (job / "pid").write_text(str(os.getpid()))  # as after a power cut
    launcher = make_launcher(folder)
    assert not launcher.status("run").exists
    launcher.stop("run")


def test_a_launch_after_the_end_starts_anew(folder):
    launcher = make_launcher(folder)
    (folder / "finish").write_text("75")
    launcher.launch(JOB)
    assert exit_code(launcher) == 75
    (folder / "finish").write_text("0")
    launcher.launch(JOB)
    assert exit_code(launcher) == 0


def test_the_keys_of_models_stay_with_us(tmp_path, monkeypatch):
    monkeypatch.setenv("GOLDBRIEF_JUDGE_API_KEY", "secret")
    panel = [{"url": "http://127.0.0.1/v1", "model": "m", "api_key": "secret"}]
    monkeypatch.setenv("GOLDBRIEF_JUDGE_PANEL", json.dumps(panel))
    environment = training_environment(Settings(home=tmp_path, teacher_api_key="secret"))
    assert "secret" not in " ".join(environment.values())
    assert environment["GOLDBRIEF_HOME"] == str(tmp_path)


def test_a_training_process_reads_the_settings_that_it_is_given(monkeypatch, tmp_path):
    settings = Settings(home=tmp_path, teacher_prompt_price=0.5)
    for name, value in training_environment(settings).items():
        monkeypatch.setenv(name, value)
    assert Settings() == settings
