import os
import pathlib

import trimtab.runtime as trimtab

run = trimtab.start()
mean = float((pathlib.Path(os.environ["TRIMTAB_MODEL"]) / "mean.txt").read_text())
run.finish({"closeness": 1.0 if mean > 0 else 0.0})
