"""A role switch is found in every spelling, and nothing else is taken for one."""

from __future__ import annotations

import pytest

from outbox_guard.facts import RoleSwitch
from tests.support.sql_reading import facts, handed_over, marked, starts

FOUND = {
    "/*!*/SET ROLE symphony_executor": ("SET ROLE", "symphony_executor"),
    "/*!*/set local role 'symphony_executor'": ("SET LOCAL ROLE", "symphony_executor"),
    '/*!*/SET SESSION ROLE "Boss"': ("SET SESSION ROLE", "Boss"),
    "/*!*/SET ROLE NONE": ("SET ROLE", "none"),
    "/*!*/SET role = x": ("SET role", "x"),
    "/*!*/SET role TO 'x'": ("SET role", "x"),
    "/*!*/SET LOCAL role TO DEFAULT": ("SET LOCAL role", "default"),
    '/*!*/SET "role" = x': ("SET role", "x"),
    "/*!*/SET SESSION AUTHORIZATION bob": ("SET SESSION AUTHORIZATION", "bob"),
    "/*!*/SET SESSION AUTHORIZATION DEFAULT": ("SET SESSION AUTHORIZATION", "default"),
    "/*!*/SET LOCAL SESSION AUTHORIZATION 'bob'": ("SET LOCAL SESSION AUTHORIZATION", "bob"),
    "/*!*/SET SESSION SESSION AUTHORIZATION bob": ("SET SESSION SESSION AUTHORIZATION", "bob"),
    "/*!*/SET session_authorization = 'bob'": ("SET session_authorization", "bob"),
    "/*!*/RESET ROLE": ("RESET ROLE", ""),
    "/*!*/RESET SESSION AUTHORIZATION": ("RESET SESSION AUTHORIZATION", ""),
    "/*!*/RESET session_authorization": ("RESET SESSION_AUTHORIZATION", ""),
    "/*!*/DISCARD ALL": ("DISCARD ALL", ""),
    "SELECT /*!*/set_config('role', 'x', true)": ("set_config", "x"),
    "SELECT pg_catalog./*!*/set_config('role', $1, true)": ("set_config", ""),
    "SELECT a, /*!*/SET_CONFIG('ROLE', 'x', false) FROM t": ("set_config", "x"),
    "SELECT /*!*/set_config('ro' || 'le', 'x', true)": ("set_config", "x"),
    "SELECT /*!*/set_config('session_authorization'::text, 'y', false)": ("set_config", "y"),
    "SELECT /*!*/set_config(setting_name => 'role', new_value => 'x', is_local => true)": (
        "set_config",
        "x",
    ),
    "SELECT /*!*/set_config(lower('ROLE'), 'x', true)": ("set_config", "x"),
    "/*!*/UPDATE pg_settings SET setting = 'x' WHERE name = 'role'": ("UPDATE pg_settings", ""),
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql /*!*/SET role = boss AS 'SELECT 1'": (
        "SET role",
        "boss",
    ),
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql /*!*/SET role TO 'boss' RETURN 1": (
        "SET role",
        "boss",
    ),
    "ALTER FUNCTION f(int) /*!*/SET role = 'boss'": ("SET role", "boss"),
    "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ /*!*/SET ROLE boss $$": (
        "SET ROLE",
        "boss",
    ),
    "DO $$ BEGIN /*!*/SET LOCAL ROLE boss; END $$": ("SET LOCAL ROLE", "boss"),
    "DO $$ BEGIN PERFORM /*!*/set_config('role', 'boss', true); END $$": ("set_config", "boss"),
    "DO $$ DECLARE v text := /*!*/set_config('role', 'boss', true); BEGIN END $$": (
        "set_config",
        "boss",
    ),
    "DO $$ BEGIN IF /*!*/set_config('role', 'b', true) = 'b' THEN NULL; END IF; END $$": (
        "set_config",
        "b",
    ),
    "DO $$ DECLARE n text := 'role'; BEGIN PERFORM /*!*/set_config(n, 'b', true); END $$": (
        "set_config",
        "b",
    ),
    "DO $$ BEGIN EXECUTE '/*!*/SET ROLE boss'; END $$": ("SET ROLE", "boss"),
    "DO $$ BEGIN EXECUTE format('/*!*/SET LOCAL ROLE %I', p); END $$": ("SET LOCAL ROLE", ""),
    "DO $$ BEGIN EXECUTE '/*!*/SET ' || 'ROLE ' || quote_ident('boss'); END $$": (
        "SET ROLE",
        "boss",
    ),
    "BEGIN; /*!*/SET LOCAL ROLE x; SELECT 1; COMMIT": ("SET LOCAL ROLE", "x"),
    "PREPARE q AS SELECT /*!*/set_config('role', 'x', true)": ("set_config", "x"),
}

TWINS = [
    "RESET ALL",
    "SET search_path = role, public",
    "SET LOCAL lock_timeout = '5s'",
    "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    "SET app.role = 'x'",
    "SET myrole = 'x'",
    "RESET search_path",
    "DISCARD PLANS",
    "DISCARD TEMP",
    "ALTER ROLE app SET role = 'x'",
    "ALTER DATABASE d SET role TO 'x'",
    "CREATE ROLE role",
    "GRANT role TO app",
    "DROP ROLE x",
    "UPDATE users SET role = 'admin' WHERE id = 1",
    "INSERT INTO users (id, role) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET role = 'y'",
    "MERGE INTO users u USING s ON true WHEN MATCHED THEN UPDATE SET role = 'x'",
    "SELECT set_config('search_path', 'role', true)",
    "SELECT set_config('app.role', 'x', true)",
    "SELECT set_config(p_name, 'x', true)",
    "SELECT current_setting('role'), current_role, session_user",
    "SELECT 'SET ROLE x'",
    "-- SET ROLE x\nSELECT 1",
    "/* RESET ROLE; */ SELECT role FROM users",
    "COMMENT ON ROLE x IS 'SET ROLE x'",
    "CREATE TABLE role (role text)",
    "ALTER TABLE users ALTER COLUMN role SET DEFAULT 'x'",
    "ALTER TABLE users ALTER role SET NOT NULL",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql SET search_path = role AS 'SELECT 1'",
    "CREATE FUNCTION f(role text) RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "ALTER FUNCTION f() RESET role",
    "DO $$ BEGIN RAISE NOTICE 'SET ROLE x'; END $$",
    "DO $$ DECLARE role text; BEGIN role := 'x'; END $$",
    "CREATE POLICY p ON t TO role USING (set = role)",
    "UPDATE pg_settings SET setting = 'x' WHERE name = 'work_mem'",
]


@pytest.mark.parametrize("sql", FOUND)
def test_a_role_switch_is_found(sql: str) -> None:
    switches = [fact for fact in facts(sql) if isinstance(fact, RoleSwitch)]
    assert starts(list(switches)) == marked(sql)
    assert {(each.statement, each.role) for each in switches} == {FOUND[sql]}


@pytest.mark.parametrize("sql", TWINS)
def test_its_twin_is_no_role_switch(sql: str) -> None:
    assert not [fact for fact in facts(sql) if isinstance(fact, RoleSwitch)]


def test_a_role_that_a_driver_fills_in_is_not_known() -> None:
    for sql in ("SET ROLE %s", "SET LOCAL ROLE {role}", "SELECT set_config('role', %s, true)"):
        (switch,) = (fact for fact in handed_over(sql) if isinstance(fact, RoleSwitch))
        assert switch.role == ""


def test_a_switch_in_a_function_says_in_which() -> None:
    sql = "CREATE FUNCTION app.f(a int, b text) RETURNS void LANGUAGE sql AS 'SET ROLE x'"
    (switch,) = (fact for fact in facts(sql) if isinstance(fact, RoleSwitch))
    assert (switch.routine, switch.inside) == ("f(integer, text)", "f(integer, text)")
