"""What a daemon costs that keeps thousands of objects, and how fast it heals them, on a control plane of its own.

It says nothing of how fast they are applied.
"""
