"""``python -m dealvoice``."""

from dealvoice.cli import main

main()
