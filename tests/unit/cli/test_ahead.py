"""Work that another process does: its result, what it raises, and that it may die."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from trimtab.cli.ahead import Ahead

PROBE = """
import os, signal, sys
from trimtab.cli.ahead import Ahead

def elsewhere():
    return os.getpid()

def failing():
    raise FileNotFoundError(2, "No such file", "nowhere.yaml")

def odd():
    class Odd(Exception): ...
    raise Odd("of a class that nobody else knows")

def dying():
    os._exit(7)

def choosy():
    class Choosy(Exception):
        def __init__(self, *, name):
            super().__init__(name)
    globals()["Choosy"] = Choosy
    raise Choosy(name="made of other arguments")

print("unflushed", end="")
here = Ahead(elsewhere)
print(here.result() != os.getpid())
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
print(Ahead(elsewhere).result() != os.getpid())
for work in (failing, odd, choosy, dying):
    try:
        Ahead(work).result()
    except Exception as error:
        print(type(error).__name__, error, getattr(error, "filename", None))
"""


def test_the_work_is_done_by_another_process_and_its_end_is_ours() -> None:
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "unflushedTrue",
        "True",
        "FileNotFoundError [Errno 2] No such file: 'nowhere.yaml' nowhere.yaml",
        "RuntimeError Odd: of a class that nobody else knows None",
        "RuntimeError Choosy: made of other arguments None",
        "RuntimeError the process that compiled the spec ended in the middle of it None",
    ]


@pytest.fixture
def another_thread() -> threading.Event:
    return threading.Event()


def test_where_something_runs_beside_it_the_work_is_done_here(another_thread: threading.Event) -> None:
    beside = threading.Thread(target=another_thread.wait)
    beside.start()
    work = Ahead(threading.get_ident)
    another_thread.set()
    beside.join()
    assert work.result() == threading.get_ident()
