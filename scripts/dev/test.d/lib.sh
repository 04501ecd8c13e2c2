# For ../test: runs suites and adds up what they say, and a PostgreSQL of its own for those that want one.
suites=$root/scripts/dev/test.d
passed=0 failed=0 skipped=0

export GYRE_LIB_DIR=$deps/lib
export GYRE_BINARY=$root/build/release/gyre
export GYRE_TEST_PYTHON=$deps/python-tests/bin/python
export PYTHONDONTWRITEBYTECODE=1

# run_suite NAME OPTIONS...: a suite's last line is `N passed, N failed[, N skipped]`. One that ends without it has failed.
run_suite() {
  local suite=$1 log=$root/build/test/$1.log code=0 line started=$SECONDS; shift
  if [ "$verbose" = yes ]; then
    "$suites/$suite" "$@" < /dev/null 2>&1 | tee "$log" || code=$?
  else
    "$suites/$suite" "$@" < /dev/null > "$log" 2>&1 || code=$?
  fi
  line=$(grep -E '^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' "$log" | tail -1 || true)
  if [ -z "$line" ]; then line="0 passed, 1 failed" code=1; fi
  read -r p _ f _ s _ <<< "$line 0 _"
  if [ "$code" != 0 ] && [ "$f" = 0 ]; then f=1; line="$p passed, 1 failed (exit code $code)"; fi
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + ${s%%[!0-9]*}))
  if [ "$f" != 0 ] && [ "$verbose" = no ]; then tail -n "${GYRE_TEST_TAIL:-60}" "$log" | sed 's/^/  | /'; fi
  printf '%-12s %s  %d s\n' "$suite" "$line" $((SECONDS - started))
}

print_sum() {
  if [ "$skipped" = 0 ]; then echo "$passed passed, $failed failed"; else echo "$passed passed, $failed failed, $skipped skipped"; fi
}

# A PostgreSQL 15 in a folder of its own, which lets go of durability: no figure is taken from it. GYRE_TEST_PG is its URL.
# One that the caller names is used instead.
pg_folder='' pg_bin=/usr/lib/postgresql/15/bin

# PostgreSQL refuses root, and its folder must be one that the user postgres can search.
as_postgres() {
  if [ "$(id -u)" = 0 ]; then
    setpriv --reuid=postgres --regid=postgres --clear-groups env -i "PATH=$pg_bin:/usr/bin:/bin" LANG=C.UTF-8 "HOME=$pg_folder" "$@"
  else
    PATH=$pg_bin:$PATH "$@"
  fi
}

start_postgres() {
  [ -z "${GYRE_TEST_PG:-}" ] || return 0
  pg_folder=$(mktemp -d /tmp/gyre-pg.XXXXXX)
  [ "$(id -u)" != 0 ] || chown postgres: "$pg_folder"
  local port
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  (
    cd "$pg_folder"
    as_postgres initdb -D "$pg_folder/data" -U gyre --auth=trust -E UTF8 --locale=C.UTF-8 -N
    cat >> "$pg_folder/data/postgresql.conf" <<SETTINGS
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = '$pg_folder'
max_connections = 200
fsync = off
synchronous_commit = off
full_page_writes = off
jit = off
SETTINGS
    as_postgres pg_ctl -D "$pg_folder/data" -l "$pg_folder/log" -w -t 60 start
  ) > build/test/postgres.log 2>&1 || { tail -20 build/test/postgres.log "$pg_folder/log" >&2; die "the tests' PostgreSQL does not start"; }
  export GYRE_TEST_PG=postgres://gyre@127.0.0.1:$port/postgres
}

stop_postgres() {
  [ -n "$pg_folder" ] || return 0
  (cd /tmp && as_postgres pg_ctl -D "$pg_folder/data" -m immediate -w stop) >> build/test/postgres.log 2>&1 || true
  rm -rf "$pg_folder"
}
