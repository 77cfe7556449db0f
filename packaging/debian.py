"""Libraries of the system that come from Debian packages: installed as root, else named. Standard library only."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from pip_run import SetupError, say


def install_or_explain(packages: list[str], purpose: str) -> None:
    """Install Debian packages as root; otherwise, or when that fails, raise `SetupError` with the exact line to run."""
    line = f"apt-get install --no-install-recommends --yes {' '.join(packages)}"
    if not (sys.platform.startswith("linux") and shutil.which("apt-get")):
        raise SetupError(
            f"Missing for {purpose}: {', '.join(packages)} (Debian's names). Install them and start again."
        )
    if os.geteuid() != 0:
        raise SetupError(f"Missing for {purpose}. Run this line, then start again:\n    sudo {line}")
    say(f"  installing for {purpose}: {' '.join(packages)}")
    if _succeeds(line) or (_succeeds("apt-get update") and _succeeds(line)):
        return
    raise SetupError(f"Missing for {purpose}, and installing failed. Run this line, then start again:\n    {line}")


def _succeeds(line: str) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(line.split(), env=environment, capture_output=True, check=False).returncode == 0
