"""Rules of OAuth and OpenID Connect: consent, codes, tokens, and who signed in."""

from dealvoice_sandbox.core.rules import Rule

_TEST = "tests/sandbox/test_quickbooks_oauth.py::test_"

RULES: tuple[Rule, ...] = (
    Rule(
        "discovery",
        "both discovery documents name this emulator's addresses and the vendor's own issuer",
        "OpenID Connect page",
        test=f"{_TEST}discovery_when_read_then_every_address_answers_here_and_the_issuer_is_the_vendor",
    ),
    Rule(
        "company_chooser",
        "a person chooses one of several companies; code, state and realmId come back",
        "OAuth page: authorization request",
        test=f"{_TEST}consent_when_shown_then_a_person_chooses_among_several_companies",
    ),
    Rule(
        "consent_declined",
        "a no comes back as access_denied, an unknown scope as invalid_scope",
        "OAuth page: errors",
        test=f"{_TEST}consent_when_declined_then_access_denied_with_state_and_no_realm",
    ),
    Rule(
        "exact_redirect",
        "with strict_client the redirect address has to be registered to the letter, and the client id known",
        "OAuth page: redirect URIs",
        test=f"{_TEST}consent_when_request_is_wrong_then_a_page_says_so_and_nobody_is_sent_anywhere",
    ),
    Rule(
        "code_life",
        "a code lives five minutes",
        "OAuth FAQ: minutes; the number is unconfirmed",
        test=f"{_TEST}code_when_five_minutes_old_then_refused",
    ),
    Rule(
        "code_reuse_revokes",
        "a code that comes a second time ends the grant that it began",
        "OAuth FAQ: may invalidate the tokens; unconfirmed",
        default=True,
        test=f"{_TEST}code_when_used_twice_then_refused_and_by_switch_the_tokens_die",
    ),
    Rule(
        "refresh_rotation",
        "the value of a refresh token changes at the first refresh after 24 hours and counts down from 8726400 seconds",
        "OAuth FAQ",
        test=f"{_TEST}refresh_when_a_day_has_passed_then_a_new_value_and_the_old_one_dies",
    ),
    Rule(
        "strict_rotation",
        "every refresh rotates the refresh token and the old one dies at once",
        "OAuth FAQ",
        default=False,
        test=f"{_TEST}refresh_when_rotation_is_strict_then_every_time_a_new_value",
    ),
    Rule(
        "refresh_grace_hours",
        "hours for which a superseded refresh token still works",
        "OAuth FAQ: up to 24; field reports: 0",
        default=0,
        allowed=tuple(range(25)),
        test=f"{_TEST}refresh_when_grace_is_switched_on_then_the_old_value_works_so_long_and_gives_the_new_one",
    ),
    Rule(
        "hard_expiry",
        "a grant ends after five years; x_refresh_token_hard_expires_in comes only when the header asks for it",
        "refresh token policy of November 2025; intuit-oauth 4.2.4",
        test=f"{_TEST}hard_life_when_asked_for_then_five_years_from_consent_and_then_the_end",
    ),
    Rule(
        "token_refusals",
        "wrong keys are 401 invalid_client, everything else 400 with invalid_grant, invalid_request or "
        "unsupported_grant_type",
        "OAuth FAQ; issues of Intuit's clients",
        test=f"{_TEST}token_when_request_is_incomplete_then_400",
    ),
    Rule(
        "revoke",
        "revoking a refresh token ends the grant with its access tokens; an access token ends alone",
        "OAuth page: revoke; the second half unconfirmed",
        test=f"{_TEST}revoke_when_refresh_token_is_given_then_the_whole_grant_dies",
    ),
    Rule(
        "disconnect_at_quickbooks",
        "disconnected at QuickBooks, tokens die at once and the browser goes to the disconnect address with realmId",
        "OAuth FAQ; app settings",
        test=f"{_TEST}disconnect_when_done_at_quickbooks_then_tokens_die_and_browser_goes_to_the_app_with_the_realm",
    ),
    Rule(
        "id_token",
        "with openid the first tokens bring an id_token, RS256, signed by the key of the JWKS address",
        "OpenID Connect page",
        test=f"{_TEST}id_token_when_openid_is_asked_then_signed_by_the_published_key",
    ),
    Rule(
        "openid_alone",
        "OpenID scopes alone: no company, no realmId, no API",
        "OpenID Connect page",
        test=f"{_TEST}openid_when_alone_then_no_company_is_chosen_and_the_api_is_closed",
    ),
    Rule(
        "userinfo",
        "userinfo tells what the scopes cover",
        "OpenID Connect page",
        test=f"{_TEST}userinfo_when_scopes_vary_then_only_what_they_cover",
    ),
)
