"""A real nginx on loopback with the site's own files: only ports and places of the certificate are other ones."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.servers.process import free_port
from tools.distributed.layout import ROOT

FOLDER = ROOT / "infra" / "nginx"
CERTIFICATE = "/etc/nginx/ssl/cert.pem"
KEY = "/etc/nginx/ssl/key.pem"
_MAIN = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log info;
events {{ worker_connections 256; }}
http {{
    access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    include {folder}/upstreams.conf;
    include {folder}/supportbot.conf;
}}
"""


@dataclass(frozen=True)
class Site:
    """Where nginx listens."""

    http: int
    https: int
    certificate: Path

    def url(self, path: str) -> str:
        return f"https://127.0.0.1:{self.https}{path}"

    def client(self) -> httpx.AsyncClient:
        """A visitor that takes the certificate as it is."""
        return httpx.AsyncClient(trust_env=False, verify=False, base_url=self.url(""), timeout=20)


def nginx() -> str:
    """The program; skipped where it is not."""
    found = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if found is None:
        pytest.skip("nginx is not installed; NOTHING was asked through it")
    return found


def written(folder: Path, gateway: int, admin_api: int) -> tuple[Path, Site]:
    """The configuration for a test, and where it will listen."""
    program_free = Site(free_port(), free_port(), folder / "cert.pem")
    subprocess.run(
        f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1 "
        f"-keyout {folder}/key.pem -out {folder}/cert.pem".split(),
        check=True,
        capture_output=True,
    )
    site = (FOLDER / "supportbot.conf").read_text(encoding="utf-8")
    changes = {
        "listen [::]:80 default_server;": "",
        "listen [::]:443 ssl http2 default_server;": "",
        "listen 80 ": f"listen 127.0.0.1:{program_free.http} ",
        "listen 443 ": f"listen 127.0.0.1:{program_free.https} ",
        CERTIFICATE: str(program_free.certificate),
        KEY: str(folder / "key.pem"),
    }
    for old, new in changes.items():
        assert old in site, old
        site = site.replace(old, new)
    upstreams = (FOLDER / "upstreams.services.conf").read_text(encoding="utf-8")
    for old_port, port in (("127.0.0.1:5001", gateway), ("127.0.0.1:5000", admin_api)):
        assert old_port in upstreams
        upstreams = upstreams.replace(old_port, f"127.0.0.1:{port}")
    (folder / "supportbot.conf").write_text(site, encoding="utf-8")
    (folder / "upstreams.conf").write_text(upstreams, encoding="utf-8")
    (folder / "nginx.conf").write_text(_MAIN.format(folder=folder), encoding="utf-8")
    return folder / "nginx.conf", program_free


@asynccontextmanager
async def site_before(folder: Path, *, gateway: int, admin_api: int) -> AsyncGenerator[Site]:
    """Nginx in front of two ports, until the end of the block."""
    program = nginx()
    configuration, site = written(folder, gateway, admin_api)
    process = await asyncio.create_subprocess_exec(
        program, "-p", str(folder), "-c", str(configuration), stderr=asyncio.subprocess.DEVNULL
    )
    try:
        await _until_it_listens(site, process, folder)
        yield site
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _until_it_listens(site: Site, process: asyncio.subprocess.Process, folder: Path) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", site.https)
            except OSError:
                assert process.returncode is None, (folder / "error.log").read_text(encoding="utf-8")
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return
