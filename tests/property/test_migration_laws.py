"""Whatever a spec looks like, migrating renames keys and nothing else, and does so once."""

from __future__ import annotations

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from yaml_texts import SOUND, WORDS

from trimtab.spec.migrations.migrate import Migrated, migrate_text
from trimtab.spec.yaml_reader import read

FILE = "mlsystem.yaml"
KEY = "\0key\0"
"""Stands in a drawn text where the workload's key stands, in either version."""
LINES = st.lists(
    st.sampled_from(["", "      # workers: 3", "      env: {workers: a}", "  "]), max_size=2, unique=True
)
WRITTEN = st.sampled_from(
    [
        "{key}: 2",
        "'{key}': 2",
        '"{key}" :  2',
        "? {key}\n      : 2",
        "{key}: 2  # workers",
        "{key}:\n        2",
    ]
)


@st.composite
def workload(draw: st.DrawFn, name: str) -> str:
    """A training in flow or block style, with its `workers` among other keys."""
    if draw(st.booleans()):
        spaces = draw(st.sampled_from(["", " ", "   "]))
        return f"    {name}: {{{spaces}a: b,{spaces} {KEY}: 2{spaces}}}\n"
    before, after = draw(LINES), draw(LINES)
    after = [line for line in after if line not in before or not line.strip().startswith("env")]
    written = "      " + draw(WRITTEN).format(key=KEY)
    return "\n".join([f"    {name}:", *before, written, *after]) + "\n"


@st.composite
def specs(draw: st.DrawFn) -> str:
    """A text of either version, with other YAML beside it, line ends and all."""
    names = draw(st.lists(WORDS, min_size=1, max_size=3, unique=True))
    trainings = "".join(draw(workload(name)) for name in names)
    other = "".join(f"    {line}\n" if line else "\n" for line in draw(SOUND).splitlines())
    text = f"apiVersion: trimtab.dev/VERSION\nkind: MLSystem\nspec:\n  training:\n{trainings}  manifests:\n{other}"
    text = text.replace("\n", draw(st.sampled_from(["\n", "\n", "\r\n"])))
    return draw(st.sampled_from(["", "", "\ufeff"])) + text


def in_version(text: str, version: str, key: str) -> str:
    return text.replace("VERSION", version).replace(KEY, key)


@given(specs())
@settings(max_examples=200, deadline=None)
def test_only_the_renamed_keys_change_and_only_once(text: str) -> None:
    old, new = in_version(text, "v1beta1", "workers"), in_version(text, "v1", "nodes")
    assume(not any(d.is_error for d in read(old, FILE).diagnostics))
    found = migrate_text(old, FILE)
    assert isinstance(found, Migrated)
    assert found.text == new
    assert read(found.text, FILE).tree == read(found.meant, FILE).tree
    assert migrate_text(found.text, FILE) is None
