"""The host page as a stranger's app finds it: the vendor's own SDK, unchanged, on another site than the page."""

import json
from collections.abc import Iterator

import jwt
import pytest
from playwright.sync_api import Browser, Error, Page, expect

from dealvoice_sandbox import serving_all
from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator
from playground.stage import a_page
from playground.stranger import Inside, a_strangers_app

pytestmark = [pytest.mark.slow, pytest.mark.timeout(60)]
SETTINGS = "/settings/marketplace/app/dealvoice-demo/app-settings"


class Stand:
    """A sandbox in which the stranger's app is installed for user 101."""

    def __init__(self, sandbox: serving_all.Sandbox, app_url: str) -> None:
        self.crm: PipedriveEmulator = sandbox.pipedrive
        self.url, self.app_url = sandbox.pipedrive_url, app_url

    def reset(self) -> None:
        self.crm.reset("us")
        self.crm.switches.reset()
        self.crm.tokens({"user_id": 101})
        places = {"form": ["deal.details", "deal.list"], "silent": [], "Report": ["deal.list", "deal.details"]}
        self.crm.portal.take_over(
            {
                "app_name": "Stranger",
                "panel_url": f"{self.app_url}/panel?kept=1",
                "organization_panel_url": f"{self.app_url}/orgpanel",
                "person_panel_url": f"{self.app_url}/personpanel",
                "modals": {"form": f"{self.app_url}/modal", "silent": f"{self.app_url}/silent"},
                "modal_names": {"form": "Fill a form"},
                "modal_places": places,
                "links": {"Report": f"{self.app_url}/report"},
                "floating_url": f"{self.app_url}/floating",
                "settings_url": f"{self.app_url}/settings",
            }
        )


@pytest.fixture(scope="module")
def _stand() -> Iterator[Stand]:
    with a_strangers_app() as app_url:
        sandbox = serving_all.start(quickbooks_port=0, pipedrive_port=0, app_url=app_url)
        try:
            yield Stand(sandbox, app_url)
        finally:
            sandbox.stop()


@pytest.fixture
def stand(_stand: Stand) -> Stand:
    _stand.reset()
    return _stand


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context, opened = a_page(browser, width=1200, height=800)
    yield opened
    context.close()


def the_panel(stand: Stand, page: Page, path: str = "/deal/12") -> Inside:
    page.goto(f"{stand.url}{path}")
    return Inside(page, "/panel")


# What a frame is told.


def test_panel_when_opened_is_told_where_it_stands(stand: Stand, page: Page) -> None:
    told = the_panel(stand, page).told

    named = {name: told[name] for name in told if name not in ("id", "token")}
    assert named == {
        "kept": "1", "resource": "deal", "view": "details", "userId": "101", "companyId": "12345", "selectedIds": "12",
        "theme": "light",
    }  # fmt: skip
    assert told["id"]
    assert jwt.decode(told["token"], stand.crm.portal.jwt_secret, algorithms=["HS256"])["userId"] == 101


@pytest.mark.parametrize(("path", "frame", "resource"), [("/organization/31", "/orgpanel", "organization"), ("/person/21", "/personpanel", "person")])  # fmt: skip
def test_panel_when_on_a_contact_is_told_which(
    stand: Stand, page: Page, path: str, frame: str, resource: str
) -> None:  # fmt: skip
    page.goto(f"{stand.url}{path}")

    told = Inside(page, frame).told

    assert (told["resource"], told["selectedIds"]) == (resource, path.rpartition("/")[2])


def test_settings_page_when_opened_is_told_who_looks_and_nothing_more(stand: Stand, page: Page) -> None:
    page.goto(f"{stand.url}{SETTINGS}")

    assert set(Inside(page, "/settings").told) == {"id", "token", "userId", "companyId", "theme"}


def test_panel_when_reloaded_is_given_a_new_id_and_token(stand: Stand, page: Page) -> None:
    first = the_panel(stand, page).told

    page.get_by_role("button", name="Reload panel").click()
    page.wait_for_function(
        "id => document.querySelector('#panel-box iframe')?.src.includes(id) === false", arg=first["id"]
    )
    second = Inside(page, "/panel").told

    assert first["id"] != second["id"]


def test_frame_when_it_does_not_initialize_in_ten_seconds_is_taken_away(stand: Stand, page: Page) -> None:
    page.clock.install()
    stand.crm.portal.take_over({"panel_url": f"{stand.app_url}/silent"})
    page.goto(f"{stand.url}/deal/12")
    expect(page.locator("#panel-box iframe")).to_have_count(1)

    page.clock.fast_forward(5_000)  # the clock goes on by itself besides, for as long as this test takes
    expect(page.locator("#panel-box iframe")).to_have_count(1)
    page.clock.fast_forward(5_100)

    expect(page.locator("#panel-box iframe")).to_have_count(0)
    expect(page.locator("#panel-box").get_by_role("alert")).to_contain_text("Something went wrong")


def test_message_when_its_id_is_another_is_not_answered(stand: Stand, page: Page) -> None:
    inside = the_panel(stand, page)

    answered = inside.frame.evaluate(
        """() => new Promise((resolve) => {
            const channel = new MessageChannel();
            channel.port1.onmessage = () => resolve(true);
            const payload = { command: "get_metadata", args: undefined, type: "command" };
            parent.postMessage({ payload, id: "of-somebody-else" }, "*", [channel.port2]);
            sdk.execute("get_metadata").then(() => resolve(false));
        })"""
    )

    assert answered is False


# Sizes.


def test_panel_when_resized_keeps_to_its_bounds(stand: Stand, page: Page) -> None:
    inside, heights = the_panel(stand, page), []
    frame = page.locator("#panel-box iframe")
    width = frame.evaluate("one => one.clientWidth")

    for height in (None, 500, 751, 99, 750):
        if height is not None:
            assert inside.does("resize", {"height": height, "width": 200}) == "undefined"
        heights.append(frame.evaluate("one => one.clientHeight"))

    assert heights == [100, 500, 500, 500, 750]
    assert frame.evaluate("one => one.clientWidth") == width


def test_modal_when_resized_keeps_to_its_bounds(stand: Stand, page: Page) -> None:
    the_panel(stand, page).begins("open_modal", {"type": "custom_modal", "action_id": "form"})
    inside = Inside(page, "/modal")
    frame, sizes = page.locator(".modal-body iframe"), []

    for size in ({}, {"width": 319, "height": 119}, {"width": 320, "height": 120}, {"width": 5000, "height": 5000}):
        inside.does("resize", size)
        sizes.append(frame.evaluate("one => [one.clientWidth, one.clientHeight]"))

    assert sizes[:3] == [[500, 300], [500, 300], [320, 120]]
    assert sizes[3][0] == 1200
    assert 700 < sizes[3][1] <= 800


def test_floating_window_when_resized_keeps_to_its_bounds(stand: Stand, page: Page) -> None:
    the_panel(stand, page)
    inside, sizes = Inside(page, "/floating"), []
    inside.does("show_floating_window", {})
    frame = page.locator("#floating-box iframe")

    for size in ({}, {"width": 801, "height": 701}, {"width": 400, "height": 70}):
        inside.does("resize", size)
        sizes.append(frame.evaluate("one => [one.clientWidth, one.clientHeight]"))

    assert [(round(width, -1), height) for width, height in sizes] == [(200, 700), (200, 700), (400, 70)]


# Commands.


def test_signed_token_when_asked_for_is_new_and_of_five_minutes(stand: Stand, page: Page) -> None:
    token = the_panel(stand, page).does("get_signed_token")["token"]

    claims = jwt.decode(token, stand.crm.portal.jwt_secret, algorithms=["HS256"])
    assert (claims["userId"], claims["companyId"], claims["exp"] - claims["iat"]) == (101, 12345, 300)


def test_metadata_when_asked_for_is_of_the_window(stand: Stand, page: Page) -> None:
    assert the_panel(stand, page).does("get_metadata") == {"windowHeight": 800, "windowWidth": 1200}


def test_snackbar_when_shown_has_its_link_and_resolves_with_nothing(stand: Stand, page: Page) -> None:
    link = {"url": "https://example.com/", "label": "Look"}

    answer = the_panel(stand, page).does("show_snackbar", {"message": "It is <b>done</b>", "link": link})

    assert answer == "undefined"
    expect(page.locator("#snackbars")).to_contain_text("It is <b>done</b>")
    expect(page.locator("#snackbars").get_by_role("link", name="Look")).to_have_attribute("href", link["url"])


@pytest.mark.parametrize(("button", "confirmed"), [("OK", True), ("Cancel", False)])
def test_confirmation_when_answered_says_so(
    stand: Stand, page: Page, button: str, *, confirmed: bool
) -> None:  # fmt: skip
    inside = the_panel(stand, page)
    inside.begins("show_confirmation", {"title": "Sure?", "description": "Really."})

    dialog = page.get_by_role("alertdialog", name="Sure?")
    expect(dialog).to_contain_text("Really.")
    dialog.get_by_role("button", name=button).click()

    assert inside.ends() == {"confirmed": confirmed}


def test_confirmation_when_colours_are_given_has_them(stand: Stand, page: Page) -> None:
    inside, colours = the_panel(stand, page), {}

    for color in ("primary", "secondary", "negative", None):
        asked = {"title": "Sure?", "okText": "Do it", "cancelText": "Leave it"}
        inside.begins("show_confirmation", {**asked, **({"okColor": color} if color else {})})
        button = page.get_by_role("button", name="Do it")
        colours[color] = button.evaluate("one => getComputedStyle(one).backgroundColor")
        page.keyboard.press("Escape")
        assert inside.ends() == {"confirmed": False}

    green, white, red = "rgb(30, 127, 75)", "rgb(255, 255, 255)", "rgb(179, 38, 30)"
    assert colours == {"primary": green, "secondary": white, "negative": red, None: red}


def test_custom_modal_when_it_closes_itself_answers_its_opener_and_the_panel_hears_it(stand: Stand, page: Page) -> None:
    inside = the_panel(stand, page)
    inside.begins("open_modal", {"type": "custom_modal", "action_id": "Fill a form", "data": {"deal": "12"}})
    modal = Inside(page, "/modal")
    told = modal.told

    modal.frame.evaluate("() => { sdk.execute('close_modal') }")

    assert inside.ends() == {"status": "closed"}
    assert inside.heard("close_custom_modal") == ["undefined"]
    assert json.loads(told["data"]) == {"deal": "12"}
    assert (told["resource"], told["view"], told["selectedIds"]) == ("deal", "details", "12")


def test_custom_modal_when_the_user_closes_it_answers_its_opener(stand: Stand, page: Page) -> None:
    inside = the_panel(stand, page)
    inside.begins("open_modal", {"type": "custom_modal", "action_id": "form"})
    Inside(page, "/modal")

    page.locator(".modal").get_by_role("button", name="Close").click()

    assert inside.ends() == {"status": "closed"}
    expect(page.locator(".modal")).to_have_count(0)


def test_custom_modal_when_unknown_is_refused(stand: Stand, page: Page) -> None:
    with pytest.raises(Error, match="Unknown action id"):
        the_panel(stand, page).does("open_modal", {"type": "custom_modal", "action_id": "nothing"})


def test_modal_opened_by_sdk_when_switched_is_not_told_what_is_selected(stand: Stand, page: Page) -> None:
    stand.crm.switches.take_over({"sdk_modal_ids": False})
    the_panel(stand, page).begins("open_modal", {"type": "custom_modal", "action_id": "form"})

    assert "selectedIds" not in Inside(page, "/modal").told


def test_modal_opened_from_the_menu_when_switched_is_told_all_the_same(stand: Stand, page: Page) -> None:
    stand.crm.switches.take_over({"sdk_modal_ids": False})
    the_panel(stand, page)
    page.get_by_role("button", name="Actions", exact=True).click()
    page.get_by_role("button", name="Fill a form").first.click()

    assert Inside(page, "/modal").told["selectedIds"] == "12"


@pytest.mark.parametrize(
    ("kind", "prefill", "table"),
    [
        ("deal", {"title": "A pond", "person": "Amy Lauterbach", "organization": "Amys Bird Sanctuary Inc."}, "deals"),
        ("person", {"name": "Pat Pond", "organization": "Cool Cars Inc."}, "persons"),
        ("organization", {"name": "Ponds Ltd"}, "organizations"),
        ("activity", {"subject": "Call", "dueDate": "2027-03-01", "dueTime": "16:00", "deal": 12}, "activities"),
    ],
)
def test_record_modal_when_saved_answers_with_the_new_id(
    stand: Stand, page: Page, kind: str, prefill: dict[str, object], table: str
) -> None:
    inside = the_panel(stand, page)
    inside.begins("open_modal", {"type": kind, "prefill": prefill})

    page.locator(".modal").get_by_role("button", name="Save").click()
    answer = inside.ends()

    made = stand.crm.table(table)[str(answer["id"])]
    assert answer["status"] == "submitted"
    names = ("title", "name", "subject")
    assert [made[name] for name in names if name in made] == [prefill[name] for name in names if name in prefill]


def test_record_modal_when_left_answers_closed(stand: Stand, page: Page) -> None:
    inside = the_panel(stand, page)
    inside.begins("open_modal", {"type": "deal", "prefill": {"title": "A pond"}})

    page.locator(".modal").get_by_role("button", name="Cancel").click()

    assert inside.ends() == {"status": "closed"}


def test_json_modal_when_opened_and_closed_answers_closed(stand: Stand, page: Page) -> None:
    inside = the_panel(stand, page)
    inside.begins("open_modal", {"type": "json_modal", "action_id": "Any"})

    page.locator(".modal").get_by_role("button", name="Close").click()

    assert inside.ends() == {"status": "closed"}


@pytest.mark.parametrize(
    ("place", "path"),
    [
        ({"view": "deals", "id": 13}, "/deal/13"),
        ({"view": "deals"}, "/deals"),
        ({"view": "contacts", "id": "21"}, "/person/21"),
        ({"view": "organizations", "id": 31}, "/organization/31"),
        ({"view": "projects"}, "/projects"),
        ({"view": "settings", "context": {"tab": "tax"}}, f"{SETTINGS}?tab=tax"),
    ],
)
def test_redirect_when_asked_for_goes_there(stand: Stand, page: Page, place: dict[str, object], path: str) -> None:
    the_panel(stand, page).begins("redirect_to", place)

    page.wait_for_url(f"{stand.url}{path}")


def test_settings_page_when_redirected_to_is_told_the_context(stand: Stand, page: Page) -> None:
    page.goto(f"{stand.url}{SETTINGS}?tab=tax")

    assert Inside(page, "/settings").told["tab"] == "tax"


# Floating window.


def test_floating_window_when_shown_by_command_tells_the_context(stand: Stand, page: Page) -> None:
    panel = the_panel(stand, page)
    inside = Inside(page, "/floating")

    panel.does("show_floating_window", {"context": {"person_id": 42}})
    expect(page.locator("#floating")).to_be_visible()
    panel.does("hide_floating_window", {})

    expect(page.locator("#floating")).to_be_hidden()
    assert inside.heard("visibility") == [
        {"is_visible": True, "context": {"person_id": 42, "invoker": "command"}},
        {"is_visible": False, "context": {"invoker": "command"}},
    ]


def test_floating_window_when_opened_from_the_dock_says_that_the_user_did(stand: Stand, page: Page) -> None:
    the_panel(stand, page)
    inside = Inside(page, "/floating")

    page.get_by_role("button", name="Apps").click()
    page.get_by_role("button", name="Stranger", exact=True).click()
    page.locator("#floating").get_by_role("button", name="Close").click()

    assert [one["context"] for one in inside.heard("visibility")] == [{"invoker": "user"}, {"invoker": "user"}]


def test_notification_when_set_shows_a_number_and_zero_takes_it_away(stand: Stand, page: Page) -> None:
    the_panel(stand, page)
    inside, shown = Inside(page, "/floating"), []

    for args in ({"number": 3}, {"number": 12}, {}):
        inside.does("set_notification", args)
        badge = page.locator(".dock .badge")
        shown.append(badge.inner_text() if badge.is_visible() else "")

    assert shown == ["3", "9+", ""]


def test_focus_mode_when_on_hides_the_cross(stand: Stand, page: Page) -> None:
    the_panel(stand, page)
    inside, cross = Inside(page, "/floating"), page.locator("#floating-x")
    inside.does("show_floating_window", {})

    inside.does("set_focus_mode", True)
    expect(cross).to_be_hidden()
    inside.does("set_focus_mode", False)

    expect(cross).to_be_visible()


# Events.


def test_panel_when_collapsed_and_expanded_hears_it_without_a_context(stand: Stand, page: Page) -> None:
    inside, button = the_panel(stand, page), page.get_by_role("button", name="Collapse panel")

    button.click()
    button.click()

    assert inside.heard("visibility") == [{"is_visible": False}, {"is_visible": True}]


def test_theme_when_changed_reaches_every_frame(stand: Stand, page: Page) -> None:
    inside, other = the_panel(stand, page), Inside(page, "/floating")

    page.get_by_role("button", name="Dark").click()
    page.wait_for_function("() => document.documentElement.dataset.theme === 'dark'")
    inside.does("get_signed_token")

    assert inside.heard("user_settings_change") == other.heard("user_settings_change") == [{"theme": "dark"}]


# Lists and links.


def test_bulk_action_when_rows_are_ticked_is_told_their_ids(stand: Stand, page: Page) -> None:
    page.goto(f"{stand.url}/deals")
    for name in ("Spring maintenance plan", "Warsaw terrace"):
        page.get_by_role("checkbox", name=name).check()

    page.get_by_role("button", name="Bulk actions").click()
    page.get_by_role("button", name="Fill a form").click()

    told = Inside(page, "/modal").told
    assert (told["view"], told["selectedIds"], told["excludedIds"]) == ("list", "13,16", "")
    assert json.loads(told["filter"]) == {"everyone": 1}


def test_bulk_action_when_all_are_ticked_is_told_what_is_excluded(stand: Stand, page: Page) -> None:
    page.goto(f"{stand.url}/deals?owner=101")
    page.get_by_role("checkbox", name="Select all").check()
    page.get_by_role("checkbox", name="Warsaw terrace").uncheck()

    page.get_by_role("button", name="Bulk actions").click()
    page.get_by_role("button", name="Fill a form").click()

    told = Inside(page, "/modal").told
    assert (told["selectedIds"], told["excludedIds"]) == ("", "16")
    assert json.loads(told["filter"]) == {"user_id": 101}


def test_link_action_when_pressed_opens_the_app_in_a_new_tab(stand: Stand, page: Page) -> None:
    page.goto(f"{stand.url}/deals")
    page.get_by_role("checkbox", name="Spring maintenance plan").check()
    page.get_by_role("button", name="Bulk actions").click()

    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Report").click()

    opened.value.wait_for_url(f"{stand.app_url}/report?**")
    assert "selectedIds=13" in opened.value.url
