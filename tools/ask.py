"""Say how to ask the model that `make demo` serves: with a digit that it has never seen, as one line to paste."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

TRIMTAB = Path(sys.executable).with_name("trimtab")
SHADES = " ░▒▓█"


def main(folder: str) -> None:
    told = subprocess.run(
        [str(TRIMTAB), "status", folder, "--output", "json"], capture_output=True, text=True
    )
    endpoint = json.loads(told.stdout)["endpoints"][0]
    pixels, label = held_out(Path(folder))
    data = [int(p) if p == int(p) else round(float(p), 4) for p in pixels.ravel()]
    asked = {"inputs": [{"name": "pixels", "shape": [1, 8, 8], "datatype": "FP32", "data": data}]}
    body = json.dumps(asked, separators=(",", ":"))
    print(f"\n{picture(pixels)}\n\nThis is a {label}, and the model has never seen it. Ask:\n")
    print(f"curl -s {endpoint['address']}/v2/models/{endpoint['name']}/infer -d '{body}'")
    print(f"\nAnd then:\n\n  . .venv/bin/activate\n  cd {folder}")
    print("  trimtab status            # what serves, and on what evidence")
    print("  trimtab runs classifier   # the training, its numbers drawn")
    print("  trimtab stop              # stop what runs; nothing is forgotten")


def held_out(folder: Path) -> tuple[np.ndarray, int]:
    """The first image of the newest held-out set, where the pipeline put it."""
    files = sorted((folder / ".trimtab").glob("*/volumes/**/heldOut.npz"), key=lambda f: f.stat().st_mtime)
    files += sorted((folder / ".trimtab").glob("artifacts/**/heldOut.npz"), key=lambda f: f.stat().st_mtime)
    with np.load(files[-1]) as arrays:
        return arrays["pixels"][0], int(arrays["label"][0])


def picture(pixels: np.ndarray) -> str:
    shade = (pixels * (len(SHADES) - 1)).round().astype(int)
    return "\n".join("  " + "".join(SHADES[s] * 2 for s in row) for row in shade)


if __name__ == "__main__":
    main(*sys.argv[1:])
