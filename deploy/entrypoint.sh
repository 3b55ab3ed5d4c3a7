#!/bin/sh
# Runs a command with the mounted secrets in its environment, where the settings look: a file
# /run/secrets/AFTERCARE_MASTER_KEY becomes that variable, unless it is set already. So no secret
# shows up in the definition of a container.
set -eu
for file in /run/secrets/AFTERCARE_*; do
    [ -f "$file" ] || continue
    name=${file##*/}
    case $name in *[!A-Z0-9_]*) continue ;; esac
    eval "given=\${$name-}"
    [ -n "$given" ] || export "$name=$(cat "$file")"
done
exec "$@"
