"""Settings as an operator writes them: a name and a value in the environment."""

from pydantic import SecretStr
from pydantic_settings import BaseSettings

from dealvoice.settings import Settings


def environment_of(settings: Settings) -> dict[str, str]:
    """Return what makes the command line have these settings."""
    plain = {name for name in Settings.model_fields if name not in {"quickbooks", "pipedrive"}}
    return {
        **_named("DEALVOICE", settings, plain),
        **_named("DEALVOICE_QUICKBOOKS", settings.quickbooks, set(type(settings.quickbooks).model_fields)),
        **_named("DEALVOICE_PIPEDRIVE", settings.pipedrive, set(type(settings.pipedrive).model_fields)),
    }


def _named(prefix: str, group: BaseSettings, names: set[str]) -> dict[str, str]:
    return {f"{prefix}_{name.upper()}": _text(getattr(group, name)) for name in names}


def _text(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)
