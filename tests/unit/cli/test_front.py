"""How `trimtab` is called: help, mistakes, faults, colours, completion."""

from __future__ import annotations

from pathlib import Path

import pytest
from one_spec import SPEC, Call

from trimtab.cli import main as front
from trimtab.cli.exits import Exit


@pytest.mark.parametrize("command", front.COMMANDS)
def test_every_command_explains_itself_with_examples(
    trimtab: Call, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        trimtab(command, "--help")
    assert ended.value.code == 0
    assert f"examples:\n  trimtab {command}" in capsys.readouterr().out


def test_without_a_command_it_introduces_itself(trimtab: Call) -> None:
    code, out, _ = trimtab()
    assert code == Exit.OK
    assert all(command in out for command in front.COMMANDS)


def test_a_misspelt_command_is_guessed(trimtab: Call) -> None:
    code, out, err = trimtab("staus")
    assert (code, out) == (Exit.FAILED, "")
    assert err == "error: there is no command 'staus'\n  next: trimtab status\n"


def test_an_unknown_option_names_itself(trimtab: Call) -> None:
    code, _, err = trimtab("check", "--colour")
    assert code == Exit.FAILED
    assert "trimtab check does not know --colour" in err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_every_command(trimtab: Call, shell: str) -> None:
    code, out, _ = trimtab("completion", shell)
    assert code == Exit.OK
    assert all(command in out for command in front.COMMANDS)


def test_a_missing_extra_is_named(trimtab: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "shtab", None)
    monkeypatch.delitem(sys.modules, "trimtab.cli.commands.completion", raising=False)
    code, _, err = trimtab("completion", "bash")
    assert code == Exit.FAILED
    assert "pip install 'trimtab[reconcile]'" in err


def test_a_fault_of_ours_is_one_sentence(trimtab: Call, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("surprise")

    monkeypatch.setattr("trimtab.cli.commands.check.check", broken)
    code, _, err = trimtab("check")
    assert code == Exit.FAILED
    assert err.splitlines()[0] == "error: a fault of Trimtab itself: ValueError: surprise"


def test_an_interrupt_is_quiet(trimtab: Call, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("trimtab.cli.commands.check.check", interrupted)
    assert trimtab("check")[0] == Exit.INTERRUPTED


def test_no_colour_where_nobody_looks_or_nobody_wants_it(
    trimtab: Call, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.write_text(SPEC.replace("pool: cpu", "pool: gpu"))
    assert "\x1b[" not in trimtab("check")[1]
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in trimtab("check")[1]
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in trimtab("check")[1]
