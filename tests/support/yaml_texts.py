"""Strategies for YAML texts: sound ones in many layouts, and anything at all."""

from __future__ import annotations

from hypothesis import strategies as st

WORDS = st.text("abcxyzABC_-09é日", min_size=1, max_size=8).filter(lambda w: w[0] not in "-0")
COMMENTS = st.sampled_from(["", "", "", "  # why", " #x"])

PLAIN = st.one_of(
    WORDS,
    st.integers(-(10**6), 10**6).map(str),
    st.sampled_from(
        ["true", "null", "1.5", "1e3", "10m", "a b", "x:y", "http://h/p", "-", "a#b", "22:30", "0x1f"]
    ),
).filter(lambda text: text != "-")
QUOTED = st.one_of(
    WORDS.map(lambda w: f"'{w} '' {w}'"),
    WORDS.map(lambda w: f'"{w}: \\n \\"#{w}"'),
)


def _flow(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    spaces = st.sampled_from(["", " ", "  "])
    items = st.lists(children, max_size=3)
    pairs = st.dictionaries(WORDS, children, max_size=3)
    return st.one_of(
        st.tuples(items, spaces).map(lambda x: f"[{x[1]}{(',' + x[1]).join(x[0])}{x[1]}]"),
        st.tuples(pairs, spaces).map(
            lambda x: "{" + x[1] + f"{x[1]},".join(f"{k}: {x[1]}{v}" for k, v in x[0].items()) + x[1] + "}"
        ),
    )


FLOW_SAFE = st.one_of(WORDS, st.integers(0, 99).map(str), QUOTED)
FLOW = _flow(st.one_of(FLOW_SAFE, _flow(FLOW_SAFE)))
INLINE = st.one_of(PLAIN, QUOTED, FLOW)


@st.composite
def block(draw: st.DrawFn, depth: int = 3) -> list[str]:
    """The lines of a mapping in block style, without indentation."""
    lines: list[str] = []
    for key in draw(st.lists(WORDS, min_size=1, max_size=4, unique=True)):
        lines += draw(st.lists(st.sampled_from(["", "# note", "  # deeper"]), max_size=2))
        lines += draw(_entry(key, depth))
    return lines


@st.composite
def _entry(draw: st.DrawFn, key: str, depth: int) -> list[str]:
    kind = draw(st.sampled_from(["inline", "literal", "mapping", "list"])) if depth else "inline"
    comment = draw(COMMENTS)
    indent = " " * draw(st.integers(1, 5))
    if kind == "inline":
        return [f"{key}:{indent}{draw(INLINE)}{comment}"]
    if kind == "literal":
        style = draw(st.sampled_from(["|", ">", "|-", ">+", "|+"]))
        text = draw(
            st.lists(st.sampled_from(["one", "two  ", "", "  more", "# no comment"]), min_size=1, max_size=4)
        )
        return [f"{key}: {style}{comment}", f"{indent}first", *(indent + t if t else "" for t in text)]
    if kind == "mapping":
        return [f"{key}:{comment}", *(indent + line if line else "" for line in draw(block(depth - 1)))]
    dash = draw(st.sampled_from(["", indent]))
    return [
        f"{key}:{comment}",
        *(f"{dash}-{indent}{item}" for item in draw(st.lists(INLINE, min_size=1, max_size=3))),
    ]


SOUND = block().map(lambda lines: "\n".join(lines) + "\n")

ANY = st.one_of(
    st.text(max_size=300),
    st.text(" \t\n:-?#&*!|>'\"%@`{}[],ab01<~\\\r\x00\ufeffé", max_size=300),
    st.binary(max_size=200).map(lambda data: data.decode("utf-8", errors="surrogateescape")),
)
