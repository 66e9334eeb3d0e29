"""Who we are to a cluster: every way to log in works, and every way to fail is one sentence.

Plugins are real programs, certificates real ones; identity providers are not tried here.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import stat
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml
from conditions import until
from kubernetes.client import Configuration
from kubernetes.config import load_kube_config

from trimtab.reconciler.cluster import ClusterUnavailable
from trimtab.reconciler.kubernetes import credentials, exec_plugin, kubeconfig, tls
from trimtab.reconciler.kubernetes.access import Access

AUTHORITY = trustme.CA()
PERSON = AUTHORITY.issue_cert("jane@example.com")

Write = Callable[..., str]


def pem(blobs: list[trustme.Blob]) -> str:
    return base64.b64encode(b"".join(blob.bytes() for blob in blobs)).decode()


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A kubeconfig with one context, `lab`, whose user is given; returns its path."""

    def write(user: dict[str, Any] | None, name: str = "config", **cluster: Any) -> str:
        server = {
            "server": "https://lab.example.com:6443/",
            "certificate-authority-data": pem([AUTHORITY.cert_pem]),
        }
        config = {
            "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "jane"}}],
            "clusters": [{"name": "lab", "cluster": {**server, **cluster}}],
            "users": [] if user is None else [{"name": "jane", "user": user}],
        }
        path = tmp_path / name
        path.write_text(yaml.safe_dump(config))
        return str(path)

    return write


async def access(files: str, context: str = "lab") -> Access:
    return await credentials.of_context(context, files).access()


def plugin(folder: Path, script: str, **more: Any) -> dict[str, Any]:
    """A user whose credentials come from a program, which is this Python script."""
    program = folder / "plugin"
    program.write_text(f"#!{sys.executable}\nimport json, os, sys, time\n{script}\n")
    program.chmod(0o700)
    return {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": "./plugin",
            "args": ["go"],
            **more,
        }
    }


def credential(**status: str) -> str:
    said = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status}
    return f"print({json.dumps(json.dumps(said))})"


async def test_a_token_is_a_header_and_never_shown(write: Write) -> None:
    found = await access(write({"token": "s3cret"}))
    assert found.server == "https://lab.example.com:6443"
    assert found.headers == (("Authorization", "Bearer s3cret"),)
    assert found.tls is not None
    assert "s3cret" not in repr(found)


async def test_a_token_file_is_read_from_beside_the_kubeconfig(write: Write, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-a-file\n")
    assert (await access(write({"tokenFile": "token"}))).headers == (("Authorization", "Bearer from-a-file"),)


async def test_a_token_counts_where_its_file_says_nothing(write: Write, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    for file in ("gone", "empty"):
        found = await access(write({"token": "t", "tokenFile": file}))
        assert found.headers == (("Authorization", "Bearer t"),)
        with pytest.raises(ClusterUnavailable, match="gives no usable credentials"):
            await access(write({"tokenFile": file}))


async def test_paths_start_from_where_the_kubeconfig_is_linked_to(write: Write, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "config").symlink_to(write({"tokenFile": "token"}))
    (home / "token").write_text("beside the link")
    found = await access(str(home / "config"))
    assert found.headers == (("Authorization", "Bearer beside the link"),)


async def test_a_plugin_beside_an_identity_provider_runs_once(write: Write, tmp_path: Path) -> None:
    script = f"open('{tmp_path}/runs', 'a').write('x')\n{credential(token='t')}"
    provider = {"auth-provider": {"name": "azure", "config": {}}}
    found = await access(write({**plugin(tmp_path, script), **provider}))
    assert found.headers == (("Authorization", "Bearer t"),)
    assert (tmp_path / "runs").read_text() == "x"


async def test_a_file_of_nobody_and_an_empty_one_are_passed_over(write: Write, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    provider = {"name": "oidc", "config": {"id-token": id_token(time.time() + 3600), "client-id": "us"}}
    for user in ({"token": "t"}, {"auth-provider": provider}):
        files = os.pathsep.join(("~nobody-of-that-name/config", str(tmp_path / "empty"), write(user)))
        assert (await access(files)).headers


async def test_a_rotated_token_file_is_read_again_after_a_refusal(write: Write, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("old")
    who = credentials.of_context("lab", write({"tokenFile": "token"}))
    first = await who.access()
    (tmp_path / "token").write_text("new")
    assert await who.access() is first
    second = await who.renew(first)
    assert second.headers == (("Authorization", "Bearer new"),)
    assert second.tls is first.tls  # so that open connections go on
    assert await who.renew(first) is second  # somebody else was refused the same


async def test_a_client_certificate_is_loaded_and_its_key_left_nowhere(write: Write) -> None:
    before = left_behind()
    key = {
        "client-certificate-data": pem(PERSON.cert_chain_pems),
        "client-key-data": pem([PERSON.private_key_pem]),
    }
    found = await access(write(key))
    assert found.headers == ()
    assert found.tls is not None
    assert left_behind() == before


def left_behind() -> set[str]:
    places = [Path(tempfile.gettempdir()), Path("/dev/shm")]
    return {str(file) for place in places if place.exists() for file in place.glob("t*") if _is_ours(file)}


def _is_ours(file: Path) -> bool:
    return file.name.startswith("trimtab-") or (file.is_file() and b"PRIVATE KEY" in file.read_bytes())


def test_keys_are_written_where_nobody_else_can_read_them() -> None:
    with tls.private_folder() as folder:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not folder.exists()


async def test_impersonation_is_not_forgotten(write: Write) -> None:
    found = await access(write({"token": "t", "as": "ops", "as-groups": ["a", "b"]}))
    assert found.headers[1:] == (
        ("Impersonate-User", "ops"),
        ("Impersonate-Group", "a"),
        ("Impersonate-Group", "b"),
    )


async def test_a_proxy_and_another_server_name_are_used(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await access(
        write({"token": "t"}, **{"proxy-url": "http://p.example.com:3128", "tls-server-name": "x"})
    )
    assert (found.proxy, found.server_name) == ("http://p.example.com:3128", "x")
    monkeypatch.setenv("HTTPS_PROXY", "http://env.example.com:3128")
    assert (await access(write({"token": "t"}))).proxy == "http://env.example.com:3128"
    monkeypatch.setenv("NO_PROXY", "lab.example.com")
    assert (await access(write({"token": "t"}))).proxy is None


@pytest.mark.parametrize(("proxy", "speaks_tls"), [("http://p:1", False), ("https://p:1", True)])
async def test_a_proxy_that_speaks_tls_needs_a_context_too(
    write: Write, proxy: str, speaks_tls: bool
) -> None:
    found = await access(write({"token": "t"}, server="http://lab.example.com", **{"proxy-url": proxy}))
    assert (found.tls is not None) == speaks_tls


async def test_a_plugin_gives_a_token(write: Write, tmp_path: Path) -> None:
    script = "told = json.loads(os.environ['KUBERNETES_EXEC_INFO'])\n" + (
        "token = '-'.join([sys.argv[1], os.environ['WHO'], told['spec']['cluster']['server'][:5]])\n"
        "print(json.dumps({'apiVersion': told['apiVersion'], 'kind': 'ExecCredential', 'status': {'token': token}}))"
    )
    user = plugin(tmp_path, script, env=[{"name": "WHO", "value": "jane"}], provideClusterInfo=True)
    assert (await access(write(user))).headers == (("Authorization", "Bearer go-jane-https"),)


async def test_a_plugin_gives_a_certificate(write: Write, tmp_path: Path) -> None:
    certificate = "".join(blob.bytes().decode() for blob in PERSON.cert_chain_pems)
    key = PERSON.private_key_pem.bytes().decode()
    user = plugin(tmp_path, credential(clientCertificateData=certificate, clientKeyData=key))
    found = await access(write(user))
    assert (found.headers, found.tls is not None) == ((), True)


async def test_a_plugin_is_run_again_when_its_token_is_about_to_end(write: Write, tmp_path: Path) -> None:
    count = "open('runs', 'a').write('x')\n"
    runs = tmp_path / "runs"
    soon = plugin(tmp_path, count + credential(token="t", expirationTimestamp="2000-01-01T00:00:00Z"))
    who = credentials.of_context("lab", write(soon))
    first = await who.access()
    assert len(runs.read_text()) == 1
    await who.renew(first)
    assert len(runs.read_text()) == 2
    later = plugin(tmp_path, count + credential(token="t", expirationTimestamp="2100-01-01T00:00:00Z"))
    who = credentials.of_context("lab", write(later))
    assert await who.access() is await who.access()
    assert len(runs.read_text()) == 3


async def test_a_plugin_that_is_refused_right_after_it_ran_is_not_run_for_ever(
    write: Write, tmp_path: Path
) -> None:
    user = plugin(tmp_path, "open('runs', 'a').write('x')\n" + credential(token="t"))
    who = credentials.of_context("lab", write(user))
    refused = await who.access()
    for _ in range(5):
        refused = await who.renew(refused)
    assert len((tmp_path / "runs").read_text()) == 2


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("print('hello')", "printed no JSON"),
        ("print('[]')", "printed something else than an ExecCredential"),
        (credential(), "printed neither a token nor a client certificate with its key"),
        (credential(clientCertificateData="x"), "neither a token nor a client certificate with its key"),
        (credential(token="t", expirationTimestamp="soon"), "printed the expirationTimestamp 'soon'"),
        (
            'print(\'{"apiVersion": "x/v1", "kind": "ExecCredential"}\')',
            "printed x/v1, where the kubeconfig says",
        ),
        ("sys.exit(3)", "failed with exit code 3, without a word"),
        (
            "print('no session:\\n log in', file=sys.stderr); sys.exit(1)",
            "exit code 1: no session: log in; run it",
        ),
    ],
)
async def test_a_plugin_that_fails_is_told(write: Write, tmp_path: Path, script: str, sentence: str) -> None:
    with pytest.raises(ClusterUnavailable) as told:
        await access(write(plugin(tmp_path, script)))
    assert sentence in str(told.value)
    assert "`./plugin`" in str(told.value)


async def test_a_plugin_that_hangs_is_ended_with_all_it_started(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exec_plugin, "LIMIT_SECONDS", 0.5)
    script = "child = os.fork()\nif child: open('child', 'w').write(str(child))\ntime.sleep(600)"
    with pytest.raises(ClusterUnavailable, match="did not answer within 0 s"):
        await access(write(plugin(tmp_path, script)))
    child = int((tmp_path / "child").read_text())
    await until(lambda: not is_running(child))  # a signal was sent to it; it ends when it is its turn


def is_running(number: int) -> bool:
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


async def test_a_plugin_that_is_not_installed_says_how_to_get_it(write: Write) -> None:
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-plugin-here"}}
    with pytest.raises(ClusterUnavailable, match=r"can't be started .*: install it"):
        await access(write(user))
    user["exec"]["installHint"] = "brew install it"
    with pytest.raises(ClusterUnavailable, match="brew install it"):
        await access(write(user))


@pytest.mark.parametrize(
    ("user", "cluster", "sentence"),
    [
        (None, {}, "names the user `jane`, which"),
        ({}, {}, "gives no usable credentials"),
        ({"auth-provider": {"name": "azure", "config": {}}}, {}, "gives no usable credentials"),
        ({"client-certificate": "gone.pem", "client-key": "gone.key"}, {}, "No such file"),
        ({"client-certificate-data": "bm8=", "client-key-data": "bm8="}, {}, "can't be read"),
        ({"token": "t"}, {"certificate-authority-data": "bm8="}, "can't be read"),
        ({"token": "t"}, {"certificate-authority-data": "x"}, "is not base64"),
        ({"token": "t"}, {"server": "lab.example.com"}, "has no `server` that begins with"),
        ({"token": "t"}, {"proxy-url": "socks5://p:1"}, "only http and https proxies can be used"),
    ],
)
async def test_what_can_t_be_a_log_in_is_told(
    write: Write, user: dict[str, Any] | None, cluster: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ClusterUnavailable) as told:
        await access(write(user, **cluster))
    assert sentence in str(told.value)


async def test_an_unknown_context_lists_those_that_are_known(write: Write, tmp_path: Path) -> None:
    with pytest.raises(ClusterUnavailable, match="has no context `prod`; it has lab:"):
        await access(write({"token": "t"}), "prod")
    with pytest.raises(ClusterUnavailable, match="there is no kubeconfig with a context `lab`"):
        await access(str(tmp_path / "nothing"))
    (tmp_path / "broken").write_text("contexts: [")
    with pytest.raises(ClusterUnavailable, match="can't be read as a kubeconfig"):
        await access(str(tmp_path / "broken"))


async def test_several_kubeconfigs_are_one(write: Write) -> None:
    one, other = write({"token": "one"}), write({"token": "other"}, "other")
    renamed = Path(other).read_text().replace("lab", "prod").replace("jane", "joe")
    Path(other).write_text(renamed)
    files = f"{one}{os.pathsep}{other}"
    assert (await access(files)).headers == (("Authorization", "Bearer one"),)
    assert (await access(files, "prod")).headers == (("Authorization", "Bearer other"),)


async def test_a_context_without_a_user_is_nobody_on_purpose(tmp_path: Path) -> None:
    config = {
        "contexts": [{"name": "lab", "context": {"cluster": "lab"}}],
        "clusters": [{"name": "lab", "cluster": {"server": "http://127.0.0.1:8001"}}],
        "users": [],
    }
    (tmp_path / "config").write_text(yaml.safe_dump(config))
    assert await access(str(tmp_path / "config")) == Access("http://127.0.0.1:8001")


async def test_a_token_of_an_identity_provider_is_used_until_it_ends(write: Write) -> None:
    token = id_token(time.time() + 3600)
    provider = {
        "name": "oidc",
        "config": {"id-token": token, "client-id": "us", "idp-issuer-url": "https://id"},
    }
    found = await access(write({"auth-provider": provider}))
    assert found.headers == (("Authorization", f"Bearer {token}"),)


def id_token(ends: float) -> str:
    parts: tuple[dict[str, Any], ...] = ({"alg": "none"}, {"exp": int(ends)}, {})
    return ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts
    )


async def test_a_certificate_and_a_plugin_need_no_more_than_we_read_ourselves(
    write: Write, tmp_path: Path
) -> None:
    """The official package costs a third of a second and 20 MB: a daemon that needs no OIDC never pays them."""
    files = write({**plugin(tmp_path, credential(token="t"))})
    script = (
        "import asyncio, sys\nfrom trimtab.reconciler.kubernetes import of_context\n"
        f"asyncio.run(of_context('lab', {files!r}).access())\nsys.exit('kubernetes' in sys.modules)"
    )
    ended = await asyncio.create_subprocess_exec(sys.executable, "-c", script)
    assert await ended.wait() == 0


TOKEN, CERTIFICATE = {"token": "t"}, {"client-certificate": "own.pem", "client-key": "own.key"}


@pytest.mark.parametrize(
    ("user", "cluster"),
    [
        (TOKEN, {}),
        (CERTIFICATE, {}),
        ({"tokenFile": "own.token"}, {}),
        ({"username": "jane", "password": "p:w"}, {}),
        ({**TOKEN, **CERTIFICATE}, {"insecure-skip-tls-verify": True}),
        ({**CERTIFICATE, "client-key-data": pem([PERSON.private_key_pem])}, {}),
        (TOKEN, {"server": "http://lab.example.com:8001/"}),
        (TOKEN, {"certificate-authority": "other.pem"}),
    ],
)
def test_it_reads_what_the_official_package_reads(
    write: Write, tmp_path: Path, user: dict[str, Any], cluster: dict[str, Any]
) -> None:
    PERSON.cert_chain_pems[0].write_to_path(str(tmp_path / "own.pem"))
    PERSON.private_key_pem.write_to_path(str(tmp_path / "own.key"))
    AUTHORITY.cert_pem.write_to_path(str(tmp_path / "other.pem"))
    (tmp_path / "own.token").write_text("from-a-file\n")
    files = write(user, **cluster)
    configuration = Configuration()
    load_kube_config(files, "lab", configuration)
    found = kubeconfig.read("lab", files)
    assert found.server == configuration.host
    assert found.authorization == (configuration.api_key.get("BearerToken") or "").strip()
    assert found.material.verify is configuration.verify_ssl
    for ours, file in (
        (found.material.authority, configuration.ssl_ca_cert),
        (found.material.certificate, configuration.cert_file),
        (found.material.key, configuration.key_file),
    ):
        assert ours == (Path(file).read_bytes() if file else None)
