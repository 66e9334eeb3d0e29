"""`trimtab explain`: pages of codes and of keys."""

from __future__ import annotations

import pytest
from one_spec import Call

from trimtab.cli.exits import Exit


def test_explain_tells_of_codes_and_of_keys(trimtab: Call) -> None:
    assert "TT203  " in trimtab("explain")[1]
    assert trimtab("explain", "tt203")[1].startswith("# TT203: ")
    assert trimtab("explain", "training.any.retries")[1].startswith("# training.any.retries\n")


@pytest.mark.parametrize(
    ("subject", "said", "next_step"),
    [
        ("TT999", "there is no code TT999", "trimtab explain"),
        (
            "training.any.nodez",
            "the language has no place training.any.nodez",
            "trimtab explain training.any",
        ),
        ("nothing", "the language has no place nothing", "trimtab explain spec"),
    ],
)
def test_explain_of_nothing_says_where_to_look(
    trimtab: Call, subject: str, said: str, next_step: str
) -> None:
    code, out, err = trimtab("explain", subject)
    assert (code, out) == (Exit.FAILED, "")
    assert err.startswith(f"error: {said}\n  next: {next_step}")
