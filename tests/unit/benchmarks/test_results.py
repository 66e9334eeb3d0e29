"""The page of results keeps what was not measured again."""

from __future__ import annotations

from benchmarks.results import HEAD, with_section

TITLES = ["Hooks", "Clusters"]
HOOKS = ["## Hooks", "", "| a | b |"]
CLUSTERS = ["## Clusters", "", "fast", ""]


def test_a_section_replaces_the_one_of_its_title_and_no_other() -> None:
    page = with_section(with_section(HEAD, HOOKS, TITLES), CLUSTERS, TITLES)
    again = with_section(page, ["## Hooks", "", "new"], TITLES)
    assert again == f"{HEAD}\n## Hooks\n\nnew\n\n## Clusters\n\nfast\n"


def test_sections_are_in_the_order_of_the_titles() -> None:
    page = with_section(with_section(HEAD, CLUSTERS, TITLES), HOOKS, TITLES)
    assert page.index("## Hooks") < page.index("## Clusters")


def test_a_section_that_is_no_benchmark_any_more_goes() -> None:
    page = with_section(HEAD, HOOKS, TITLES)
    assert "Hooks" not in with_section(page, CLUSTERS, ["Clusters"])
