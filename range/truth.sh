# Sourced by run.sh: what really happened, written down as it happens, and the logs carried out of the hosts.

stamp() { printf '%(%FT%TZ)T' "$(now)"; }
print_of() { ssh-keygen -lf "$work/keys/$1.pub" | awk '{ print $2 }'; }

# note LIST NAME VALUE...: one entry for a list of the truth. A name that ends in := has a JSON value; an empty value is null.
note() {
  local list=$1 fields=() args=()
  shift
  while [ $# -gt 0 ]; do
    if [[ $1 == *:= ]]; then args+=(--argjson "f${#fields[@]}" "$2"); else args+=(--arg "f${#fields[@]}" "$2"); fi
    fields+=("\"${1%:=}\":(\$f${#fields[@]}|if .==\"\" then null else . end)")
    shift 2
  done
  jq -nc --arg list "$list" "${args[@]}" "[\$list, {$(IFS=,; echo "${fields[*]}")}]" >>"$work/notes"
}

# Files are stamped by the kernel in real time; each gets the story's time that its host had then.
restamp() {
  [ -e "$work/clock.steps" ] || return 0
  local skew=$2
  find "$1" -type f -printf '%T@ %p\n' | while read -r real file; do
    printf '%s %s\n' "$(awk -v real="$real" '$1 <= real { shift = $2 } END { printf "%d", real + shift }' "$work/clock.steps")" "$file"
  done | while read -r at file; do touch -d "@$((at + skew))" "$file"; done
}

# collect OUT: what a person would copy from each host: its logs and its people's shell histories.
collect() {
  local name folder
  for name in "${hosts[@]}"; do
    [ "$name" != "$missing" ] || continue
    mkdir -p "$1/logs/$name/var"
    cp -a "$work/$name/log" "$1/logs/$name/var/log"
    (cd "$work/$name" && find home root -name .bash_history -type f -exec cp -a --parents -t "$1/logs/$name" {} +)
    # private folders of services are no evidence, and the copies need to be readable by the one who made them
    find "$1/logs/$name" -type d -empty -delete
    chmod -R u=rwX,go=rX "$1/logs/$name"
    chown -R "$(id -u):$(id -g)" "$1/logs/$name"
    restamp "$1/logs/$name" "${skewed[$name]}"
  done
}

write_truth() {
  local name lines=()
  for name in "${hosts[@]}"; do
    lines+=("$(jq -nc --arg name "$name" --arg ip "${address[$name]}" --argjson skew "${skewed[$name]}" --arg missing "$missing" \
      '{name: $name, address: $ip, clockAheadSeconds: $skew, collected: ($name != $missing)}')")
  done
  printf '%s\n' "${lines[@]}" | jq -s --slurpfile notes "$work/notes" --arg began "$began" --arg ended "$(stamp)" --argjson breach "$([ "$breach" = yes ] && echo true || echo false)" '
    def list($name): [$notes[] | select(.[0] == $name) | .[1]];
    { breach: $breach, began: $began, ended: $ended, hosts: ., wayIn: (list("wayIn")[0]), entries: list("entries"), root: list("root"),
      accountsAdded: list("accountsAdded"), keysAdded: list("keysAdded"), hops: list("hops"), wiped: list("wiped"),
      controllers: (if $breach then ["198.51.100.200"] else [] end), attackers: list("attackers"),
      commands: list("commands"), benignLogins: list("benignLogins"), audit: false }' >"$1/truth.json"
}
