#!/bin/sh
# Becomes one daemon of a machine, after saying who it is. daemon.sh RUN NAME COMMAND...
set -eu
run=$1 name=$2
shift 2
. "$(dirname "$0")/identity.sh"
identify "$run/pids/$name"
exec "$@" >>"$run/logs/$name.log" 2>&1 </dev/null
