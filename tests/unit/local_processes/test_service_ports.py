"""Ports: the same name, the same port, unless somebody has it."""

from __future__ import annotations

import socket

import pytest

from trimtab.reconciler.local import service_ports
from trimtab.reconciler.local.service_ports import NoPort, choose


def test_a_name_keeps_its_port() -> None:
    assert choose("digits/recognizer:80") == choose("digits/recognizer:80")


def test_names_differ() -> None:
    assert len({choose(f"service-{number}") for number in range(50)}) > 45


def test_a_port_that_was_given_to_another_is_not_given_again() -> None:
    first = choose("a")
    second = choose("a", {first})
    assert second != first
    assert choose("a", {second}) == first


def test_a_port_that_somebody_listens_on_is_passed_over() -> None:
    port = choose("a")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        assert choose("a") != port


def test_a_port_of_every_interface_is_taken_too() -> None:
    port = choose("a")
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", port))
        taken.listen()
        assert choose("a") != port


def test_none_left_is_said() -> None:
    with pytest.raises(NoPort, match="every port from 20000 to 29999 is taken"):
        choose("a", service_ports.RANGE)
