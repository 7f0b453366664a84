#!/usr/bin/env bash
# From a bare checkout to a running OpenMOSS: Python environment, database, static files, web server, clock.
# Kept to the bash 3.2 that macOS ships and to tools every system has; Python does what those do differently.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@" # for "sh start.sh"
set -euo pipefail

usage() {
    cat <<'EOF'
Usage: ./start.sh [-d]

Prepares everything in this folder (.venv, the database, static files) and starts OpenMOSS.

  -d                run in the background: ./stop.sh ends it, logs/server.log holds its output
  --pid             print the process id of the background server, or exit 1 when none runs
  --prepare [LOCK]  only make .venv and install LOCK (requirements.lock)
  -h, --help        show this

OPENMOSS_PORT (6565), OPENMOSS_HOST (0.0.0.0), OPENMOSS_DATA_DIR (./data) and every other variable that
.env.example lists come from the environment or from .env. PYTHON names the Python to make .venv with.
EOF
}

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

# The value of $1 in the environment, else in the .env file, else $2. The file is read as django-environ reads
# it and never sourced: it is data, and a password in it may look like a command.
setting() {
    local name=$1 value line file=${OPENMOSS_ENV_FILE:-.env} assignment
    value=${!name-}
    assignment="^(export )?$name=(.*)$"
    if [ -z "$value" ] && [ -r "$file" ]; then
        while IFS= read -r line || [ -n "$line" ]; do
            if [[ ${line%$'\r'} =~ $assignment ]]; then
                value=${BASH_REMATCH[2]}
                case $value in \"*\" | \'*\') value=${value:1:${#value}-2} ;; esac
            fi
        done <"$file"
    fi
    printf '%s\n' "${value:-$2}"
}

owner() {
    # shellcheck disable=SC2012 # stat has other options on macOS
    ls -ld "$1" | awk '{print $3}'
}

# $1 may be missing as long as it can be made.
need_writable() {
    local path=$1
    until [ -e "$path" ]; do path=$(dirname "$path"); done
    [ -w "$path" ] || fail "OpenMOSS cannot write to $path, which belongs to $(owner "$path") (you are $(id -un)):" \
        "change its owner or its permissions."
}

need_writable_project() {
    local path
    for path in "$PWD" "$PWD/.venv" "$PWD/logs" "$PWD"/logs/* "$PWD/staticfiles" "$PWD/.openmoss.pid"; do
        need_writable "$path"
    done
}

need_writable_data() {
    local path=$OPENMOSS_DATA_DIR
    until [ -e "$path" ]; do path=$(dirname "$path"); done
    [ -d "$path" ] || fail "OPENMOSS_DATA_DIR is $OPENMOSS_DATA_DIR, but $path is a file: name a folder."
    # Files too: one start with sudo leaves a database that a later start may not write.
    for path in "$OPENMOSS_DATA_DIR" "$OPENMOSS_DATA_DIR"/*; do
        need_writable "$path"
    done
}

# When process $1 began, in a form to compare: a bare process id may be a stranger's by tomorrow, and after a
# reboot even the clock ticks may repeat. Prints nothing for a process that is gone or only waits to be reaped.
born() {
    local stat fields
    if [ -r /proc/self/stat ]; then
        stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
        read -r -a fields <<<"${stat##*) }" # the command's name comes before and may hold spaces
        [ "${fields[0]}" = Z ] || printf '%s %s\n' "${fields[19]}" "$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)"
    else
        LC_ALL=C TZ=UTC ps -o stat= -o lstart= -p "$1" 2>/dev/null | sed -n '/^ *Z/d; s/^ *[^ ]* *//p'
    fi
}

# Sets pid and its_address when the very process that .openmoss.pid names still lives.
running() {
    local birth=''
    pid='' its_address=''
    [ -r .openmoss.pid ] || return 1
    { read -r pid && read -r birth && read -r its_address; } <.openmoss.pid || return 1
    case $pid in '' | *[!0-9]*) return 1 ;; esac
    [ -n "$birth" ] && [ "$(born "$pid")" = "$birth" ]
}

# Sets python: the one in .venv if that is whole, else the newest on this machine that can make one.
find_python() {
    local candidate version old='' bare=''
    python=.venv/bin/python
    if [ ! -e .venv/.incomplete ] && "$python" -c \
        'import pip, sys; sys.exit(sys.version_info < (3, 10) or sys.prefix == sys.base_prefix)' 2>/dev/null; then
        return
    fi
    for candidate in ${PYTHON:+"$PYTHON"} python3.14 python3.13 python3.12 python3.11 python3.10 python3 python; do
        version=$("$candidate" -c 'import platform; print(platform.python_version())' 2>/dev/null) || continue
        if ! "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 10))'; then
            old=${old:-"$candidate ($version)"}
        elif ! "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
            bare=${bare:-"$candidate ($version)"} # Debian packs them separately
        else
            python=$candidate
            return
        fi
    done
    [ -z "$bare" ] || fail "$bare lacks the venv module:" \
        "install it (on Debian and Ubuntu: sudo apt install python3-venv) and start again."
    fail "OpenMOSS needs Python 3.10 or newer, and this machine has ${old:+only }${old:-none}:" \
        "install one, or name one like PYTHON=/path/to/python3 ./start.sh."
}

# Holds the folder until this script ends, however it ends: the kernel lets go of descriptor 9 with us. The
# flock program is missing on macOS, the system call is not.
lock() {
    exec 9>logs/start.lock
    "$python" -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX | fcntl.LOCK_NB)' 2>/dev/null && return
    echo "Another start is at work in this folder; waiting for it."
    "$python" -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX)'
}

# Runs "$3..." with its output in file $1; when it fails, says that $2 did and shows why.
logged() {
    local log=$1 what=$2
    shift 2
    "$@" >"$log" 2>&1 </dev/null && return
    {
        echo "$what failed; $log ends with:"
        tail -n 12 "$log" | sed 's/^/    /'
    } >&2
    return 1
}

# Installs lock file $1 unless .venv has exactly it. Runtime and development keep a stamp each, because the
# second contains the first and either may come later.
prepare() {
    local wanted stamp fresh=''
    if [ "$python" != .venv/bin/python ]; then
        fresh=1
        echo "Making .venv with $python."
        rm -rf .venv
        mkdir .venv
        # Stays until an install has succeeded, so whatever interrupts us, the next start begins again.
        : >.venv/.incomplete
        logged logs/install.log "Making .venv" "$python" -m venv .venv || exit 1
        python=.venv/bin/python
    fi
    wanted=$("$python" -c 'import hashlib, sys
print("%d.%d" % sys.version_info[:2], hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' "$1")
    stamp=.venv/.installed-$(basename "$1")
    [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] || return 0
    echo "Installing $(basename "$1") into .venv; this takes about a minute. Details: logs/install.log"
    : >.venv/.incomplete
    if ! logged logs/install.log "Installing the libraries" \
        "$python" -m pip install --disable-pip-version-check --no-input --require-hashes -r "$1"; then
        # pip changes nothing before it has everything, so a .venv that worked still does.
        [ -n "$fresh" ] || rm -f .venv/.incomplete
        exit 1
    fi
    printf '%s\n' "$wanted" >"$stamp"
    rm -f .venv/.incomplete
}

# Whether something at $1 answers /api/health in JSON; what it says about its health is not our question.
answers() {
    "$python" - "$1/api/health" 2>/dev/null <<'EOF'
import json, sys, urllib.error, urllib.request

try:
    answer = urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sys.argv[1], timeout=2)
except urllib.error.HTTPError as error:
    answer = error
json.load(answer)
EOF
}

start_in_background() {
    local log=logs/server.log offset taken='' deadline ready=''
    # Only for us: a log names agents and what went wrong with them.
    (umask 077 && : >>"$log")
    offset=$(($(wc -c <"$log") + 1))
    # Who answers already is not the server that comes now; that one will say that the port is taken and end.
    if answers "$address"; then taken=1; fi
    # A session of its own survives this terminal, and lets stop.sh end it with all its children.
    PYTHONUNBUFFERED=1 "$python" -c 'import os, sys
os.setsid()
os.execv(sys.executable, [sys.executable, "manage.py", "serve"])' >>"$log" 2>&1 </dev/null 9>&- &
    pid=$!
    printf '%s\n' "$pid" "$(born "$pid")" "$address" >.openmoss.pid
    deadline=$((SECONDS + 30))
    while running && [ "$SECONDS" -lt "$deadline" ]; do
        if [ -z "$taken" ] && answers "$address"; then
            ready=1
            break
        fi
        sleep 0.3
    done
    if ! running; then
        rm -f .openmoss.pid
        echo "OpenMOSS did not start; $log ends with:" >&2
        tail -c "+$offset" "$log" | tail -n 15 >&2
        exit 1
    fi
    [ -n "$ready" ] || fail "OpenMOSS (process $pid) has not answered at $address for 30 seconds:" \
        "see $log, or end it with ./stop.sh."
    tail -c "+$offset" "$log"
    echo "It runs in the background (process $pid): ./stop.sh ends it, $log holds its output."
}

cd -P "$(dirname "${BASH_SOURCE[0]}")"
background='' prepare_only='' requirements=requirements.lock
case $#:${1-} in
0:) ;;
1:-d) background=1 ;;
1:--pid)
    running || exit 1
    echo "$pid"
    exit
    ;;
1:--prepare | 2:--prepare) prepare_only=1 requirements=${2:-$requirements} ;;
1:-h | 1:--help)
    usage
    exit
    ;;
*)
    echo "start.sh does not understand: $*" >&2
    usage >&2
    exit 2
    ;;
esac
[ -f "$requirements" ] || fail "There is no file $requirements in $PWD."

# Exported, so that this script and Django cannot read them differently.
OPENMOSS_PORT=$(setting OPENMOSS_PORT 6565)
OPENMOSS_HOST=$(setting OPENMOSS_HOST 0.0.0.0)
OPENMOSS_DATA_DIR=$(setting OPENMOSS_DATA_DIR "$PWD/data")
export OPENMOSS_PORT OPENMOSS_HOST OPENMOSS_DATA_DIR
case $OPENMOSS_PORT in *[!0-9]*) fail "OPENMOSS_PORT is '$OPENMOSS_PORT', but a port is a number like 6565." ;; esac
case $OPENMOSS_HOST in
0.0.0.0) address=127.0.0.1 ;;
::) address='[::1]' ;;
*:*) address="[$OPENMOSS_HOST]" ;;
*) address=$OPENMOSS_HOST ;;
esac
address=http://$address:$OPENMOSS_PORT

need_writable_project
[ -n "$prepare_only" ] || need_writable_data
mkdir -p logs
find_python
lock
find_python # whoever held the lock may have made or remade .venv
# pip answers Ctrl-C itself with an ordinary failure; without this, bash would take it for one.
trap 'echo; exit 130' INT
if [ -n "$prepare_only" ]; then
    prepare "$requirements"
    exit
fi
if running; then
    echo "OpenMOSS already runs at $its_address (process $pid); ./stop.sh ends it."
    exit
fi
prepare "$requirements"
echo "Preparing the database and the static files."
logged logs/migrate.log "Updating the database" "$python" manage.py migrate --noinput || exit 1
logged logs/collectstatic.log "Collecting the static files" "$python" manage.py collectstatic --noinput -v0 || exit 1
if [ -n "$background" ]; then
    start_in_background
else
    exec 9>&-
    exec "$python" manage.py serve
fi
