"""axe-core, run within a page or frame: what it finds, one line each."""

from functools import cache
from pathlib import Path

from playwright.sync_api import Frame, Page

SOURCE = Path(__file__).parent.parent.parent / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = ("serious", "critical")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
BY_LOOK = ["color-contrast", "target-size", "scrollable-region-focusable", "link-in-text-block"]
"""Rules whose answer hangs on theme or width; the others see the same document in each."""

_RUN = """async ([tags, only]) => {
    const options = only.length ? { runOnly: only } : { runOnly: tags };
    // The bare target size of 24 px is a rule of the house, where axe leaves it to the tester.
    options.rules = only.length ? undefined : { "target-size": { enabled: true } };
    options.resultTypes = ["violations"];
    const found = await axe.run(document, options);
    return found.violations.flatMap(rule => rule.nodes.map(node =>
        [rule.id, node.impact ?? rule.impact ?? "", node.target.join(" "), node.failureSummary ?? ""]));
}"""


@cache
def _source() -> str:
    return SOURCE.read_text()


def faults(within: Page | Frame, *, only: list[str] | None = None) -> list[str]:
    """
    Return the serious and critical findings of axe.

    Args:
        within: The page or frame; its content policy must not stand in the way (``bypass_csp``).
        only: Rules to run instead of all of WCAG 2.2 AA and axe's best practices.
    """
    if not within.evaluate("() => 'axe' in window"):
        within.evaluate(_source())
    found: list[list[str]] = within.evaluate(_RUN, [RULES, only or []])
    return [
        f"{rule} ({impact}) at {where}: {' '.join(why.split())[:200]}"
        for rule, impact, where, why in found
        if impact in GRAVE
    ]
