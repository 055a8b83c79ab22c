#!/usr/bin/env bash
# Installs the programs that the range runs. Debian 12, as root. No service is started on this machine.
set -euo pipefail
[ "$(id -u)" = 0 ] || { echo 'install.sh: run as root' >&2; exit 1; }

need=(openssh-server openssh-client rsyslog sudo sshpass nginx-light cron curl iproute2 util-linux jq gcc libc6-dev)
missing=()
for package in "${need[@]}"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

# invoke-rc.d asks this file before it starts anything; 101 means no. One that is there already is left alone.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi
apt-get update -q
DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends "${missing[@]}"
