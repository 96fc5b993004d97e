"""
Runs the suite and prints each folder's time, so that a slow one is seen.

    python tests/run.py            everything
    python tests/run.py --fast     what tells within two minutes whether the product still stands
    python tests/run.py --soak     the long seeds
"""

import os
import subprocess
import sys
import time
from pathlib import Path

from playground.folders import FOLDERS

ROOT = Path(__file__).parent.parent
APART = (("crash", "fleet"), ("requirements", "browser"))
"""What forks processes by the dozen, and what draws, each in a run of its own: a browser keeps an event loop going in its worker."""
TOGETHER = tuple(name for name in FOLDERS if not any(name in names for names in APART))
"""The rest at once: starting two workers takes as long as a hundred of these tests."""
FAST = ("unit", "engine", "web", "security")


def main() -> int:
    """Run the folders, as many at once as is good; return 1 when any failed."""
    fast, soak = "--fast" in sys.argv, "--soak" in sys.argv
    failed: list[str] = []
    for names in (FAST,) if fast else (TOGETHER, *APART):
        command = [sys.executable, "-m", "pytest", "-q", "--no-header", "--tb=short", "-n", "2"]
        command += [path for name in names for path in FOLDERS[name]]
        if fast:
            command += ["-m", "not slow"]
        started = time.monotonic()
        env = {**os.environ, "DEALVOICE_SOAK": "1" if soak else ""}
        code = subprocess.run(command, cwd=ROOT, env=env, check=False).returncode
        print(f"=== {', '.join(names)}: {time.monotonic() - started:.0f} s", flush=True)
        if code:
            failed.append(", ".join(names))
    if failed:
        print(f"FAILED: {'; '.join(failed)}")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
