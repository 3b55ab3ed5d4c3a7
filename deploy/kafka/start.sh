#!/bin/sh
# start.sh DATA COMMAND...: runs COMMAND when the disk of DATA has room. A broker that starts on a
# full disk throws whole logs away while it mends them, the list of topics included.
set -eu
least_mb=64
data=$1
shift
free_mb=$(($(df -P -k "$data" | tail -n 1 | tr -s ' ' | cut -d ' ' -f 4) / 1024))
if [ "$free_mb" -lt "$least_mb" ]; then
    echo "Kafka is not started: $data has $free_mb MB left, it needs $least_mb; make room there" >&2
    exit 1
fi
exec "$@"
