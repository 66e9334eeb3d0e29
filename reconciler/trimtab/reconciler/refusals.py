"""Why a system is not touched. Nothing was written; the text of each is one sentence with the next step."""

from __future__ import annotations


class Refused(Exception):
    """It is for a person to change something."""


class NotPrepared(Refused):
    """The cluster lacks our kinds, or we lack rights there: an administrator may change that at any time."""


class SystemHeld(Refused):
    """Another writer holds the system `name` of a namespace."""

    def __init__(self, sentence: str, namespace: str, name: str) -> None:
        super().__init__(sentence)
        self.namespace, self.name = namespace, name
