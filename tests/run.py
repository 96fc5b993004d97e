"""
Runs the suite folder by folder and prints each folder's time, so that a slow one is seen.

    python tests/run.py            everything
    python tests/run.py --fast     what tells within two minutes whether the product still stands
    python tests/run.py --soak     the long seeds
"""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDERS = (
    ("unit", ["tests/invoicing", "tests/architecture", "tests/i18n", "tests/storage", "tests/connections"]),
    ("clients and contract", ["tests/quickbooks", "tests/pipedrive", "tests/contract"]),
    ("engine", ["tests/engine"]),
    ("sandbox", ["tests/sandbox"]),
    ("web", ["tests/web"]),
    ("workflows", ["tests/workflows"]),
    ("security", ["tests/security"]),
    ("requirements", ["tests/requirements"]),
    ("command line", ["tests/cli", "tests/operations"]),
    ("crash", ["tests/crash"]),
    ("faults", ["tests/faults"]),
    ("simulation", ["tests/simulation"]),
    ("fleet", ["tests/fleet"]),
    ("browser", ["tests/e2e"]),
)
FAST = ("unit", "engine", "web", "security")


def main() -> int:
    """Run the folders one after the other; return 1 when any failed."""
    fast, soak = "--fast" in sys.argv, "--soak" in sys.argv
    folders = [(name, here) for name, paths in FOLDERS if (here := [path for path in paths if (ROOT / path).exists()])]
    if fast:  # at once: starting two workers takes as long as a hundred of these tests
        folders = [("fast", [path for name, here in folders if name in FAST for path in here])]
    failed: list[str] = []
    passed_folders = 0
    for name, here in folders:
        command = [sys.executable, "-m", "pytest", "-q", "--no-header", "--tb=short", "-n", "2", *here]
        if fast:
            command += ["-m", "not slow"]
        started = time.monotonic()
        env = {**os.environ, "DEALVOICE_SOAK": "1" if soak else ""}
        code = subprocess.run(command, cwd=ROOT, env=env, check=False).returncode
        print(f"== {name}: {time.monotonic() - started:.0f} s", flush=True)
        if code not in (0, 5):
            failed.append(name)
        passed_folders += code == 0
    if failed:
        print(f"FAILED: {', '.join(failed)}")
        return 1
    return 0 if passed_folders else 1


if __name__ == "__main__":
    sys.exit(main())
