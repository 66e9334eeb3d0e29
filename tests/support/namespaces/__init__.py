"""Programs that live in namespaces of their own, and the system calls they take: the standard library, nothing else.

They are started once a container, without site packages, and import nothing of ours but each other.
"""
