# Sourced by run.sh: what happens on the hosts on any day.

agents=('Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Safari/537.36'
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1')
pages=(/ /cart.html /lamp.html /login.html '/lamp.html?colour=green&size=2' '/api/stock?id=17' /favicon.ico)

web_get() { # FROM AGENT PATH [CURL OPTIONS]
  local from=$1 agent=$2 path=$3
  shift 3
  from_world curl -s -m 5 -o /dev/null --path-as-is --interface "$from" -A "$agent" "$@" "http://${address[shop]}$path" || true
}

visit() { web_get "198.51.100.$((150 + RANDOM % 10))" "${agents[RANDOM % 3]}" "${pages[RANDOM % 7]}"; }

# pass_to SECONDS: lets time go by, half an hour at a time; cron wakes, people read the shop's pages.
pass_to() {
  local half at name
  for ((half = $(now) / 1800 * 1800; half < $1; half += 1800)); do
    at=$((half + 17 * 60))
    [ "$at" -gt "$(now)" ] && [ "$at" -lt "$1" ] || continue
    set_clock "$at"
    for name in "${hosts[@]}"; do inside "$name" sh -c 'kill -HUP $(cat /run/crond.pid)
      echo $(($(cat /proc/sys/kernel/ns_last_pid) + 40 + '$((RANDOM % 90))')) >/proc/sys/kernel/ns_last_pid'; done
    sleep 0.2
    for name in 1 2; do tick $((RANDOM % 300)); visit; done
  done
  set_clock "$1"
}

benign() { note benignLogins at "$(stamp)" host "$2" address "$1" user "$3" method "$4" failuresBefore:= "${5:-0}"; }

anna_gate() {
  benign 198.51.100.10 gate anna publickey
  sign_in 198.51.100.10 gate anna key "$work/keys/anna"
  life_typed 'uptime'
  life_typed_with 'sudo tail -n 5 /var/log/syslog' 'Lark-7-window'
  life_typed 'sudo ls -l /srv/export'
  sign_out
}

# On the vault she is root by key, as some still do: root by key is nothing odd there.
anna_vault() {
  benign 198.51.100.10 vault root publickey
  sign_in 198.51.100.10 vault root key "$work/keys/anna"
  life_typed 'ls -l /srv/ledger'
  life_typed 'df -h /srv'
  sign_out
}

# A real user who mistypes once, from where he always comes from.
tomas_shop() {
  guess 198.51.100.11 shop tomas 'blue-Kettle-24' || true
  tick 9
  benign 198.51.100.11 shop tomas password 1
  sign_in 198.51.100.11 shop tomas password 'blue-Kettle-42'
  life_typed 'ls /var/www/html'
  life_typed 'grep -c lamp /var/www/html/index.html'
  sign_out
}
