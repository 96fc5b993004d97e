"""The house's own rules that no linter knows."""

import re
from pathlib import Path

from dealvoice.invoicing.finding import CATALOGUE
from dealvoice.settings import PipedriveSettings, QuickBooksSettings, Settings
from dealvoice.storage.tables import metadata
from playground import findings_page

ROOT = Path(__file__).parent.parent.parent


def test_every_setting_is_documented() -> None:
    page = (ROOT / "docs/settings.md").read_text()
    names = [f"DEALVOICE_{name.upper()}" for name in Settings.model_fields if name not in {"quickbooks", "pipedrive"}]
    short = [f"_{name.upper()}" for model in (QuickBooksSettings, PipedriveSettings) for name in model.model_fields]

    missing = [name for name in (*names, *short) if name not in page]

    assert missing == []


def test_every_table_has_a_tenant_column() -> None:
    without = [table.name for table in metadata.tables.values() if "tenant" not in table.columns]

    assert without == []


def test_core_imports_only_the_standard_library_and_stdnum() -> None:
    allowed = re.compile(r"^(from|import) (dealvoice\.invoicing|stdnum)\b")
    standard = {
        "abc", "bisect", "calendar", "collections", "dataclasses", "datetime", "decimal", "difflib", "enum", "functools",
        "hashlib", "itertools", "math", "operator", "re", "string", "typing", "unicodedata",
    }  # fmt: skip

    strange = [
        f"{path.name}: {line}"
        for path in sorted((ROOT / "src/dealvoice/invoicing").glob("*.py"))
        for line in path.read_text().splitlines()
        if re.match(r"^(from|import) ", line)
        and not allowed.match(line)
        and line.split()[1].split(".")[0] not in standard
    ]

    assert strange == []


def test_no_file_names_a_machine_path() -> None:
    words = ("/" + "work/", "../" + "shared", "/" + "root/")
    places = ("src", "sandbox", "docs", "tests", "bench")

    found = [
        str(path.relative_to(ROOT))
        for place in places
        for path in (ROOT / place).rglob("*")
        if path.is_file()
        and path.suffix in {".py", ".md", ".js", ".html", ".css", ".toml", ".po", ".json"}
        and "vendor" not in path.parts
        and any(word in path.read_text(errors="ignore") for word in words)
    ]

    assert found == []


def test_every_finding_is_weighed_and_the_page_of_errors_is_current() -> None:
    assert set(findings_page.WEIGHTS) == set(CATALOGUE), "add it to tests/playground/findings_page.py"
    assert findings_page.PAGE.read_text() == findings_page.page(), "run: make errors"
