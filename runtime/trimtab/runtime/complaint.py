"""How the runtime gives up: one sentence for people, no traceback.

A `Complaint` that nobody catches ends the interpreter with its sentence on stderr and exit code 1: just what a
training script, or an entry point of ours, wants. It is for what a person can put right, never for bugs.
"""

from __future__ import annotations


class Complaint(SystemExit):
    """The sentence says what is wrong and what would be right."""

    def __init__(self, sentence: str) -> None:
        super().__init__(f"trimtab: {sentence}")
        self.sentence = sentence

    def __str__(self) -> str:
        return self.sentence
