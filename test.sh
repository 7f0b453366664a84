#!/usr/bin/env bash
# The whole test suite, on SQLite and, where it answers, on PostgreSQL.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@" # for "sh test.sh"
set -euo pipefail

usage() {
    cat <<'EOF'
Usage: ./test.sh [pytest arguments]

Runs the test suite on SQLite and, beside it, on PostgreSQL if one answers at OPENMOSS_TEST_POSTGRES_URL
(postgres://postgres@127.0.0.1:5432/test). Nothing of your .env or your data is used.

  --prepare   only make .venv and install requirements-dev.lock
  -h, --help  show this

OPENMOSS_TEST_DATABASES=sqlite or =postgres limits the run; postgres then has to answer.
EOF
}

cd -P "$(dirname "${BASH_SOURCE[0]}")"
case ${1-} in
-h | --help)
    usage
    exit
    ;;
--prepare) exec ./start.sh --prepare requirements-dev.lock ;;
esac

wanted=${OPENMOSS_TEST_DATABASES:-both}
postgres_url=${OPENMOSS_TEST_POSTGRES_URL:-postgres://postgres@127.0.0.1:5432/test}
case $wanted in
both | sqlite | postgres) ;;
*)
    echo "OPENMOSS_TEST_DATABASES is '$wanted', but it must be sqlite, postgres or both." >&2
    exit 2
    ;;
esac

./start.sh --prepare requirements-dev.lock

# The operator's settings must neither decide a test nor be touched by one.
unset DATABASE_URL
for name in ${!OPENMOSS_@}; do unset "$name"; done
export OPENMOSS_ENV_FILE=/dev/null
OPENMOSS_DATA_DIR=$(mktemp -d)
export OPENMOSS_DATA_DIR
trap 'rm -rf "$OPENMOSS_DATA_DIR"' EXIT
trap 'exit 130' INT # pytest answers Ctrl-C itself, and the script would go on

failed=0
ran=''
skipped=''
done_on() {
    ran=${ran:+$ran and }$1
}
report=$OPENMOSS_DATA_DIR/postgres.log
postgres=''

if [ "$wanted" != sqlite ]; then
    # Connecting is the only proof that user, password and database fit; a bare open port is none.
    if reason=$(.venv/bin/python -c 'import psycopg, sys
try:
    psycopg.connect(sys.argv[1], connect_timeout=2).close()
except psycopg.Error as error:
    sys.exit(" ".join(str(error).split()))' "$postgres_url" 2>&1); then
        # Beside the other one, as each keeps one processor busy; its report is shown afterwards.
        DATABASE_URL=$postgres_url .venv/bin/python -m pytest "$@" >"$report" 2>&1 &
        postgres=$!
        trap 'kill "$postgres" 2>/dev/null || true; rm -rf "$OPENMOSS_DATA_DIR"' EXIT
    else
        skipped="PostgreSQL was skipped, because it did not answer: $reason"
        [ "$wanted" != postgres ] || failed=1
    fi
fi
if [ "$wanted" != postgres ]; then
    echo "== The tests on SQLite"
    .venv/bin/python -m pytest "$@" || failed=1
    done_on SQLite
fi
if [ -n "$postgres" ]; then
    wait "$postgres" || failed=1
    echo "== The tests on PostgreSQL"
    cat "$report"
    done_on PostgreSQL
fi
echo "== ${ran:+Ran on $ran. }$skipped"
exit "$failed"
