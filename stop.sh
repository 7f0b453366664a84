#!/usr/bin/env bash
# Ends the OpenMOSS that ./start.sh -d started in this folder, and nothing else.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@" # for "sh stop.sh"
set -euo pipefail

usage() {
    cat <<'EOF'
Usage: ./stop.sh

Ends the OpenMOSS that ./start.sh -d started in this folder. Calls in flight get 10 seconds to finish, jobs of the
clock 30.
EOF
}

case ${1-} in
'') ;;
-h | --help)
    usage
    exit
    ;;
*)
    echo "stop.sh does not understand: $*" >&2
    usage >&2
    exit 2
    ;;
esac

cd -P "$(dirname "${BASH_SOURCE[0]}")"
# start.sh answers only for the very process it started, never for another that has its number by now.
if ! pid=$(./start.sh --pid); then
    rm -f .openmoss.pid
    echo "OpenMOSS does not run in the background here; nothing to stop."
    exit
fi
if ! kill -TERM "$pid" 2>/dev/null; then
    echo "Process $pid could not be stopped: it belongs to another user." >&2
    exit 1
fi
# It lets gunicorn finish within 15 seconds and jobs of the clock within 30, and ends after both, so waiting for this
# one process is enough.
deadline=$((SECONDS + 50))
while [ "$(./start.sh --pid)" = "$pid" ]; do
    if [ "$SECONDS" -ge "$deadline" ]; then
        # It leads a group of its own, which holds its children and nobody else.
        kill -KILL -- "-$pid"
        rm -f .openmoss.pid
        echo "OpenMOSS did not stop within 50 seconds and was killed (process $pid)."
        exit
    fi
    sleep 0.2
done
rm -f .openmoss.pid
echo "OpenMOSS stopped (process $pid)."
