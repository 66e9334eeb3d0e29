"""The folder of a run as a script would find it: `Root(tmp_path).environment(TRIMTAB_SEED="7")`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trimtab.runtime.environment import Environment


@dataclass(frozen=True)
class Root:
    path: Path

    def environment(self, **variables: str) -> Environment:
        return Environment(self.variables(**variables))

    def variables(self, **variables: str) -> dict[str, str]:
        run = {"TRIMTAB_ROOT": str(self.path), "TRIMTAB_RUN": "a-run", "TRIMTAB_RUN_KEY": "v1:" + "ab" * 32}
        return {**run, **variables}

    def params(self, **params: Any) -> None:
        self.write("params/params.json", json.dumps(params))

    def write(self, path: str, text: str) -> Path:
        file = self.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    @property
    def words(self) -> Any:
        return json.loads((self.path / "termination-log").read_bytes())

    @property
    def record(self) -> Any:
        return json.loads((self.path / "record" / "record.json").read_bytes())
