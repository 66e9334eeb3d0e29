"""A lock is pins with hashes and nothing else; whether this Python has them all is a matter of versions."""

from __future__ import annotations

from importlib import metadata

import pytest

from trimtab.reconciler.local.environments import EnvironmentFailed, satisfied_by_this_python

HASH = "--hash=sha256:" + "0" * 64
HERE = f"pytest=={metadata.version('pytest')} {HASH}"


@pytest.mark.parametrize(
    "lock",
    [
        "",
        "# a comment\n\n",
        HERE,
        f"{HERE}\n# trailing\npluggy=={metadata.version('pluggy')} \\\n    {HASH} \\\n    {HASH}\n    # via pytest\n",
        f"no-such-thing==1.0 ; python_version < '3' {HASH}",
        f"PyTest[dev]=={metadata.version('pytest')} ; python_version >= '3' {HASH}  # why",
        HERE.replace(" --hash", " \\\r\n --hash"),
    ],
)
def test_what_is_here_satisfies(lock: str) -> None:
    assert satisfied_by_this_python(lock)


@pytest.mark.parametrize(
    "lock", [f"pytest==0.1 {HASH}", f"no-such-thing==1.0 {HASH}", f"{HERE}\nno-such-thing==1 {HASH}"]
)
def test_another_version_or_package_does_not(lock: str) -> None:
    assert not satisfied_by_this_python(lock)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (f"pytest>=1 {HASH}", "must pin pytest to one version"),
        (f"pytest {HASH}", "must pin pytest to one version"),
        (f"pytest==1.* {HASH}", "must pin pytest to one version"),
        (f"pytest==1,>0 {HASH}", "must pin pytest to one version"),
        (f"pytest @ https://evil.example/pytest.whl {HASH}", "must pin pytest to one version"),
        ("pytest==1.0", "has no hash for pytest"),
        ("--index-url https://evil.example/simple", "no pin: `--index-url"),
        ("-r other.txt", "no pin: `-r other.txt`"),
        ("-e .", "no pin: `-e .`"),
        ("./local", "no pin: `./local`"),
        ('version = 1\n[[package]]\nname = "torch"', "no pin: `version = 1`"),
    ],
)
def test_what_is_no_pin_is_refused_with_a_way_to_write_one(line: str, words: str) -> None:
    with pytest.raises(EnvironmentFailed, match="uv export") as refusal:
        satisfied_by_this_python(f"{HERE}\n{line}\n")
    assert words in str(refusal.value)
