"""Puts the product together: the only place that reads the clock, opens files and knows every floor."""

from dealvoice.bootstrap.build import Built, build

__all__ = ["Built", "build"]
