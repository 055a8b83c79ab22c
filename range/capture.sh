#!/usr/bin/env bash
# Makes the two captures of sample/ anew: capture.sh (as root). A lastlog with ordinary user ids is 290 kB of zeros and is left out.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
sample=$here/../sample
out=$(mktemp -d /var/tmp/spoor-capture.XXXXXX)
trap 'rm -rf "$out"' EXIT

bash "$here/run.sh" "$out/breach"
bash "$here/run.sh" --no-breach "$out/quiet"
find "$out" -name lastlog -size +100k -delete
if grep -rqa 'PRIVATE KEY' "$out"; then echo 'capture.sh: a private key is among the logs' >&2; exit 1; fi

mkdir -p "$sample"
rm -rf "$sample/incident" "$sample/no-breach"
cp -a "$out/breach/logs" "$sample/incident"
cp -a "$out/quiet/logs" "$sample/no-breach"
cp "$out/breach/truth.json" "$sample/truth.json"
cp "$out/quiet/truth.json" "$sample/no-breach-truth.json"
du -sbc "$sample"/*
