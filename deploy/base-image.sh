#!/bin/sh
# Makes a base image without an image registry: Debian with Python 3.11 from the system's own
# package source. For root, with debootstrap:
#   deploy/base-image.sh aftercare-base
#   docker build -f deploy/Dockerfile --build-arg BASE_IMAGE=aftercare-base --build-arg SERVICE=sla .
set -eu
tag=${1:?name the image}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
debootstrap --variant=minbase --include=ca-certificates,python3,python3-venv bookworm "$work/tree" >"$work/log" 2>&1 ||
    { tail -5 "$work/log" >&2; exit 1; }
rm -rf "$work"/tree/var/cache/apt/archives/*.deb "$work"/tree/var/lib/apt/lists/*
# Whom this machine trusts: a package index may have a certificate of the house.
bundle=etc/ssl/certs/ca-certificates.crt
[ ! -r "/$bundle" ] || cp "/$bundle" "$work/tree/$bundle"
tar -C "$work/tree" -c . | docker import --change "ENV PIP_CERT=/$bundle" - "$tag" >/dev/null
