"""One call of pip: what it is doing in short lines, and why it failed in one sentence. Standard library only."""

from __future__ import annotations

import collections
import os
import re
import subprocess
import sys
from pathlib import Path

LARGE_MB = 10


class SetupError(Exception):
    """Setting up cannot go on; the text is for the person."""


def say(line: str) -> None:
    """One line to the person, at once."""
    print(line, flush=True)


def pip_install(python: Path, words: list[str]) -> None:
    """Run ``pip install`` in an environment; raises `SetupError` with the reason in plain words."""
    command = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", *words]
    environment = {**os.environ, "PIP_USER": "0", "PIP_PROGRESS_BAR": "off", "PYTHONUNBUFFERED": "1"}
    last: collections.deque[str] = collections.deque(maxlen=200)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", env=environment
    ) as pip:
        assert pip.stdout is not None
        try:
            for line in pip.stdout:
                last.append(line.rstrip())
                _tell(line)
        except BaseException:  # Ctrl-C or an end asked for from outside: pip does not outlive this program
            pip.terminate()
            raise
    if pip.returncode:
        raise SetupError(reason("\n".join(last)))


_CAUSES = {
    r"No space left on device|Errno 28|not enough space on the disk": (
        "The disk is full. Free at least 8 GiB (3 with PyTorch's CPU build), then start again."
    ),
    r"CERTIFICATE_VERIFY_FAILED|SSLError": (
        "The package index's certificate was not accepted. Set pip's `cert` to your organisation's, then start again."
    ),
    r"name resolution|NameResolutionError|getaddrinfo failed|Network is unreachable|NewConnectionError"
    r"|Failed to establish a new connection|ConnectTimeout|ReadTimeout|ProxyError|Connection refused|Disconnected": (
        "No connection to the package index. Check the network, or pip's proxy and index settings, then start again."
    ),
    r"Permission denied|Errno 13": (
        "Access to a folder was refused. Allow writing to the program's folder, then start again."
    ),
}


def reason(output: str) -> str:
    """Why pip failed, from what it printed."""
    for pattern, sentence in _CAUSES.items():
        if re.search(pattern, output):
            return sentence
    missing = re.search(r"No matching distribution found for ([^\s;]+)", output)
    if missing:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        return (
            f"The package index has no {missing[1]} for Python {version} on this system. "
            "Start this file with another Python from 3.11 on, or check pip's index settings."
        )
    errors = [line for line in output.splitlines() if line.lstrip().upper().startswith("ERROR")]
    return f"pip failed: {(errors or output.splitlines() or ['no reason given'])[-1].strip()}"


def _tell(line: str) -> None:
    """The large files and the unpacking, which is what a person waits for."""
    text = line.strip()
    got = re.match(r"(?:Downloading|Using cached|Processing) (\S+)(.*)", text)
    if got:
        name = got[1].rsplit("/", 1)[-1]
        size = re.search(r"\(([\d.]+) MB\)", got[2])
        if size and float(size[1]) >= LARGE_MB:
            say(f"      {name.split('-')[0]} ({float(size[1]):.0f} MB)")
        elif name.startswith("torch-"):
            say("      torch")
    elif text.startswith("Installing collected packages"):
        say("      unpacking")
