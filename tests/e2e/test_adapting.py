"""Screens under other conditions: zoomed, spaced, stretched by another language, from the right, without motion, in forced colours."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from playground.showroom import Showroom, a_showroom
from playground.tongues import rooms_in
from web import shown

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ASKEW = """() => {
    // What sticks out of the page sideways. A box that scrolls by itself holds what is in it.
    const wide = document.documentElement.clientWidth;
    const held = one => {
        for (let up = one.parentElement; up && up !== document.body; up = up.parentElement) {
            const { overflowX } = getComputedStyle(up);
            if (overflowX !== "visible") return true;
        }
        return false;
    };
    const out = [...document.body.querySelectorAll("*")].filter(one => {
        const box = one.getBoundingClientRect();
        return box.width > 1 && (box.right > wide + 1 || box.left < -1) && !held(one) && !one.closest("svg, .sr, [hidden]");
    });
    const names = out.map(one => one.id ? `#${one.id}` : `${one.tagName.toLowerCase()}.${one.className}`);
    return document.documentElement.scrollWidth > wide + 1 ? [`the page scrolls to ${document.documentElement.scrollWidth}`, ...names] : names;
}"""

CUT = """() => [...document.body.querySelectorAll("button, a, h1, h2, h3, p, label, th, td, span, dd, dt, li")].filter(one => {
    // Words that their box hides. An ellipsis of a name or an origin is meant (.cut, .from), and so is text for the ear alone.
    if (one.closest(".cut, .from, .sr, [hidden], svg, .listbox") || one.querySelector(".cut, .from, .sr")) return false;
    const style = getComputedStyle(one);
    if (style.overflowX === "visible" && style.overflowY === "visible") return false;
    if (["auto", "scroll"].includes(style.overflowX)) return false;
    return one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 2;
}).map(one => `${one.tagName.toLowerCase()}.${one.className}: ${one.textContent.trim().slice(0, 40)}`)"""

CLIPPED = """const clipped = one => {
    // Column heads on a phone: there for the ear, and for the eye once the focus is in them.
    const heads = one.closest("thead");
    return heads !== null && getComputedStyle(heads).clipPath !== "none";
};"""

OVERLAP = """() => {
    CLIPPED
    // Two controls, one over the other: one of them cannot be pressed where it is seen.
    const all = [...document.querySelectorAll("button, a[href], input, select, textarea")].filter(one =>
        one.checkVisibility() && !one.closest(".f-rail, .savebar, .menu, .sr") && !one.matches(".sr") && !clipped(one));
    const boxes = all.map(one => [one, one.getBoundingClientRect()]);
    const found = [];
    boxes.forEach(([one, a], at) => boxes.slice(at + 1).forEach(([two, b]) => {
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (across > 2 && down > 2 && !one.contains(two) && !two.contains(one) && !one.closest(".input")?.contains(two))
            found.push(`${one.id || one.className} over ${two.id || two.className}`);
    }));
    return found;
}"""

SMALL = """() => { CLIPPED; return [...document.querySelectorAll("button, a[href], input:not([type=hidden]), select, textarea, summary, [role=option]")].filter(one => {
    // WCAG 2.5.8: 24 by 24, or so much room around it; links in a sentence, and the label of a tick, count as they are.
    if (!one.checkVisibility() || one.closest(".sr") || one.matches(".sr") || clipped(one)) return false;
    const label = one.closest("label.check, label.choice");
    const box = (label ?? one.closest(".input") ?? one).getBoundingClientRect();
    if (box.width >= 23.5 && box.height >= 23.5) return false;
    if (one.matches("a, .linkbtn") && one.closest("p, li, td, dd")) {
        if (one.parentElement.textContent.trim() !== one.textContent.trim()) return false;
    }
    const middle = [box.left + box.width / 2, box.top + box.height / 2];
    const others = [...document.querySelectorAll("button, a[href], input:not([type=hidden]), select, textarea")];
    return others.some(two => {
        if (two === one || !two.checkVisibility() || clipped(two) || one.contains(two) || two.contains(one) || label?.contains(two)) return false;
        const near = two.getBoundingClientRect();
        const across = Math.max(near.left - middle[0], 0, middle[0] - near.right);
        const down = Math.max(near.top - middle[1], 0, middle[1] - near.bottom);
        return Math.hypot(across, down) < 12;
    });
}).map(one => `${one.id || one.className || one.tagName}: ${one.textContent.trim().slice(0, 30)} `
    + JSON.stringify([one.getBoundingClientRect().width, one.getBoundingClientRect().height].map(Math.round))); }"""

SPACED = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; } p { margin-block-end: 2em !important; }"
"""WCAG 1.4.12."""


def _found(showroom: Showroom, *looks: tuple[str, int, str, list[str]]) -> list[str]:
    """
    Look at every screen.

    Args:
        showroom: Where they are shown.
        looks: What for: a name, the width of the page, a sheet on top, and the scripts that find what is wrong.
    """
    found: list[str] = []
    for name in showroom.screens:
        page = showroom.show(name)
        page.evaluate("() => document.head.append(Object.assign(document.createElement('style'), { id: 'on-top' }))")
        for look, width, sheet, scripts in looks:
            page.set_viewport_size({"width": width, "height": 720})
            page.evaluate("sheet => { document.getElementById('on-top').textContent = sheet }", sheet)
            found += [
                f"{name}, {look}, {width}: {one}"
                for script in scripts
                for one in page.evaluate(script.replace("CLIPPED", CLIPPED))
            ]
    return found


def test_zoomed_pages_do_not_scroll_sideways(browser: Browser) -> None:
    """200 % of a window of 960, and 400 % of one of 1280."""
    with a_showroom(browser, shown.POLISH) as showroom:
        found = _found(showroom, ("200 %", 480, "", [ASKEW, CUT, OVERLAP]), ("400 %", 320, "", [ASKEW, CUT, OVERLAP]))

    assert found == []


def test_every_control_can_be_hit_and_spaced_text_loses_nothing(browser: Browser) -> None:
    with a_showroom(browser, shown.ENGLISH) as showroom:
        found = _found(
            showroom,
            ("target", 960, "", [SMALL]),
            ("target", 360, "", [SMALL]),
            ("spaced", 360, SPACED, [ASKEW, CUT, OVERLAP]),
            ("spaced", 960, SPACED, [ASKEW, CUT, OVERLAP]),
        )

    assert found == []


def test_texts_longer_by_two_fifths_have_room(browser: Browser, tmp_path: Path) -> None:
    """A translation that nobody has looked at yet."""
    with a_showroom(browser, rooms_in("de", "de_DE", tmp_path)) as showroom:
        found = _found(showroom, ("long", 960, "", [ASKEW, CUT, OVERLAP]), ("long", 400, "", [ASKEW, CUT, OVERLAP]))

    assert found == []


def test_from_the_right_everything_is_in_its_place(browser: Browser, tmp_path: Path) -> None:
    with a_showroom(browser, rooms_in("he", "he_IL", tmp_path)) as showroom:
        found = _found(showroom, ("rtl", 400, "", [ASKEW, OVERLAP]))
        page = showroom.show("panel-ready")
        row, amount = (page.locator(one).first.bounding_box() for one in (".inv .no", ".inv .amt"))

    assert found == []
    assert row
    assert amount
    assert row["x"] > amount["x"]


def test_without_motion_nothing_moves(browser: Browser) -> None:
    with a_showroom(browser, shown.ENGLISH) as showroom:
        moving = {
            name: showroom.show(name).evaluate(
                """() => {
                    const skeleton = document.getElementById("skeleton");
                    if (skeleton) document.body.append(skeleton.content.cloneNode(true));
                    document.querySelector(".inv")?.classList.add("news");
                    return [...document.querySelectorAll("*")].filter(one => {
                        const { animationName, transitionDuration } = getComputedStyle(one);
                        return animationName !== "none" || transitionDuration.split(",").some(time => parseFloat(time) > 0);
                    }).map(one => one.className);
                }"""
            )
            for name in ("panel-ready", "form-filled", "all-list", "operation-sending", "settings-healthy")
        }

    assert {name: found for name, found in moving.items() if found} == {}


def test_with_motion_a_new_flag_is_tinted(browser: Browser) -> None:
    with a_showroom(browser, shown.ENGLISH) as showroom:
        showroom.page.emulate_media(reduced_motion="no-preference")
        page = showroom.show("panel-ready")
        page.locator(".inv").first.evaluate("row => row.classList.add('news')")
        name = page.locator(".inv").first.evaluate("row => getComputedStyle(row).animationName")

    assert name == "told"


def test_forced_colours_keep_shapes_and_states(browser: Browser) -> None:
    """What colour alone would have told is told by a border or a system colour; icons take the colour of the text."""
    with a_showroom(browser, shown.ENGLISH) as showroom:
        page = showroom.page
        page.emulate_media(forced_colors="active")
        found: list[str] = []
        for name in (
            "panel-ready",
            "form-filled",
            "all-list",
            "settings-healthy",
            "guided-void-choose",
            "connect-second",
        ):
            showroom.show(name)
            found += [f"{name}: {one}" for one in page.evaluate(_WITHOUT_BORDER)]
        showroom.show("panel-ready")
        bars = page.evaluate(
            "() => [...document.querySelectorAll('.ledger rect')].map(one => getComputedStyle(one).fill)"
        )
        signs = page.evaluate(
            "() => [...document.querySelectorAll('.legend i')].map(one => getComputedStyle(one).backgroundColor)"
        )

    assert found == []
    assert len(bars) == len(set(bars)) == 3
    assert bars == signs


_WITHOUT_BORDER = """() => [...document.querySelectorAll(".btn, .flag, .tag, .chip, .finding, .input, .iconbtn, .menu, .listbox, .choice, .ring, .n")].filter(one => {
    if (!one.checkVisibility() || one.matches(".btn.ghost, .iconbtn") || one.closest(".input") !== one && one.closest(".input")) return false;
    const style = getComputedStyle(one);
    const bordered = parseFloat(style.borderTopWidth) > 0 && style.borderTopStyle !== "none" && style.borderTopColor !== "rgba(0, 0, 0, 0)";
    return !bordered && style.outlineStyle === "none";
}).map(one => one.className)"""
