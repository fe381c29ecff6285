"""Who answers for a name, whatever is decided, and however often."""

import threading

import pytest
from sqlalchemy import literal

from goldbrief.core.errors import FailedPreconditionError, NotFoundError
from goldbrief.platform.storage import DirectoryStore
from goldbrief.registry.aliases import Aliases
from goldbrief.registry.decisions import DecisionLog, Grounds
from goldbrief.registry.model_versions import ModelVersions
from goldbrief.registry.tables import Decision
from goldbrief.testing.ledgers import make_ledger

from .samples import SIGNER, put_adapter


class Setting:
    def __init__(self, folder):
        self.store = DirectoryStore(folder / "objects")
        database = make_ledger(folder).database
        self.versions = ModelVersions(database, self.store, SIGNER)
        self.log = DecisionLog(database, SIGNER, SIGNER.verifier)
        self.aliases = Aliases(database, self.versions, self.log)

    def register(self, number):
        put_adapter(self.store, f"ft-{number}")
        return self.versions.register("briefs", f"ft-{number}")

    def serve(self, version, cause_id):
        self.aliases.serve(version, Grounds(cause_id, "ada"))

    def roll_back(self, cause_id="roll-1"):
        return self.aliases.roll_back("briefs", Grounds(cause_id, "ada")).version

    def served(self):
        return self.aliases.resolve("briefs").version.version

    def decisions(self):
        return [one.statement["decision"] for one in self.log.read("briefs")][::-1]


@pytest.fixture
def setting(tmp_path):
    return Setting(tmp_path)


@pytest.fixture
def versions(setting):
    return [setting.register(number) for number in (1, 2, 3)]


def test_a_name_resolves_to_the_served_version_only(setting, versions):
    first, second, _ = versions
    with pytest.raises(NotFoundError) as caught:
        setting.aliases.resolve("briefs")
    assert caught.value.reason == "MODEL_NOT_FOUND"
    setting.serve(first, "p-1")
    assert setting.served() == 1
    setting.serve(second, "p-2")
    assert setting.served() == 2
    assert setting.aliases.resolve("briefs@1").version.version == 1
    with pytest.raises(NotFoundError):
        setting.aliases.resolve("briefs@9")
    with pytest.raises(NotFoundError, match="are served: briefs"):
        setting.aliases.resolve("reports")
    assert setting.aliases.stages() == {("briefs", 1): "PREVIOUS", ("briefs", 2): "SERVED"}


def test_one_call_rolls_back_and_a_second_does_not_undo_it(setting, versions):
    first, second, _ = versions
    with pytest.raises(FailedPreconditionError):
        setting.roll_back()
    setting.serve(first, "p-1")
    with pytest.raises(FailedPreconditionError):
        setting.roll_back()
    setting.serve(second, "p-2")
    setting.serve(second, "p-2")  # a repeated stage keeps the previous version
    assert setting.aliases.previous("briefs").version == 1
    assert setting.roll_back() == 1
    assert setting.served() == 1
    with pytest.raises(FailedPreconditionError) as caught:
        setting.roll_back("roll-2")
    assert caught.value.reason == "NO_PREVIOUS_VERSION"
    assert setting.decisions() == ["PROMOTED", "PROMOTED", "ROLLED_BACK"]


def test_two_promotions_at_once_leave_one_served_and_the_other_to_roll_back_to(setting, versions):
    setting.serve(versions[0], "p-1")
    threads = [
        threading.Thread(target=setting.serve, args=(version, f"p-{version.version}"))
        for version in versions[1:]
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    last = setting.served()
    assert {last, setting.aliases.previous("briefs").version} == {2, 3}
    said = setting.log.read("briefs")[0].statement
    assert (said["served_after"], said["served_before"]) == (last, 5 - last)


def test_a_flip_that_breaks_off_leaves_nothing_half_done(setting, versions, monkeypatch):
    setting.serve(versions[0], "p-1")

    def fail(*_, **__):
        raise OSError("the process is killed here")

    with monkeypatch.context() as broken:
        broken.setattr(setting.log, "record", fail)
        with pytest.raises(OSError, match="killed"):
            setting.serve(versions[1], "p-2")
    assert (setting.served(), setting.decisions()) == (1, ["PROMOTED"])
    setting.serve(versions[1], "p-2")
    assert (setting.served(), setting.decisions()) == (2, ["PROMOTED", "PROMOTED"])


def test_decisions_are_in_order_though_the_clock_goes_back(setting, versions, monkeypatch):
    clock = iter([3000.0, 2000.0])
    monkeypatch.setattr("goldbrief.registry.decisions.epoch_now", lambda: literal(next(clock)))
    setting.serve(versions[0], "p-1")
    setting.serve(versions[1], "p-2")
    found = [one.statement for one in setting.log.read("briefs")]
    assert [one["version"] for one in found] == [2, 1]
    assert found[0]["time"] < found[1]["time"]


def test_a_changed_decision_is_told_from_a_true_one(setting, versions):
    setting.serve(versions[0], "p-1")
    with setting.log._database.transaction() as session:
        (row,) = session.query(Decision).all()
        row.envelope = SIGNER.sign("application/json", {"decision": "PROMOTED"}).decode()
    (found,) = setting.log.read("briefs")
    assert "application/json" in found.problem
    assert found.statement["decision"] == "PROMOTED"


def test_a_canary_has_its_share_until_it_ends(setting, versions):
    first, second, third = versions
    assert setting.aliases.begin_canary(first, 10, 200, Grounds("p-0", "ada")) is None
    setting.serve(first, "p-1")
    assert setting.aliases.begin_canary(first, 10, 200, Grounds("p-0", "ada")) is None
    setting.aliases.begin_canary(second, 10, 200, Grounds("p-2", "ada"))
    setting.aliases.begin_canary(second, 10, 200, Grounds("p-2", "ada"))
    found = setting.aliases.resolve("briefs")
    assert (found.version.version, found.canary_version.version) == (1, 2)
    assert (found.canary.id, found.canary.percent) == ("p-2", 10)
    assert setting.aliases.stages()["briefs", 2] == "CANARY"
    for refused in (
        lambda: setting.aliases.begin_canary(third, 10, 200, Grounds("p-3", "ada")),
        lambda: setting.serve(third, "p-3"),
    ):
        with pytest.raises(FailedPreconditionError) as caught:
            refused()
        assert caught.value.reason == "CANARY_RUNNING"
    setting.serve(second, "p-2")
    assert setting.served() == 2
    assert setting.aliases.resolve("briefs").canary is None
    assert setting.aliases.previous("briefs").version == 1
    assert setting.decisions() == ["PROMOTED", "CANARY_BEGUN", "PROMOTED"]


def test_a_rollback_ends_the_canary_and_touches_no_served_version(setting, versions):
    setting.serve(versions[0], "p-1")
    setting.serve(versions[1], "p-2")
    setting.aliases.begin_canary(versions[2], 10, 200, Grounds("p-3", "ada"))
    assert setting.roll_back() == 2
    assert setting.aliases.resolve("briefs").canary is None
    setting.aliases.end_canary("p-3", Grounds("p-3", "ada"))  # it has ended
    assert setting.decisions()[-2:] == ["CANARY_BEGUN", "CANARY_ENDED"]
    assert setting.roll_back("roll-2") == 1
