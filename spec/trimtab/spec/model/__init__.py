"""The language as a model: what a spec may say, and what each key means.

One module a section; `MLSystem` is the whole. Values are immutable; attributes are snake_case of the keys.
"""

from trimtab.spec.model.system import MLSystem

__all__ = ["MLSystem"]
