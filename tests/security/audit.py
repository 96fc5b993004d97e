"""
``make audit``: known holes in what we depend on, unsafe code, secrets in the repository; and the list of what we are made of.

    python tests/security/audit.py

What could not be reached is said, never passed over: the end of the output tells for each part whether it was clean, found
something, or was not done. Tools that are no dependency of ours are put into ``build/audit`` for the time of the run.
"""

import json
import re
import shutil
import subprocess
import sys
import venv
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
TOOLS = ROOT / "build" / "audit"
SBOM = ROOT / "build" / "sbom.cdx.json"
CLEAN, FOUND, NOT_DONE = "clean", "FOUND SOMETHING", "NOT DONE"
_PATIENCE = 240

SECRETS = {
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    "a cloud's access key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a code host's token": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{40,}|glpat-[\w-]{20,})"),
    "a chat's or a payment's token": re.compile(r"\b(?:xox[abprs]-[\w-]{20,}|sk_live_\w{20,}|rk_live_\w{20,})"),
    "a registry's token": re.compile(r"\b(?:pypi-AgEI[\w-]{40,}|npm_[A-Za-z0-9]{36})\b|_authToken\s*="),
    "a signed token": re.compile(r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}"),
    "QuickBooks' tokens": re.compile(r"\b(?:AB11\d{10,}\w{20,}|RT1-\d+-\w+-\w{20,})"),
    "a secret in a setting": re.compile(
        r"""(?i)(?:secret|token|passw(?:or)?d|api_?key)\w*["']?\s*[:=]\s*["'](?=[^"']*\d)(?=[^"']*[a-z])[A-Za-z0-9+/=_-]{32,}["']"""
    ),
}
"""What no tracked file may hold."""
KNOWN = {
    "dealvoice-demo-jwt-secret-of-32-bytes-or-more": "the sandbox's, refused as soon as an address leaves the machine",
}
"""Texts that look like secrets and are none, with the reason."""


def tracked(root: Path = ROOT) -> Iterator[Path]:
    """Yield the files of the repository."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True).stdout
    for name in listed.split("\0"):
        path = root / name
        if name and path.is_file() and not path.is_symlink():
            yield path


def secrets_in(text: str) -> Iterator[str]:
    """Yield what looks like a secret in a text, by its kind and line."""
    for known in KNOWN:
        text = text.replace(known, "")
    for kind, pattern in SECRETS.items():
        for found in pattern.finditer(text):
            yield f"{kind} in line {text.count(chr(10), 0, found.start()) + 1}"


def scan_secrets() -> str:
    """Look for secrets in every tracked file."""
    found = []
    for path in tracked():
        text = path.read_bytes().decode(errors="ignore")
        found += [f"{path.relative_to(ROOT)}: {one}" for one in secrets_in(text)]
    return _judged(found)


def python_packages(lock: str) -> list[dict[str, Any]]:
    """Return the components of a lock as pip reads it."""
    found = []
    for block in re.split(r"\n(?=[A-Za-z0-9])", lock):
        head = re.match(r"([A-Za-z0-9._-]+)==([^\s;\\]+)", block)
        if head is not None:
            name, version = re.sub(r"[-_.]+", "-", head[1]).lower(), head[2]
            hashes = [{"alg": "SHA-256", "content": digest} for digest in re.findall(r"sha256:([0-9a-f]{64})", block)]
            found.append(_component(name, version, f"pkg:pypi/{name}@{version}", hashes))
    return found


def node_packages(lock: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the components of npm's lock; those that only tests and checks need are optional."""
    found = {}
    for path, package in lock["packages"].items():
        name = path.rpartition("node_modules/")[2]
        if name:
            url = f"pkg:npm/{name.replace('@', '%40')}@{package['version']}"
            kind, _, digest = package.get("integrity", "").partition("-")
            hashes = [{"alg": "SHA-512", "content": b64decode(digest).hex()}] if kind == "sha512" else []
            found[url] = _component(name, package["version"], url, hashes)
            found[url]["scope"] = "optional" if package.get("dev") else "required"
    return list(found.values())


def bill_of_materials() -> dict[str, Any]:
    """Return the list of what the product is made of, as CycloneDX 1.5; the same locks give the same list."""
    packages = python_packages((ROOT / "requirements.lock").read_text())
    packages += node_packages(json.loads((ROOT / "package-lock.json").read_text()))
    version = re.search(r'^version = "([^"]+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    return {
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "metadata": {"component": {"type": "application", "name": "dealvoice", "version": version[1] if version else "0"}},
        "components": sorted(packages, key=lambda one: str(one["purl"])),
    }  # fmt: skip


def write_sbom() -> str:
    """Write the list of what we are made of."""
    SBOM.parent.mkdir(exist_ok=True)
    bill = bill_of_materials()
    SBOM.write_text(json.dumps(bill, indent=1))
    print(f"{len(bill['components'])} components in {SBOM.relative_to(ROOT)}")
    return CLEAN


def audit_node() -> str:
    """Ask npm's advisories about what the browser gets."""
    told = _asked(["npm", "audit", "--omit=dev", "--json"])
    if told is None or "vulnerabilities" not in told:
        print((told or {}).get("message", "npm said nothing"))
        return NOT_DONE
    return _judged([f"{name}: {hole['severity']}" for name, hole in told["vulnerabilities"].items()])


def audit_python() -> str:
    """Ask for known holes in the locked Python packages."""
    tool = _tool("pip-audit")
    told = tool and _asked([tool, "-r", "requirements.lock", "--require-hashes", "--disable-pip", "-f", "json"])
    if not told:
        return NOT_DONE
    holes = [(one["name"], hole["id"]) for one in told["dependencies"] for hole in one.get("vulns", [])]
    return _judged([f"{name}: {hole}" for name, hole in holes])


def audit_code() -> str:
    """Look for unsafe code with bandit; its rules as ruff has them are part of ``make check`` as well."""
    tool = _tool("bandit")
    # Put-together statements and marked-up texts: ruff looks at them too, and each exception has its reason in its line.
    told = tool and _asked([tool, "-q", "-r", "src", "-ll", "-s", "B608,B704", "-f", "json"])
    if not told:
        return NOT_DONE
    return _judged([f"{one['filename']}:{one['line_number']}: {one['issue_text']}" for one in told["results"]])


def _component(name: str, version: str, url: str, hashes: list[dict[str, str]]) -> dict[str, Any]:
    return {"type": "library", "name": name, "version": version, "purl": url, "bom-ref": url, "hashes": hashes}


def _tool(name: str) -> str | None:
    """Return a tool's command: an installed one, else one put into a place of its own; None when it cannot be had."""
    there = shutil.which(name)
    if there:
        return there
    command = TOOLS / "bin" / name
    if not command.exists():
        venv.create(TOOLS, with_pip=True)
        asked = [str(TOOLS / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", name]
        if _run(asked)[0] != 0:
            print(f"{name} could not be installed: no package index can be reached, or it has none")
            return None
    return str(command)


def _judged(found: list[str]) -> str:
    print("\n".join(found))
    return FOUND if found else CLEAN


def _asked(command: list[str]) -> dict[str, Any] | None:
    """Return what a tool says as JSON; None when it never came to judge."""
    _, told, aside = _run(command)
    try:
        found = json.loads(told)
    except ValueError:
        print("\n".join(aside.splitlines()[-3:]))
        return None
    return found if isinstance(found, dict) else None


def _run(command: list[str]) -> tuple[int, str, str]:
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=_PATIENCE)
    except (OSError, subprocess.TimeoutExpired) as error:
        return 127, "", f"{command[0]}: {type(error).__name__}"
    return done.returncode, done.stdout, done.stderr


PARTS: dict[str, Callable[[], str]] = {
    "secrets in tracked files": scan_secrets,
    "list of components (SBOM)": write_sbom,
    "known holes, scripts (npm audit)": audit_node,
    "known holes, Python (pip-audit)": audit_python,
    "unsafe code (bandit)": audit_code,
}


def main() -> int:
    """Do every part and say how each went; 1 when one found something."""
    verdicts = {}
    for name, part in PARTS.items():
        print(f"== {name}", flush=True)
        verdicts[name] = part()
    print()
    for name, verdict in verdicts.items():
        print(f"{verdict:16} {name}")
    if NOT_DONE in verdicts.values():
        print("What was not done needs a package index or advisory service that could not be reached from here.")
    return int(FOUND in verdicts.values())


if __name__ == "__main__":
    sys.exit(main())
