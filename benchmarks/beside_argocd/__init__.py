"""What a thousand objects at rest cost, and how fast they are healed: our daemon and Argo CD, one after the other.

Each has a control plane of its own and the same objects in as many systems, for Argo CD an Application each. It tunes
nothing for anybody, and says nothing of ten thousand objects.
"""
