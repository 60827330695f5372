"""Which calls run SQL, which explain a text away, and what PostgreSQL things return: tables."""

from __future__ import annotations

import re

from outbox_guard.frontends.python.values.name_patterns import NamePattern
from outbox_guard.sieve.clues import ENGINE_WORD, POOL_WORD

# Methods that run the SQL they are given, of whatever object: cursors, connections, sessions.
RUNS = frozenset(
    """
    execute executemany execute_async execute_many executescript exec_driver_sql
    execute_values execute_batch copy copy_expert copy_from_query copy_to
    fetch fetchrow fetchval fetchmany_sql fetch_all fetch_one fetch_row fetch_val iterate
    prepare mogrify query query_as_role query_one query_all queryrow run run_sql raw raw_sql
    scalar scalars scalar_one stream stream_scalars select_all text op_execute sql execute_sql
    """.split()
)
# Of these, the ones whose argument can only be SQL.
MANY = frozenset(("executemany", "execute_values", "execute_batch", "execute_many"))

# Of these, the ones that make something of it, and run nothing yet.
COMPOSERS = frozenset(("text", "SQL", "DDL"))

# Methods of a pool or an engine that give a connection, another one each time.
CONNECTS = frozenset(
    "acquire begin connect connection getconn get_connection raw_connection".split()
)

# What a `with` may be of that is less than a transaction.
WITHIN = ("cursor", "copy", "pipeline", "savepoint", "begin_nested")

# Methods that end a transaction.
ENDS = frozenset(("commit", "rollback"))

# Functions of libraries that take SQL, by the name they are imported under.
RUNNERS = NamePattern(
    r"""(?:
      sqlalchemy(?:\.\w+)*\.(?:text|DDL)
    | alembic\.op\.execute
    | django\.db\.migrations(?:\.operations(?:\.\w+)?)?\.RunSQL
    | psycopg2?\.extras\.execute_(?:values|batch)
    | psycopg2\.extensions\.adapt
    | pandas\.read_sql(?:_query)?
    )\Z""",
    re.VERBOSE,
)

# What runs what it is given in a database or a broker that is none of PostgreSQL's.
ELSEWHERE = re.compile(
    r"(?:\A|(?<=\.))(?:sqlite3|aiosqlite|pysqlite3|apsw|duckdb|pymysql|aiomysql|asyncmy|MySQLdb|mysql\.connector"
    r"|mariadb|oracledb|cx_Oracle|pymssql|clickhouse_\w+|snowflake\.connector"
    r"|pyodbc|aioodbc|redis|aioredis|arq|kombu)\."
)

# What composition APIs make: SQL for certain, and not yet run.
COMPOSES = NamePattern(r"psycopg2?\.sql\.(?P<what>SQL|Identifier|Literal|Placeholder|Composed)\Z")

# Calls that show or compare a text, by the last part of their name.
EXPLAINS = frozenset(
    """
    debug info warning warn error exception critical fatal log trace notice success print pprint
    echo secho write_line fail skip xfail exit abort add_argument add_parser _
    len isinstance issubclass hash id repr hasattr compile search match fullmatch findall finditer
    sub subn split startswith endswith find count index breadcrumb capture_message add_note
    set_attribute add_event annotate
    """.split()
)
LOGGERS = re.compile(
    r"(?:\A|[._])(?:log|logg(?:er|ing)|structlog|loguru|get_?logger|span|sentry_sdk)(?:\(\))?\.\w+\Z",
    re.IGNORECASE,
)
STREAMS = re.compile(r"(?:sys\.)?std(?:out|err)(?:\.buffer)?\.write\Z")
TRANSLATES = re.compile(r"[nup]*gettext(?:_lazy|_noop)?\Z")
RAISES = re.compile(r"(?:Error|Exception|Warning|Exit|Interrupt|Failure|Fault|Abort)\Z")
ASSERTS = re.compile(r"assert(?:_?[A-Za-z]\w*)?\Z")

# Keywords and attributes whose texts people read.
READ_BY_PEOPLE = frozenset(
    """
    help description title label doc comment epilog usage message msg reason text_help tooltip
    placeholder verbose_name short_description help_text summary caption hint detail subject body
    """.split()
)

# What declares a field of a dataclass, an attrs class or a pydantic model.
FIELD = re.compile(
    r"\b(?:dataclasses\.field|attrs?\.(?:field|ib|attrib)|pydantic(?:\.\w+)*\.Field)\(\)\Z"
)

POOL = NamePattern(
    r"""(?:
      (?:psycopg_pool|psycopg2\.pool|asyncpg(?:\.pool)?|aiopg(?:\.pool)?|psqlpy)(?:\.\w+)*
        \.(?:\w*Pool|create_pool)\(\)
    | aiopg(?:\.sa)?\.create_(?:pool|engine)\(\)
    )\Z""",
    re.VERBOSE,
)
ENGINE = NamePattern(
    r"sqlalchemy(?:\.\w+)*\.(?:create_\w*engine|(?:async_)?engine_from_config|(?:Async)?Engine)\(\)\Z"
)
ENGINES_FROM = NamePattern(r"sqlmodel\.create_engine\(\)\Z")

TOOLKITS = ("sqlalchemy", "sqlmodel")
OPENS = frozenset(
    "create_engine create_async_engine engine_from_config create_pool_from_url".split()
)
# Libraries that are no drivers, and what in them opens a connection or a pool to PostgreSQL.
OPENERS = re.compile(
    r"(?:databases(?:\.core)?\.Database|(?:peewee|playhouse)(?:\.\w+)*\.\w*Postgres\w*Database"
    r"|piccolo(?:\.\w+)*\.PostgresEngine)\Z"
)

# Unresolved receivers are known by their names alone.
SAYS = re.compile(r"(?:pool|engine)\Z", re.IGNORECASE)
POOL_NAME = re.compile(POOL_WORD + r"\Z", re.IGNORECASE)
ENGINE_NAME = re.compile(ENGINE_WORD + r"\Z", re.IGNORECASE)
DATABASE_NAME = re.compile(
    r"_*(?:\w+_)?(?:db|database|conn|connection|client|pool|cursor|cur|session|tx|trx|transaction)\Z"
    r"|\w*(?:Db|DB|Database|Conn|Connection|Client|Pool|Session)\Z",
)

# What is called later, with what is given to it now.
PARTIAL = NamePattern(
    r"(?:functools\.partial|dependency_injector\.providers\.(?:Factory|\w*Singleton|Callable|Coroutine"
    r"|Resource))\(\)\Z"
)

# Methods that put a value into what they are called on: a queue, a deque, a set of one's own.
COLLECTS = frozenset("add append appendleft extend insert push put put_nowait".split())

# Calls that are made to have a function called, now or on another thread.
CALLS = frozenset(
    """
    apply apply_async call_at call_later call_soon call_soon_threadsafe imap imap_unordered map
    map_async run_in_executor run_in_threadpool run_sync spawn starmap starmap_async start_soon
    submit to_thread
    """.split()
)

# Code in which a text may name a driver, another database or a method, or be SQL. What is got by
# a small letter's name alone is mostly a loop's variable, and no constant of another module.
LEADS_OUT = re.compile(
    r"\b(?:import_module|__import__|import_string|resolve_name|run_module|lazy_loader\.load"
    r"|create_(?:async_)?engine|execute\w*|query\w*)\s*\("
    r"|\bgetattr\s*\([^\"',]*,\s*(?:[A-Z]|\w+\.)"
)

# The role API that is gone, in either spelling.
ROLE_API = frozenset(
    """
    currentRole setRole executeTransaction current_role set_role execute_transaction
    """.split()
)
