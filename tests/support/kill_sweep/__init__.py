"""A writer killed at each call it makes of a real API server: a first apply, an update, a promotion, a prune.

    outcome = sweep(folder, lanes=12)

Real are the control plane with its controllers and scheduler, the writers (processes of their own that end by SIGKILL),
and every request. The kubelet is a fake, see `fake_kubelet`. What holds after each restart is told in `life`; that
nothing ran twice is told by the fake kubelet and the API server's audit log, at the end.
"""

from kill_sweep.phases import PHASES
from kill_sweep.sweeping import Outcome, sweep

__all__ = ["PHASES", "Outcome", "sweep"]
