"""
The core: decides and never touches the world.

Deal, mapping, links and books in, draft and findings out; balance and dates in, status out.
Pure: no I/O, no clock, no library but python-stdnum. Read in this order: money, deal, books, mapping, draft, tax,
preflight, status, actions.
"""
