"""Rules of the app's surfaces, which the host page plays: frames, their sizes, the other half of the SDK's protocol."""

from dealvoice_sandbox.core.rules import Rule

_SDK = "tests/e2e/test_host_sdk.py"
_PAGES = "tests/sandbox/test_host_pages.py"
RULES = (
    Rule(
        "sdk_modal_ids", "a modal that the SDK opens is told the selectedIds of the page", "custom modals; unconfirmed",
        True, f"{_SDK}::test_modal_opened_by_sdk_when_switched_is_not_told_what_is_selected",
    ),
    Rule(
        "frame_parameters", "a frame's address carries id, token, userId, companyId, theme, and where it stands",
        "Custom UI extensions", test=f"{_SDK}::test_panel_when_opened_is_told_where_it_stands",
    ),
    Rule(
        "initialize_within", "a frame that has not answered within ten seconds is taken away", "Custom UI extensions",
        test=f"{_SDK}::test_frame_when_it_does_not_initialize_in_ten_seconds_is_taken_away",
    ),
    Rule(
        "panel_size", "a panel's height is 100 to 750, its width is the sidebar's", "SDK README, Resize",
        test=f"{_SDK}::test_panel_when_resized_keeps_to_its_bounds",
    ),
    Rule(
        "modal_size", "a modal is at least 320 by 120 and at most the window", "SDK README, Resize",
        test=f"{_SDK}::test_modal_when_resized_keeps_to_its_bounds",
    ),
    Rule(
        "floating_size", "a floating window is 200 to 800 wide and 70 to 700 high", "SDK README, Resize",
        test=f"{_SDK}::test_floating_window_when_resized_keeps_to_its_bounds",
    ),
    Rule(
        "signed_token", "get_signed_token returns a new HS256 token of five minutes", "Custom UI extensions",
        test=f"{_SDK}::test_signed_token_when_asked_for_is_new_and_of_five_minutes",
    ),
    Rule(
        "close_custom_modal", "panels hear of a custom modal that is closed, by the app or by the user", "SDK README, Events",
        test=f"{_SDK}::test_custom_modal_when_it_closes_itself_answers_its_opener_and_the_panel_hears_it",
    ),
    Rule(
        "list_selection", "in a list a modal is told several selectedIds; select-all leaves them empty",
        "App extensions actions", test=f"{_SDK}::test_bulk_action_when_rows_are_ticked_is_told_their_ids",
    ),
    Rule(
        "surfaces_of_the_installed", "an app's surfaces are there only for users who have installed it",
        "Custom UI extensions", test=f"{_PAGES}::test_panel_when_the_user_has_not_installed_the_app_is_not_there",
    ),
)  # fmt: skip
