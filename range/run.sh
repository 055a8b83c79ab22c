#!/usr/bin/env bash
# A real incident on three hosts, in namespaces of this machine. See README.md.
# run.sh [--no-breach] [--missing HOST] [--skew SECONDS] OUT
set -euo pipefail
export TZ=UTC LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
work=${SPOOR_RANGE_WORK:-/opt/spoor-range}
breach=yes missing='' skew=0 out=''

usage() { echo 'usage: run.sh [--no-breach] [--missing gate|shop|vault] [--skew SECONDS] OUT' >&2; exit 64; }
while [ $# -gt 0 ]; do
  case $1 in
    --no-breach) breach=no ;;
    --missing) missing=${2-}; shift; [[ $missing =~ ^(gate|shop|vault)$ ]] || usage ;;
    --skew) skew=${2-}; shift; [[ $skew =~ ^-?[0-9]+$ ]] || usage ;;
    -*) usage ;;
    *) [ -z "$out" ] || usage; out=$1 ;;
  esac
  shift
done
[ -n "$out" ] || usage
[ "$(id -u)" = 0 ] || { echo 'run.sh: namespaces and sshd need root' >&2; exit 77; }
case $work in # the hosts' own folders would hide it; and it is removed whole
  /etc/* | /var/* | /home/* | /root/* | /srv/* | /run/* | /tmp/* | /dev/* | /proc/*) echo "run.sh: $work cannot be the work folder" >&2; exit 64 ;;
esac
[ ! -e "$work" ] || [ -e "$work/.spoor-range" ] || { echo "run.sh: $work is not of an earlier range; left alone" >&2; exit 73; }
for program in /usr/sbin/sshd rsyslogd sudo sshpass nginx cron jq ip curl; do
  command -v "$program" >/dev/null || { echo "run.sh: $program is missing; run install.sh" >&2; exit 69; }
done

for part in hosts typing truth life attack; do . "$here/$part.sh"; done
exec 9<"$here/run.sh" # the script is its own lock file
flock -n 9 || { echo 'run.sh: another range is running' >&2; exit 75; }
skewed[shop]=$skew
RANDOM=77 # the same choices every time

prepare() {
  down
  mkdir -p "$work" && touch "$work/.spoor-range"
  mkdir -p "$work/keys" "$out"
  out=$(cd "$out" && pwd)
  rm -rf "$out/logs" "$out/truth.json"
  local name
  for name in anna backup relay; do ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$work/keys/$name"; done
  for name in "${hosts[@]}"; do printf '%-4096d' 0 >"$work/$name.clock"; done
  gcc -O2 -shared -fPIC -o "$work/clock.so" "$here/clock.c" 2>/dev/null ||
    { echo 'run.sh: no compiler: everything will have happened within a minute' >&2; [ "$skew" = 0 ] || exit 69; }
  : >"$work/notes"
}

# The relay that the attacker fetches from: whatever is asked for, it has.
relay_up() {
  mkdir "$work/relay"
  printf '%s\n' 'daemon off; error_log /dev/null; events {}' "pid $work/relay/pid; http { access_log off; client_body_temp_path $work/relay/body;" \
    'server { listen 198.51.100.200:80; location / { return 200 "true\n"; } } }' >"$work/relay/conf"
  from_world nginx -p "$work/relay" -e /dev/null -c "$work/relay/conf" >/dev/null 2>&1 &
}

# The story ends this morning at 09:40, or yesterday's if that is still to come.
first_day() {
  local today=$(($(date +%s) / 86400 * 86400))
  [ "$(date +%s)" -gt $((today + 36000)) ] || today=$((today - 86400))
  echo $((today - 86400))
}
at() { echo $((day + $1 * 86400 + 10#${2%:*} * 3600 + 10#${2#*:} * 60)); } # at DAY HH:MM

story() {
  pass_to "$(at 0 09:04)"; anna_gate
  pass_to "$(at 0 10:22)"; tomas_shop
  pass_to "$(at 0 11:05)"; anna_vault
  pass_to "$(at 0 14:31)"; campaign
  pass_to "$(at 0 18:51)"; banner_grab
  pass_to "$(at 0 20:33)"; web_scan
  pass_to "$(at 0 22:08)"; spray
  pass_to "$(at 1 01:10)"; break_in
  if [ "$breach" = yes ]; then
    pass_to "$(at 1 01:31)"; on_gate; on_shop; on_vault; leave_gate
    pass_to "$(at 1 04:25)"; come_back
  fi
  pass_to "$(at 1 09:03)"; anna_gate
  pass_to "$(at 1 09:20)"; tomas_shop
  pass_to "$(at 1 09:40)"
}

trap down EXIT
trap 'exit 130' INT TERM HUP
prepare
day=$(first_day)
set_shift $(($(at 0 08:50) - EPOCHSECONDS))
began=$(stamp)
make_world
for name in "${hosts[@]}"; do make_host "$name"; done
await_hosts
relay_up
story
collect "$out"
write_truth "$out"
echo "run.sh: $out/logs and $out/truth.json; it took $SECONDS s"
