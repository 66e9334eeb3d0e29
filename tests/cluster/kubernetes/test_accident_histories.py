"""Accidents that would delete or overwrite what nobody meant to, each on a running system and a real API server.

All prove the same: whatever was there is there afterwards, the same object in the same revision, but for what the row
of the table names.
"""

from __future__ import annotations

import fnmatch
import os
import re
import subprocess
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import pytest
from accident_histories import HISTORIES, OUR_MEMORY
from accidents import System, config_map, running_system
from control_plane import Access, Identity
from followed import MAIN, Live, Repository, account, daemon, git, namespace, spec
from trimtab_cli import TRIMTAB, wait_for

from trimtab.cli.exits import Exit

PAGE = Path(__file__).parents[3] / "docs" / "accidents.md"


@pytest.fixture
def system(prepared_cluster: Access, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[System]:
    variables = {"KUBECONFIG": str(prepared_cluster.kubeconfig), "NO_COLOR": "1", "COLUMNS": "1000"}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    made = running_system(prepared_cluster, "accident", tmp_path)
    yield made
    made.end()


def unlike(names: Collection[str], patterns: Collection[str]) -> set[str]:
    return {name for name in names if not any(fnmatch.fnmatch(f"/{name}", f"*{p}") for p in patterns)}


@pytest.mark.parametrize("name", HISTORIES)
def test_nothing_is_lost(system: System, name: str) -> None:
    history = HISTORIES[name]
    door = history.accident(system) or system.apply
    system.comes_to_rest()
    before = system.things()
    told = door()
    after = system.things()
    if history.ends.means == "refused":
        assert before == after
    assert history.says in told.text, told.text
    assert told.code == history.ends.code, told.text
    assert not unlike(before.keys() - after.keys(), (*OUR_MEMORY, *history.gone)), told.text
    differ = {each for each in after if after[each] != before.get(each)}
    assert not unlike(differ, (*OUR_MEMORY, *history.changed)), told.text


def test_a_yes_deletes_what_was_asked_about_and_nothing_else(system: System) -> None:
    before = system.things().keys()
    system.manifests.clear()
    told = system.apply("--confirm", system.asks())
    assert told.code == Exit.OK, told.text
    gone = {each for each in before - system.things().keys() if "-applied-" not in each}
    role = f"clusterroles/reader-of-{system.namespace}"
    assert gone == {"configmaps/settings", "configmaps/limits", "services/door", role}


def test_a_yes_makes_a_strangers_object_ours(system: System) -> None:
    system.someone_applies(config_map("theirs", size="1"))
    system.manifests["theirs"] = config_map("theirs", color="red")
    system.write()
    assert system.apply().code == Exit.FINDINGS
    told = system.apply("--take-over")
    assert told.code == Exit.OK, told.text
    assert system.get("configmaps", "theirs")["data"] == {"color": "red", "size": "1"}
    assert system.apply().code == Exit.OK


def test_a_yes_never_takes_a_field_from_somebody_else(system: System) -> None:
    system.someone_applies(config_map("theirs", color="blue"))
    system.manifests["theirs"] = config_map("theirs", color="red")
    system.write()
    told = system.apply("--take-over")
    assert told.code == Exit.FINDINGS
    assert "helm owns data.color: nothing was written" in told.text


@pytest.fixture(scope="module")
def who(prepared_cluster: Access) -> Identity:
    return account(prepared_cluster)


@pytest.fixture
def place(prepared_cluster: Access) -> Iterator[str]:
    with namespace(prepared_cluster, "accident") as name:
        yield name


def _gone(repository: Repository) -> None:
    repository.bare.rename(repository.bare.with_name("elsewhere.git"))


def _without_branch(repository: Repository) -> None:
    git(repository.bare, "update-ref", "-d", "refs/heads/main")


def _with_another_history(repository: Repository) -> None:
    git(repository.clone, "checkout", "-q", "--orphan", "wrong")
    git(repository.clone, "rm", "-rqf", ".")
    (repository.clone / "README").write_text("Nothing of ours")
    git(repository.clone, "add", "-A")
    git(repository.clone, "commit", "-qm", "Wrong")
    git(repository.clone, "push", "-qf", "origin", "HEAD:main")


def _without_spec(repository: Repository) -> None:
    repository.push({MAIN: None, "README": "Nothing of ours"})


def _with_the_spec_elsewhere(repository: Repository) -> None:
    git(repository.clone, "mv", MAIN, "moved.yaml")
    repository.push({})


def _with_a_spec_cut_off(repository: Repository) -> None:
    text = (repository.clone / MAIN).read_text()
    repository.push({MAIN: text[: text.index("two") + 2]})


SOURCES: dict[str, tuple[Callable[[Repository], None], str]] = {
    "the repository is gone": (_gone, "git ls-remote: "),
    "the branch is deleted": (_without_branch, "has no branch main"),
    "another history is forced onto the branch": (_with_another_history, "it has left the branch"),
    "the spec is deleted on the branch": (_without_spec, "it has left the branch"),
    "the spec is moved on the branch": (_with_the_spec_elsewhere, "it has left the branch"),
    "the spec is cut off on the branch": (_with_a_spec_cut_off, "error[TT"),
}


@pytest.mark.parametrize("name", SOURCES)
def test_a_daemon_keeps_what_a_source_no_longer_tells(
    prepared_cluster: Access, who: Identity, place: str, tmp_path: Path, name: str
) -> None:
    accident, says = SOURCES[name]
    repository, live = Repository.new(tmp_path), Live(prepared_cluster, place)
    system = System(prepared_cluster, place, tmp_path, {})
    with daemon(repository, who, tmp_path / "home") as process:
        process.reaches(repository.push({MAIN: spec(place, one="red", two="red")}))
        system.comes_to_rest()
        before = system.things()
        accident(repository)
        process.says(says)
        live.delete("two")
        wait_for("what was deleted", lambda: live.color("two") == "red")
        after = system.things()
        process.end()
    differ = {each for each in before.keys() | after.keys() if before.get(each) != after.get(each)}
    assert not unlike(differ, ("*/mlsystems/shop", "*/configmaps/two"))


LEFT_BEHIND = {
    "the spec names its system differently on the branch": ("shop2", ""),
    "the spec names another namespace on the branch": ("shop", "-b"),
}


@pytest.mark.parametrize("name", LEFT_BEHIND)
def test_a_daemon_tells_of_what_no_spec_describes_any_more(
    prepared_cluster: Access, who: Identity, place: str, tmp_path: Path, name: str
) -> None:
    repository, live = Repository.new(tmp_path), Live(prepared_cluster, place)
    system = System(prepared_cluster, place, tmp_path, {})
    name, suffix = LEFT_BEHIND[name]
    with daemon(repository, who, tmp_path / "home") as process:
        process.reaches(repository.push({MAIN: spec(place, one="red", two="red")}))
        before = system.things()
        repository.push({MAIN: spec(f"{place}{suffix}", name, one="red", three="red")})
        told = process.says(f"{MAIN}: no spec describes system shop of namespace {place} on cluster tests")
        wait_for("the next system", lambda: Live(prepared_cluster, f"{place}{suffix}").holder(name))
        process.says("create ConfigMap/three")
        after = system.things()
        differ = {each for each in before if before[each] != after.get(each)}
        assert not unlike(differ, ("namespaces/*",))
        deletion = re.search(r"`(git show .*)`", told)
        assert deletion is not None, told
        shell(repository.clone, who, f"{deletion[1]} --yes")
        wait_for("the end of the other one", lambda: live.config("two") is None)
        assert process.end().count("no spec describes") == 1


def shell(folder: Path, who: Identity, command: str) -> None:
    variables = {
        **os.environ,
        "KUBECONFIG": str(who.kubeconfig),
        "PATH": f"{TRIMTAB.parent}:{os.environ['PATH']}",
    }
    done = subprocess.run(command, shell=True, cwd=folder, env=variables, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_daemon_asks_and_is_told_yes_on_the_system(
    prepared_cluster: Access, who: Identity, place: str, tmp_path: Path
) -> None:
    repository, live = Repository.new(tmp_path), Live(prepared_cluster, place)
    with daemon(repository, who, tmp_path / "home") as process:
        process.reaches(repository.push({MAIN: spec(place, one="red", two="red")}))
        emptied = repository.push({MAIN: spec(place).replace("  manifests:\n", "")})
        line = process.says("confirm by the annotation")
        assert (live.color("one"), live.color("two")) == ("red", "red")
        found = re.search(r"trimtab.dev/confirm=\w+", line)
        assert found is not None, line
        prepared_cluster.kubectl("-n", place, "annotate", "mlsystem", "shop", found[0])
        process.reaches(emptied)
        assert (live.color("one"), live.color("two")) == (None, None)
        process.end()


HEAD = "| what happened | what is said | what comes of it |\n|---|---|---|\n"


def rows() -> Iterator[str]:
    for name, history in HISTORIES.items():
        yield f"| {name} | {history.says} | {history.ends.means} |\n"
    for name, (_, says) in SOURCES.items():
        yield f"| {name} (a daemon) | {says} | goes on, nothing lost |\n"
    for name in LEFT_BEHIND:
        yield f"| {name} (a daemon) | no spec describes system shop | goes on, nothing lost |\n"


def test_the_page_lists_them() -> None:
    text = PAGE.read_text(encoding="utf-8")
    table = HEAD + "".join(rows())
    assert text[text.index(HEAD) :][: len(table)] == table, f"the table must be:\n{table}"
