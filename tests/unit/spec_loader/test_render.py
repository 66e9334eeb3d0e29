"""Each format, by what its readers rely on."""

from __future__ import annotations

import json
import subprocess
import sys
from textwrap import dedent

import pytest

from trimtab.spec.diagnostic import Applicability, Diagnostic, Edit, Fix, Note, Severity
from trimtab.spec.positions import Span
from trimtab.spec.render import FORMATS, render

FILE = "specs/a b.yaml"
TEXT = "zero: 0\n\nkey: wert\nname: 日本 x\n\tlast: 1\n"
TEXTS = {FILE: TEXT}


def at(line: int, start: int, end: int, end_line: int | None = None) -> Span:
    return Span(FILE, line, start, end_line or line, end)


SPAN = at(3, 6, 10)
FIX = Fix("write `value`", Applicability.SAFE, (Edit(SPAN, "value"),))
FINDING = Diagnostic("TT105", "`key` must be `value`", SPAN, notes=(Note("see here", at(1, 1, 5)),), fix=FIX)


def shown(output: str, *diagnostics: Diagnostic, color: bool = False) -> str:
    return render(output, diagnostics or (FINDING,), TEXTS, color=color)


@pytest.mark.parametrize("output", FORMATS)
def test_every_format_has_something_to_say_of_nothing(output: str) -> None:
    text = render(output, (), {})
    assert json.loads(text) if output in ("json", "sarif") else text == ""


def test_full_shows_the_line_the_note_and_the_help() -> None:
    assert shown("full") == dedent("""\
        error[TT105]: `key` must be `value`
         --> specs/a b.yaml:3:6
          |
        3 | key: wert
          |      ^^^^
        4 | name: 日本 x
        note: see here
         --> specs/a b.yaml:1:1
          |
        1 | zero: 0
          | ^^^^
        help: write `value` (`--fix` does it)
        """)


def test_full_puts_carets_below_wide_characters() -> None:
    caret = shown("full", Diagnostic("TT103", "x", at(4, 7, 9))).splitlines()[5]
    assert caret == "  |       ^^^^"


def test_full_shows_an_empty_span_as_one_caret() -> None:
    lines = shown("full", Diagnostic("TT109", "x", at(3, 10, 10))).splitlines()
    assert "  |          ^" in lines


def test_full_shows_the_first_line_of_several() -> None:
    lines = shown("full", Diagnostic("TT103", "x", at(3, 1, 5, end_line=4))).splitlines()
    assert "  | ^^^^^^^^^" in lines


def test_full_cuts_a_window_out_of_a_very_long_line() -> None:
    text = "a: " + "x" * 5_000 + "!" + "y" * 5_000
    column = text.index("!") + 1
    output = render("full", [Diagnostic("TT103", "x", Span("f", 1, column, 1, column + 1))], {"f": text})
    lines = output.splitlines()
    assert max(map(len, lines)) < 200
    source, carets = lines[3], lines[4]
    assert source[carets.index("^")] == "!"


def test_full_does_without_the_text() -> None:
    assert render("full", [FINDING], {}).startswith("error[TT105]")


def test_colour_is_used_only_when_asked_for() -> None:
    assert "\x1b" not in shown("full") + shown("concise")
    assert "\x1b[1;31m" in shown("full", color=True)
    assert "\x1b[1;31m" in shown("concise", color=True)


@pytest.mark.parametrize("output", FORMATS)
def test_no_spec_commands_a_terminal(output: str) -> None:
    evil = "a: \x1b]0;owned\x07 \u202e\x9b31m\n::error::x\r\n"
    finding = Diagnostic("TT002", "bad \x1b[2J \u202e\n::warning::y", Span("f\x1b", 1, 4, 1, 5))
    text = render(output, [finding], {"f\x1b": evil})
    assert not any(c in text for c in "\x1b\x07\x9b\u202e\r")
    assert not any(line.startswith("::warning") for line in text.splitlines())


def test_concise_is_one_line_a_finding() -> None:
    assert shown("concise") == "specs/a b.yaml:3:6: error[TT105] `key` must be `value`\n"


def test_github_escapes_properties_and_data() -> None:
    span = Span("a,b:c%.yaml", 1, 2, 1, 3)
    finding = Diagnostic("TT001", "100%\nsure, yes: no", span, severity=Severity.INFO)
    assert render("github", [finding], {}) == (
        "::notice file=a%2Cb%3Ac%25.yaml,line=1,col=2,endLine=1,endColumn=3,title=Trimtab TT001"
        "::100%25\\u000asure, yes: no\n"
    )


def test_github_names_no_end_on_another_line() -> None:
    assert "endColumn" not in shown("github", Diagnostic("TT001", "x", at(3, 1, 2, end_line=4)))


def test_json_carries_the_edits() -> None:
    document = json.loads(shown("json"))
    assert document["format_version"] == "1.0"
    (finding,) = document["diagnostics"]
    assert (finding["code"], finding["severity"], finding["file"]) == ("TT105", "error", FILE)
    assert finding["start"] == {"line": 3, "column": 6}
    assert finding["end"] == {"line": 3, "column": 10}
    assert finding["fix"]["applicability"] == "safe"
    assert finding["fix"]["edits"][0]["text"] == "value"
    assert finding["notes"][0]["start"]["line"] == 1


def test_sarif_has_rules_places_and_fixes() -> None:
    log = json.loads(shown("sarif"))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    (result,) = run["results"]
    rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert rule["id"] == result["ruleId"] == "TT105"
    assert rule["shortDescription"]["text"] == "not one of the choices"
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "specs/a%20b.yaml"
    assert place["region"] == {"startLine": 3, "startColumn": 6, "endLine": 3, "endColumn": 10}
    assert result["relatedLocations"][0]["message"]["text"] == "see here"
    replacement = result["fixes"][0]["artifactChanges"][0]["replacements"][0]
    assert replacement["insertedContent"]["text"] == "value"


def fingerprints(text: str, *lines: int) -> list[str]:
    findings = [Diagnostic("TT105", "x", Span(FILE, line, 1, line, 2)) for line in lines]
    results = json.loads(render("sarif", findings, {FILE: text}))["runs"][0]["results"]
    return [result["partialFingerprints"]["primaryLocationLineHash"] for result in results]


def test_a_sarif_fingerprint_survives_lines_added_above() -> None:
    assert fingerprints("a: 1\nb: 2\n", 2) == fingerprints("# new\n\na: 1\nb: 2\n", 4)
    assert fingerprints("a: 1\nb: 2\n", 1) != fingerprints("a: 1\nb: 2\n", 2)


def test_equal_lines_have_fingerprints_of_their_own() -> None:
    assert len(set(fingerprints("a: 1\na: 1\n", 1, 2))) == 2


@pytest.mark.parametrize("output", FORMATS)
def test_a_format_imports_nothing_heavy(output: str) -> None:
    probe = (
        "import sys; from trimtab.spec.render import render; render(sys.argv[1], (), {}); "
        "print(*sys.modules, sep=chr(10))"
    )
    command = [sys.executable, "-c", probe, output]
    modules = set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())
    assert not modules & {"pydantic", "yaml", "rich", "asyncio", "importlib.metadata", "logging", "email"}
    assert ("json" in modules) == (output in ("json", "sarif"))
