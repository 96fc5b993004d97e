"""
A rule that no linter knows: a query of a tenant's table names its tenant, unless it is listed here with the reason.

Read from the source of ``dealvoice.storage``: the statement itself, the names it is put together from, and the methods that give
its conditions. PostgreSQL's row level security is the second wall (``tests/storage/test_postgres.py``); this is the first.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import dealvoice.storage

STORAGE = Path(dealvoice.storage.__file__).parent
STATEMENTS = frozenset({"select", "update", "delete", "exists", "insert"})
OVER_TENANTS = {
    "base._with_key": "made up for whoever asks by a key, and looks whose the row is",
    "bulk.insert_rows": "reads what it was given: rows that name their tenant",
    "connections.AllConnections": "found by realm before a tenant is known; the sweep goes over all",
    "hooks.AllHooks": "found by a random key before a tenant is known",
    "leases.Leases.clock": "the database's clock",
    "leases.AllLeases": "leases of a process that died, whoever's they were",
    "operations.AllOperations": "the sweeper starts whatever is not final",
    "once.OnceRows": "one-time values by hash, before a tenant is known",
    "sessions.SessionRows": "by hash before a tenant is known; ended by an installation's own id",
    "tenants.Tenants": "the tenants themselves",
    "usage.AllUsage": "totals of the app itself, and forgetting",
    "usage.Gates": "limits at the vendors, shared by all processes; holds no tenant's data",
    "votes.Votes": "counts over everybody; holds two words and a voter's id",
    "waiting.AllWaiting": "sums over everybody for whoever runs the server",
    "retention._forget": "by age alone, whoever's it is",
    "inspection.": "the doctor counts; it shows no row",
    "move.": "copies the whole database into another one",
    "inbox.Inbox.clean": "by rows that this store has given out, their tenant among what is compared",
    "invoice_lists.InvoiceLists._sums": "the conditions of the page that is shown, which name it",
    "inbox.AllInboxes": "takes in events, each with the tenant that its realm belongs to",
}  # fmt: skip


class Reader:
    """Finds the queries of a file that nothing binds to a tenant."""

    def __init__(self, name: str, source: str) -> None:
        self.name, self.tree = name, ast.parse(source)
        self.functions = {
            node.name: node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }

    def unbound(self) -> Iterator[str]:
        """Yield where each one is, as ``file.Class.method``."""
        for holder, function in self._all(self.tree, ""):
            assigned = _assigned(function)
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and self._queries(node):
                    whole = _statement(function, node)
                    gets = isinstance(node.func, ast.Attribute) or node.func.id == "by_key"
                    if not (self._names_tenant(whole, assigned, set()) or (gets and _compares_tenant(function))):
                        yield f"{self.name}.{holder}{function.name}"
        for name, value in _assigned(self.tree).items():  # those made up once, for whoever asks them
            queries = any(isinstance(node, ast.Call) and self._queries(node) for node in ast.walk(value[0]))
            if queries and not self._names_tenant(value[0], {}, set()):
                yield f"{self.name}.{name}"

    def _all(self, node: ast.AST, holder: str) -> Iterator[tuple[str, ast.FunctionDef]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                yield from self._all(child, f"{child.name}.")
            elif isinstance(child, ast.FunctionDef):
                yield holder, child

    def _queries(self, call: ast.Call) -> bool:
        if isinstance(call.func, ast.Name):
            return call.func.id in STATEMENTS or call.func.id == "by_key"
        return (
            isinstance(call.func, ast.Attribute)
            and call.func.attr in {"get", "get_one"}
            and ast.unparse(call.func.value) in {"self._session", "session"}
        )

    def _names_tenant(self, node: ast.AST, assigned: dict[str, list[ast.AST]], seen: set[str]) -> bool:
        for part in ast.walk(node):
            match part:
                case ast.Attribute(attr="_tenant") | ast.Name(id="tenant") | ast.keyword(arg="tenant"):
                    return True
                case ast.Call(func=ast.Name(id="bindparam"), args=[ast.Constant(value="tenant"), *_]):
                    return True
                # Bound to the row of the query around it.
                case ast.Compare(left=ast.Attribute(attr="tenant"), comparators=[ast.Attribute(attr="tenant")]):
                    return True
                case ast.Attribute(value=ast.Name(id="self"), attr=name) | ast.Name(id=name):
                    if name in seen:
                        continue
                    seen.add(name)
                    sources = list(assigned.get(name, []))
                    if name in self.functions:
                        sources += self.functions[name].body
                    if any(self._names_tenant(source, assigned, seen) for source in sources):
                        return True
        return False


def _assigned(where: ast.FunctionDef | ast.Module) -> dict[str, list[ast.AST]]:
    """Return what each name of a function, or of a file's own, is given."""
    found: dict[str, list[ast.AST]] = {}
    for node in ast.walk(where) if isinstance(where, ast.FunctionDef) else where.body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                found.setdefault(name, []).append(value)
    return found


def _statement(function: ast.FunctionDef, call: ast.Call) -> ast.AST:
    """Return the largest expression that a call stands in: the query with all its conditions."""
    whole: ast.AST = call
    for node in ast.walk(function):
        if isinstance(node, ast.expr) and any(inner is call for inner in ast.walk(node)):
            whole = node
            break
    return whole


def _compares_tenant(function: ast.FunctionDef) -> bool:
    """Tell whether a function looks whose the row is that it got by its key."""
    return any("._tenant" in ast.unparse(node) for node in ast.walk(function) if isinstance(node, ast.Compare))


def _listed(place: str) -> bool:
    return any(place == known or place.startswith(known.rstrip(".") + ".") for known in OVER_TENANTS)


def test_every_query_of_a_tenants_table_names_its_tenant() -> None:
    found = {place for path in sorted(STORAGE.glob("*.py")) for place in Reader(path.stem, path.read_text()).unbound()}

    assert {place for place in found if not _listed(place)} == set()
    used = {known for known in OVER_TENANTS if any(place.startswith(known) for place in found)}
    assert set(OVER_TENANTS) == used, "take what needs no reason any more off the list"


def test_query_without_its_tenant_is_found() -> None:
    source = """
class Rows:
    def __init__(self, session, tenant):
        self._session, self._tenant = session, tenant

    def good(self):
        return self._session.scalar(select(Row).where(Row.tenant == self._tenant))

    def by_parts(self, more):
        where = [*self._mine(), more]
        return self._session.scalar(select(Row).where(*where))

    def _mine(self):
        return [Row.tenant == self._tenant]

    def looks(self, row_id):
        row = self._session.get(Row, row_id)
        return row if row is not None and row.tenant == self._tenant else None

    def forgets(self, row_id):
        return self._session.get(Row, row_id)

    def second(self):
        self._session.execute(delete(Row).where(Row.tenant == self._tenant))
        return self._session.scalar(select(Row).where(Row.id == 1))

    def counts(self):
        where = [Row.id == 1]
        return self._session.scalar(select(func.count()).select_from(Row).where(*where))

    def looks_by_key(self, row_id):
        row = by_key(self._session, Row, row_id)
        return row if row is not None and row.tenant == self._tenant else None

    def forgets_by_key(self, row_id):
        return by_key(self._session, Row, row_id)

_MINE = select(Row).where(Row.tenant == bindparam("tenant"), Row.id == bindparam("id"))
_ANYBODYS = select(Row).where(Row.id == bindparam("id"))
"""

    assert list(Reader("rows", source).unbound()) == [
        "rows.Rows.forgets", "rows.Rows.second", "rows.Rows.counts", "rows.Rows.forgets_by_key", "rows._ANYBODYS",
    ]  # fmt: skip
