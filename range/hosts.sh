# Sourced by run.sh: makes and removes the hosts, and sets their clocks.
# $world is a router with every outside address; gate, shop and vault hang on its bridge.

declare -A address=([gate]=10.77.0.11 [shop]=10.77.0.12 [vault]=10.77.0.13) pid=() skewed=([gate]=0 [shop]=0 [vault]=0)
hosts=(gate shop vault)
outside=(203.0.113.{21,22,23,50,66,77,140} 198.51.100.{10,11,34,90,200} 198.51.100.{150..159})
shift_s=0 # what the hosts' clocks are ahead of this machine's, in seconds

# Ends the hosts: each goes with the process that made its namespaces, and takes its mounts and its network along. Also removes
# what an earlier run left that was killed; a process is known by its work folder, for its number may be another's by now.
down() {
  local file old tries
  for file in "$work"/*.pid; do
    [ -e "$file" ] || continue
    old=$(<"$file")
    ours "$old" || continue
    kill -9 "$old" 2>/dev/null || true
    for tries in {1..100}; do ours "$old" && sleep 0.05 || break; done
  done
  rm -rf --one-file-system "$work"
}
ours() { [ -r "/proc/$1/cmdline" ] && tr '\0' ' ' <"/proc/$1/cmdline" | grep -qF -- "$work"; } 2>/dev/null

# start NAME COMMAND...: runs COMMAND as process 1 of fresh namespaces that end when this script ends, however it ends.
start() {
  local name=$1 child='' tries
  shift
  setpriv --pdeathsig KILL unshare --net --mount --uts --ipc --pid --fork --kill-child --mount-proc "$@" \
    >"$work/$name.out" 2>&1 </dev/null 9<&- &
  echo $! >"$work/$name.pid"
  disown $! # or bash tells of its end
  for tries in {1..100}; do
    child=$(pgrep -P "$(<"$work/$name.pid")" || true)
    [ -z "$child" ] || break
    sleep 0.05
  done
  pid[$name]=$child
}

inside() { local name=$1; shift; nsenter -t "${pid[$name]}" -a "$@"; }
from_world() { nsenter -t "${pid[world]}" -n -p "$@"; }

make_world() {
  start world bash -c 'exec sleep infinity' "$work"
  local ip
  from_world ip link set lo up
  from_world ip link add lan type bridge
  from_world ip addr add 10.77.0.1/24 dev lan
  from_world ip link set lan up
  for ip in "${outside[@]}"; do from_world ip addr add "$ip/32" dev lo; done
}

make_host() {
  local name=$1
  start "$name" bash "$here/machine.sh" "$name" "$work" "${skewed[$name]}"
  nsenter -t "${pid[world]}" -n ip link add "v-$name" type veth peer name eth0 netns "${pid[$name]}"
  nsenter -t "${pid[world]}" -n ip link set "v-$name" master lan up
  nsenter -t "${pid[$name]}" -n sh -c "ip link set lo up; ip addr add ${address[$name]}/24 dev eth0; ip link set eth0 up; ip route add default via 10.77.0.1"
}

await_hosts() {
  local name tries
  for name in "${hosts[@]}"; do
    for tries in {1..200}; do [ ! -e "$work/$name/ready" ] || break; sleep 0.1; done
    [ -e "$work/$name/ready" ] || { cat "$work/$name.out" >&2; echo "run.sh: host $name did not start" >&2; return 1; }
  done
}

# now: the story's time, in seconds since 1970. tick N: N seconds pass. set_clock SECONDS: it is now that.
now() { echo $((EPOCHSECONDS + shift_s)); }
tick() { set_shift $((shift_s + $1)); }
set_clock() { [ "$1" -le "$(now)" ] || set_shift $(($1 - EPOCHSECONDS)); }
set_shift() {
  local name
  [ -e "$work/clock.so" ] || return 0
  shift_s=$1
  echo "$EPOCHREALTIME $shift_s" >>"$work/clock.steps"
  for name in "${hosts[@]}"; do printf '%-15d' $((shift_s + skewed[$name])) 1<>"$work/$name.clock"; done # no truncation: it is mapped
}
