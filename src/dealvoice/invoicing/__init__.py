"""
The core: decides and never touches the world.

Deal, mapping, links and books in, draft and findings out; balance and dates in, status out.
Pure: no I/O, no clock, no library but python-stdnum. Read in this order: money, deal, books, address, mapping, draft;
rows, tax, lines (what an invoice sells, its totals, what is sent); finding, preflight with its checks of texts and
lines; names, matching, numbering; status, actions, ledger, marker.
"""
