"""What a rule is: a small function with a code that looks at a resolved spec and yields what it finds.

A rule sees one value, the `Context`, and changes nothing. It says where (a spec path) and what; the code and the
severity are its registration's. A waiver of the spec turns a finding of a policy into a remark.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from trimtab.spec.diagnostic import Applicability, Diagnostic, Edit, Fix, Note, Severity
from trimtab.spec.positions import Positions, SpecPath

if TYPE_CHECKING:
    from trimtab.spec.model.environments import Environment
    from trimtab.spec.model.security import Waiver
    from trimtab.spec.model.system import MLSystem, Spec
    from trimtab.spec.model.workload import Workload

T = TypeVar("T")


class Placed(NamedTuple):
    """Something that runs, where it stands, and how people call it."""

    at: SpecPath
    workload: Workload
    title: str


class Context:
    """A spec in one environment, overlays merged, and where each of its values was written.

    `source` is the text, or texts, that all of it was read from; `whole` is the tree as it was written, where
    parts that are wrong were taken out of it.
    """

    __slots__ = (
        "_known",
        "environment",
        "environment_name",
        "positions",
        "source",
        "system",
        "tree",
        "whole",
    )

    def __init__(
        self,
        system: MLSystem,
        environment_name: str,
        environment: Environment,
        positions: Positions,
        tree: Mapping[str, Any],
        source: str,
        whole: Mapping[str, Any] | None = None,
    ) -> None:
        self.system = system
        self.environment_name = environment_name
        self.environment = environment
        self.positions = positions
        self.tree = tree
        self.source = source
        self.whole = whole
        self._known: dict[Any, tuple[Any, ...]] = {}

    @property
    def spec(self) -> Spec:
        return self.system.spec

    def wrote(self, *path: str | int) -> bool:
        """Whether a key was written, in the spec or in an override."""
        found: Any = self.tree
        for key in path:
            if not isinstance(found, Mapping) or key not in found:
                return False
            found = found[key]
        return True

    def taken_out(self, *path: str) -> tuple[str, ...]:
        """The names below `path` that the text has; whether they are still in the tree or not."""
        found: Any = self.whole
        for key in path:
            found = found.get(key) if isinstance(found, Mapping) else None
        return tuple(map(str, found)) if isinstance(found, Mapping) else ()

    def nearest(self, *path: str | int) -> SpecPath:
        """The path, or what of it was written: of `replicas: 2` the `min` was not."""
        return self.positions.nearest(path)[0]

    def once(self, look: Callable[[Context], Iterable[T]]) -> tuple[T, ...]:
        """What `look` finds. Several rules ask the same; it is looked up once."""
        if look not in self._known:
            self._known[look] = tuple(look(self))
        found: tuple[T, ...] = self._known[look]
        return found

    def workloads(self) -> tuple[Placed, ...]:
        return self.once(Context._workloads)

    def _workloads(self) -> Iterator[Placed]:
        spec = self.spec
        for name, pipeline in spec.data.pipelines.items():
            yield Placed(("spec", "data", "pipelines", name), pipeline, f"pipeline {name}")
        for name, training in spec.training.items():
            at: SpecPath = ("spec", "training", name)
            yield Placed(at, training, f"training {name}")
            for key, evaluation in training.evaluate.items():
                yield Placed((*at, "evaluate", key), evaluation, f"evaluation {key} of {name}")
        for name, endpoint in spec.deployment.items():
            yield Placed(("spec", "deployment", name), endpoint, f"endpoint {name}")


class Found(NamedTuple):
    """What a rule found. The span is that of the value at `at`, or with `on_key` of its key.

    `meant` is the word that was probably meant where this value stands.
    """

    at: SpecPath
    message: str
    notes: tuple[str | tuple[str, SpecPath], ...] = ()
    on_key: bool = False
    meant: str | None = None


Rule = Callable[[Context], Iterator[Found]]


class Registered(NamedTuple):
    code: str
    severity: Severity
    check: Rule


RULES: list[Registered] = []
MOST_FINDINGS = 200
"""Of one rule in one spec. A spec is hostile input: what it costs to judge is bounded."""


def rule(code: str, severity: Severity = Severity.ERROR) -> Callable[[Rule], Rule]:
    """Register a rule under its code, which names its page."""

    def register(check: Rule) -> Rule:
        RULES.append(Registered(code, severity, check))
        return check

    return register


def judge(context: Context) -> Iterator[Diagnostic]:
    """Everything that any rule finds, up to a number that nobody would read anyway."""
    for code, severity, check in RULES:
        for number, found in enumerate(check(context)):
            if number == MOST_FINDINGS:
                yield _and_more(code, severity, context)
                break
            yield _diagnostic(code, severity, found, context)


def _and_more(code: str, severity: Severity, context: Context) -> Diagnostic:
    message = f"there are more findings of {code} than the {MOST_FINDINGS} that are shown"
    return Diagnostic(code, message, context.positions.value(()), severity)


def _diagnostic(code: str, severity: Severity, found: Found, context: Context) -> Diagnostic:
    positions = context.positions
    span = positions.key(found.at) if found.on_key else positions.value(found.at)
    notes = tuple(
        Note(note) if isinstance(note, str) else Note(note[0], positions.key(note[1])) for note in found.notes
    )
    if waiver := _waiver(code, found.at, context):
        notes, severity = (*notes, Note(f"accepted until {waiver.until}: {waiver.reason}")), Severity.INFO
    fix = found.meant and Fix(f"write `{found.meant}`", Applicability.UNSAFE, (Edit(span, found.meant),))
    return Diagnostic(code, found.message, span, severity, notes, fix or None)


def _waiver(code: str, at: SpecPath, context: Context) -> Waiver | None:
    """The waiver that covers a finding. Whether it has expired is for who knows the day."""
    where = ".".join(map(str, at[1:]))
    for waiver in context.spec.security.waivers.values():
        if waiver.rule == code and any(where == path or where.startswith(f"{path}.") for path in waiver.for_):
            return waiver
    return None
