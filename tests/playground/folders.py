"""The folders of the suite by name, and how long each worked."""

FOLDERS = {
    "unit": ["tests/invoicing", "tests/architecture", "tests/i18n", "tests/storage", "tests/connections"],
    "clients and contract": ["tests/contract"],
    "engine": ["tests/engine"],
    "sandbox": ["tests/sandbox"],
    "web": ["tests/web"],
    "workflows": ["tests/workflows"],
    "security": ["tests/security"],
    "requirements": ["tests/requirements"],
    "command line": ["tests/cli", "tests/operations"],
    "faults": ["tests/faults"],
    "simulation": ["tests/simulation"],
    "crash": ["tests/crash"],
    "fleet": ["tests/fleet"],
    "browser": ["tests/e2e"],
}


def name_of(nodeid: str) -> str:
    """Return which of the folders a test is in."""
    home = "/".join(nodeid.split("/")[:2])
    return next(name for name, paths in FOLDERS.items() if home in paths)
