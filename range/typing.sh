# Sourced by run.sh: somebody at a terminal. One session at a time, its keys go through a fifo, its screen into a file.

on='' as='' # host and user that the next typed line runs as

ssh_options=(-F /dev/null -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o ConnectTimeout=10
  -o NumberOfPasswordPrompts=1 -o IdentitiesOnly=yes)

# guess FROM HOST USER PASSWORD: one try without a terminal; status 0 when it was right.
guess() {
  from_world env SSHPASS="$4" sshpass -e ssh "${ssh_options[@]}" -o PubkeyAuthentication=no \
    -o PreferredAuthentications=password -b "$1" "$3@${address[$2]}" true </dev/null >/dev/null 2>&1
}

# sign_in FROM HOST USER password PASSWORD | key FILE: opens a session with a terminal; leaves its source port in $port.
sign_in() {
  local how=(-o PreferredAuthentications=password -o PubkeyAuthentication=no) pass=(env SSHPASS="$5" sshpass -e)
  [ "$4" = password ] || { how=(-o PreferredAuthentications=publickey -i "$5"); pass=(); }
  on=$2 as=$3 screen=$work/screen
  rm -f "$work/typed" && mkfifo "$work/typed"
  exec 7<>"$work/typed"
  : >"$screen"
  TERM=dumb from_world "${pass[@]}" ssh -tt "${ssh_options[@]}" "${how[@]}" -b "$1" "$3@${address[$2]}" \
    <"$work/typed" >"$screen" 2>&1 7>&- &
  session=$!
  await_prompt 0
  port=$(source_port world "$1" "${address[$2]}")
}

# source_port FROM-HOST FROM-ADDRESS TO-ADDRESS: the newest ssh connection between them, as the kernel has it.
source_port() {
  nsenter -t "${pid[$1]}" -n ss -tnHo state established "src $2 and dst $3 and dport = :22" |
    awk '{ n = split($3, part, ":"); print part[n]; exit }'
}

# Waits for a shell prompt or a question for a password to end the screen, past SIZE bytes; or for the session to end.
await_prompt() {
  local tries
  for tries in {1..400}; do
    kill -0 "$session" 2>/dev/null || return 0
    if [ "$(stat -c %s "$screen")" -gt "$1" ] && tail -c 40 "$screen" | tail -n 1 | grep -qE '([$#]|assword( for [a-z]+)?:) $'; then return 0; fi
    sleep 0.03
  done
  echo "run.sh: no prompt came on $on" >&2
  tail -n 3 "$screen" >&2
  return 1
}

send() {
  local size
  size=$(stat -c %s "$screen")
  printf '%s\n' "$1" >&7
  await_prompt "$size"
}

# typed LINE: a command that somebody who should not be here types; it goes into the truth. life_typed LINE: anybody else's.
typed() { note commands at "$(stamp)" host "$on" user "$as" command "$1"; life_typed "$1"; }
life_typed() { send "$1"; tick $((5 + RANDOM % 25)); }

# typed_with LINE PASSWORD: a command that asks for a password; $entered is when it was given.
typed_with() { note commands at "$(stamp)" host "$on" user "$as" command "$1"; life_typed_with "$@"; }
life_typed_with() {
  send "$1"
  tick 4
  entered=$(stamp)
  send "$2"
  tick $((3 + RANDOM % 9))
}

# Leaves the outermost shell.
sign_out() {
  printf 'exit\n' >&7
  wait "$session" || true
  exec 7>&-
  sleep 0.2 # sshd still has its closing lines to write
}
