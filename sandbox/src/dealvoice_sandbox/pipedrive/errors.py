"""What can be wrong with a wish, in the emulator's own words; ``answers`` puts it into the vendor's."""


class NotFound(Exception):
    """No such record for this user; ``what`` is its kind."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class NotAllowed(ValueError):
    """A value that does not fit where it should go."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


class Archived(ValueError):
    """An archived deal: read only until it is brought back."""
