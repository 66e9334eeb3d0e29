"""A client of the Language Server Protocol, as small as it can be: what an editor does with one file, for tests.

The server talks JSON-RPC over its standard streams. A thread reads what it says, answers its questions with our
settings, and hands over the rest; whoever waits for something has a deadline.
"""

from __future__ import annotations

import itertools
import json
import queue
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

DEADLINE = 60.0
"""Seconds. A server that is slow to start on a busy machine needs a few."""
SETTINGS = {"yaml": {"validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False}}}
"""An editor's usual ones, without the catalogue of schemas that is on the net."""
CAPABILITIES = {
    "workspace": {"configuration": True},
    "textDocument": {
        "completion": {"completionItem": {"snippetSupport": True, "documentationFormat": ["markdown"]}},
        "hover": {"contentFormat": ["markdown"]},
    },
}

Message = dict[str, Any]


class LanguageServer:
    """A running server with one folder open. Use it as a context: it is told to leave, and waited for."""

    def __init__(self, command: Sequence[str], folder: Path) -> None:
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder)
        self._numbers = itertools.count(1)
        self._said: queue.Queue[Message] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        root = {"uri": folder.as_uri(), "name": folder.name}
        opening = {"processId": None, "rootUri": folder.as_uri(), "workspaceFolders": [root]}
        self.request("initialize", {**opening, "capabilities": CAPABILITIES})
        self.notify("initialized", {})

    def __enter__(self) -> LanguageServer:
        return self

    def __exit__(self, *_: object) -> None:
        """Politely; a server that doesn't leave is killed, or the test would never end."""
        try:
            self.request("shutdown", None)
            self.notify("exit", None)
            self._process.wait(DEADLINE)
        finally:
            self._process.kill()
            self._process.wait()
            self._reader.join()
            for stream in (self._process.stdin, self._process.stdout):
                assert stream
                stream.close()

    def open(self, file: Path) -> list[Message]:
        """What the server finds in a file. It says so once it has looked."""
        document = {"uri": file.as_uri(), "languageId": "yaml", "version": 1, "text": file.read_text()}
        self.notify("textDocument/didOpen", {"textDocument": document})
        told = self._wait(
            lambda m: (
                m.get("method") == "textDocument/publishDiagnostics" and m["params"]["uri"] == file.as_uri()
            )
        )
        found: list[Message] = told["params"]["diagnostics"]
        return found

    def at(self, method: str, file: Path, line: int, column: int) -> Any:
        """A request about a place; line and column count from 1, as ours do."""
        place = {"line": line - 1, "character": column - 1}
        return self.request(method, {"textDocument": {"uri": file.as_uri()}, "position": place})

    def request(self, method: str, params: Any) -> Any:
        number = next(self._numbers)
        self._send({"id": number, "method": method, "params": params})
        answer = self._wait(lambda m: m.get("id") == number and "method" not in m)
        assert "error" not in answer, answer
        return answer["result"]

    def notify(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def _send(self, message: Message) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._process.stdin.flush()

    def _wait(self, wanted: Callable[[Message], bool]) -> Message:
        """The first message that fits; those before it nobody waits for."""
        deadline = time.monotonic() + DEADLINE
        while True:
            try:
                message = self._said.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(
                    f"the language server said nothing fitting within {DEADLINE:g} s"
                ) from None
            if "method" in message and "id" in message:
                self._send({"id": message["id"], "result": _reply(message)})
            elif wanted(message):
                return message

    def _read(self) -> None:
        stream = self._process.stdout
        assert stream
        while header := stream.readline():
            if header.lower().startswith(b"content-length:"):
                while stream.readline().strip():
                    pass
                self._said.put(json.loads(stream.read(int(header.split(b":")[1]))))


def _reply(question: Message) -> Any:
    """What the server asks of an editor: its settings. Everything else it only wants to be acknowledged."""
    if question["method"] != "workspace/configuration":
        return None
    return [SETTINGS.get(item.get("section", "")) for item in question["params"]["items"]]
