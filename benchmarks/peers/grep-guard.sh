#!/usr/bin/env bash
# The guard that outbox-guard replaces: fifteen passes of ripgrep, one for each family of patterns.
# grep-guard.sh RG: which ripgrep; tells in how many of the passes something was found.
set -uo pipefail
rg=$1
passes=0
found=0
pass() {
  passes=$((passes + 1))
  "$rg" --no-ignore --count-matches "$@" . >/dev/null
  case $? in
    0) found=$((found + 1)) ;;
    1) ;;
    *) echo "pass $passes failed" >&2; exit 2 ;;
  esac
}

pass -i -U 'DELETE\s+FROM\s+payment_outbox_pending[\s\S]{0,300}SKIP\s+LOCKED'
pass -i -U "INSERT\s+INTO\s+payment_outbox_attempts[\s\S]{0,300}'DISPATCHING'"
pass -i '(INSERT\s+INTO|UPDATE|DELETE\s+FROM|TRUNCATE)\s+(ONLY\s+)?payment_outbox_pending'
pass -i '(UPDATE|DELETE\s+FROM|TRUNCATE)\s+(ONLY\s+)?payment_outbox_attempts'
pass '^\s*(import|from)\s+(psycopg2?|psycopg_pool|asyncpg|aiopg|pg8000)\b'
pass '(ConnectionPool|create_pool|create_(async_)?engine)\('
pass '\b\w*pool\.(query|execute|acquire|connection|fetch\w*)\('
pass -i '\b(SET|RESET)\s+((LOCAL|SESSION)\s+)?(ROLE|AUTHORIZATION)\b'
pass '\bdb\.query\('
pass '\b(currentRole|setRole|executeTransaction|current_role|set_role|execute_transaction)\('
pass 'libs[./]db[./](testOnly|test_only)'
pass -i '(next_attempt_at|lease_expires_at)\s*=\s*NOW\(\)'
pass -i 'CHECK\s*\(\s*attempt_count\s*=\s*\d+'
pass -i 'GRANT\s+.*\b(INSERT|UPDATE|DELETE|TRUNCATE|ALL)\b.*payment_outbox'
pass 'ZOMBIE_THRESHOLD_SECONDS|outbox-guard:\s*allow'
echo "$found of $passes"
