"""`parity playground`: serve the page on this machine, and open it in the browser."""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import socket
import threading
import time
import warnings
import webbrowser

import uvicorn
from fastapi import FastAPI
from nicegui import ui
from rich.console import Console
from starlette.middleware.trustedhost import TrustedHostMiddleware

from parity.outputs import CommandError
from parity.playground.page import show_page
from parity.playground.pictures import boundaries
from parity.playground.session import Session
from parity.student.messages import find_language

__all__ = ["listen", "make_app", "playground_command"]

HERE = ("localhost", "127.0.0.1")


def playground_command(port: int, host: str, allow_remote: bool, browser: bool, console: Console) -> int:
    """Serve until Ctrl-C.

    Raises:
        CommandError: a host that others can reach, without their being allowed; a port that is taken.
    """
    # NiceGUI looks at every object there is at its start, and one of torch's warns when it is looked at.
    warnings.filterwarnings("ignore", "`torch.distributed.reduce_op`", FutureWarning)
    with listen(host, port, allow_remote) as listening:
        address = f"http://{host}:{listening.getsockname()[1]}"
        _warm_up()
        server = uvicorn.Server(
            uvicorn.Config(
                make_app(host), log_level="warning", lifespan="on", ws="websockets-sansio", timeout_graceful_shutdown=3
            )
        )
        console.print(f"The playground is at {address}", highlight=False)
        console.print("Ctrl-C ends it.")
        if browser:
            threading.Thread(target=_open, args=(server, address), daemon=True).start()
        # uvicorn ends in order at Ctrl-C, and then sends the signal on; for a server that is the way to end.
        with contextlib.suppress(KeyboardInterrupt):
            server.run(sockets=[listening])
    return 0


def listen(host: str, port: int, allow_remote: bool) -> socket.socket:
    """A socket that waits for browsers: on this machine's own address unless others are allowed.

    Raises:
        CommandError: a host that others can reach, without their being allowed; no such host; a port that is taken.
    """
    try:
        family, _, _, _, place = socket.getaddrinfo(host, port, family=socket.AF_INET, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise CommandError(f"--host {host}: no such IPv4 address ({error.strerror})") from error
    if not ipaddress.ip_address(place[0]).is_loopback and not allow_remote:
        raise CommandError(
            f"--host {host} can be reached from other machines, and whoever opens the page uses this one's processor;"
            " with --allow-remote it is served all the same"
        )
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(place)
        listening.listen()
    except OSError as error:
        listening.close()
        raise CommandError(f"port {port} of {host}: {error.strerror}; --port 0 takes a free one") from error
    return listening


def make_app(host: str) -> FastAPI:
    """The server's program: one page, and NiceGUI's own files. It keeps nothing on the disk and asks no network."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    if host in HERE or ipaddress.ip_address(socket.gethostbyname(host)).is_loopback:
        # A page of another site cannot reach this one under a name of its own (DNS rebinding).
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*HERE, host])
    ui.page("/")(show_page)
    portuguese = find_language() == "pt"
    ui.run_with(
        app, title="Playground", language="pt-BR" if portuguese else "en-US", show_welcome_message=False,
        reconnect_timeout=2.0, message_history_length=0,
    )  # fmt: skip
    logging.getLogger("nicegui").setLevel(logging.WARNING)
    return app


def _warm_up() -> None:
    """Torch and matplotlib load much of themselves at their first use, which no page should wait for."""
    session = Session()
    session.step()
    boundaries(session, ("", ""))


def _open(server: uvicorn.Server, address: str) -> None:
    """Open the page once there is something to be seen."""
    while not server.started and not server.should_exit:
        time.sleep(0.05)
    if server.started:
        webbrowser.open(address)
