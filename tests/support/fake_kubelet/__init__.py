"""A fake kubelet: Pods that the real scheduler binds to its node are told of as run, and nothing runs.

    with start_fake_kubelet(plane) as kubelet:
        ...                                       # apply a system; its runs end at once
        kubelet.started()

It is a fake because a sweep kills a writer at hundreds of places, and each of its two hundred systems has a dozen Pods: as
processes (see `node_agent`) each would take half a second, and say nothing more about the writer. What a run would have said
is in `last_words`, and holds for `tests/e2e/blink` alone. Volumes are bound and written by nobody.
"""

from fake_kubelet.journal import Started
from fake_kubelet.kubelet import FakeKubelet, start_fake_kubelet

__all__ = ["FakeKubelet", "Started", "start_fake_kubelet"]
