#!/usr/bin/env bash
# The first process of one host of the range: makes a private /etc, /var, /home and /dev, starts the services, then waits.
# Called by hosts.sh inside fresh mount, uts, pid, ipc and network namespaces: machine.sh NAME WORK SKEW
set -euo pipefail
name=$1 work=$2 own=$2/$1 skew=$3

private_folders() {
  mkdir -p "$own"/{etc,etc.work,var,var.work,log,home,root,srv,run,tmp,opt}
  mount -t overlay overlay -o "lowerdir=/etc,upperdir=$own/etc,workdir=$own/etc.work" /etc
  mount -t overlay overlay -o "lowerdir=/var,upperdir=$own/var,workdir=$own/var.work" /var
  local folder
  for folder in home root srv run tmp; do mount --bind "$own/$folder" "/$folder"; done
  mount --bind "$own/log" /var/log
  chmod 1777 /tmp
  chmod 700 /root
}

private_dev() {
  mount -t tmpfs -o mode=755 tmpfs /dev
  mkdir /dev/pts /dev/shm
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts /dev/pts
  mount -t tmpfs -o mode=1777 tmpfs /dev/shm
  ln -s pts/ptmx /dev/ptmx
  ln -s /proc/self/fd /dev/fd
  mknod -m 666 /dev/null c 1 3
  mknod -m 666 /dev/zero c 1 5
  mknod -m 666 /dev/random c 1 8
  mknod -m 666 /dev/urandom c 1 9
  mknod -m 666 /dev/tty c 5 0
}

identity() {
  hostname "$name"
  echo "$name" >/etc/hostname
  ln -sf /usr/share/zoneinfo/Etc/UTC /etc/localtime
  printf '127.0.0.1 localhost %s\n10.77.0.11 gate\n10.77.0.12 shop\n10.77.0.13 vault\n' "$name" >/etc/hosts
  mkdir -p /run/sshd /run/lock /run/sudo
  install -m 664 -g utmp /dev/null /run/utmp
  install -m 664 -g utmp /dev/null /var/log/wtmp
  install -m 660 -g utmp /dev/null /var/log/btmp
  install -m 664 -g utmp /dev/null /var/log/lastlog
  cp "$own.clock" /run/spoor.clock # overwritten by the bind below where a preload was built
  mount --bind "$own.clock" /run/spoor.clock
  [ ! -e "$work/clock.so" ] || echo "$work/clock.so" >/etc/ld.so.preload
}

# Passwords are the range's own and good for nothing else.
people() {
  local who
  for who in anna tomas svc-batch; do useradd -m -s /bin/bash "$who"; done
  printf 'anna:Lark-7-window\ntomas:blue-Kettle-42\nsvc-batch:batch2024\n' | chpasswd
  usermod -aG sudo anna
  install -d -m 700 -o anna -g anna /home/anna/.ssh
  install -m 600 -o anna -g anna "$work/keys/anna.pub" /home/anna/.ssh/authorized_keys
  install -d -m 700 /root/.ssh
  local history="HISTTIMEFORMAT='%F %T '"
  echo "$history" >>/home/anna/.bashrc
  echo "$history" >>/home/svc-batch/.bashrc
  sed -i 's/pam_unix.so nullok/pam_unix.so nullok nodelay/' /etc/pam.d/common-auth # the guesses are many and the range is short
}

# What makes each host its own: its data, its keys, its weakness.
role() {
  rm -rf /etc/sudoers.d/*
  echo 'Set disable_coredump false' >/etc/sudo.conf # lifting that limit again takes a right that a container's root may lack
  case $name in
    gate)
      echo 'svc-batch ALL=(root) NOPASSWD: /usr/sbin/useradd, /usr/sbin/chpasswd' >/etc/sudoers.d/batch
      install -m 600 "$work/keys/backup" /root/.ssh/backup_ed25519
      mkdir -p /srv/export && printf 'id,name,card\n1,A. Example,0000\n2,B. Example,0001\n' >/srv/export/customers.csv ;;
    shop)
      echo 'svc-batch ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/batch
      mkdir -p /srv/orders && printf 'order,total\n1001,12.50\n1002,80.00\n' >/srv/orders/2026.csv
      cat >/etc/profile.d/cmdlog.sh <<'P'
PROMPT_COMMAND='code=$?; logger -p local6.debug "$(whoami) [$$]: $(history 1 | sed "s/^ *[0-9]* *//") [$code]"'
P
      sed -i '/HISTTIMEFORMAT/d' /home/*/.bashrc ;;
    vault)
      cat "$work/keys/backup.pub" "$work/keys/anna.pub" >/root/.ssh/authorized_keys
      mkdir -p /srv/ledger && printf 'account,balance\nA-1,100\nA-2,250\n' >/srv/ledger/accounts.csv ;;
  esac
  chmod 440 /etc/sudoers.d/* 2>/dev/null || true
}

logging() {
  local format=RSYSLOG_TraditionalFileFormat
  [ "$name" != shop ] || format=RSYSLOG_FileFormat
  cat >/etc/rsyslog.conf <<P
global(processInternalMessages="on") # its own start and stop go into the file: no journal here takes them
module(load="imuxsock" SysSock.UseSysTimeStamp="off") # the kernel's stamp is not this host's clock
module(load="builtin:omfile" Template="$format")
auth,authpriv.*          /var/log/auth.log
*.*;auth,authpriv.none   -/var/log/syslog
P
  rm -rf /etc/rsyslog.d /etc/cron.d/* /etc/cron.hourly/* /etc/cron.daily/*
  # the range wakes cron at 17 and 47 past, true time; a host with a wrong clock sees another minute then
  local late=$(((skew / 60 % 60 + 60) % 60))
  [ "$skew" -ge 0 ] || [ $((skew % 60)) = 0 ] || late=$(((late + 59) % 60))
  printf '%d * * * * root cd / && run-parts --report /etc/cron.hourly\n' $(((17 + late) % 60)) >/etc/crontab
  printf '%d * * * * svc-batch test -d /srv\n' $(((47 + late) % 60)) >>/etc/crontab
}

services() {
  rm -f /etc/ssh/ssh_host_*
  ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
  cat >/etc/ssh/sshd_config <<'P'
HostKey /etc/ssh/ssh_host_ed25519_key
UsePAM yes
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
PrintMotd no
MaxStartups 50
P
  echo 600 >/proc/sys/kernel/ns_last_pid # a machine that has been up for a while
  rsyslogd
  cron
  /usr/sbin/sshd
  [ "$name" != shop ] || web
}

web() {
  rm -rf /etc/nginx/sites-enabled/* /var/www/html/*
  mkdir -p /var/log/nginx
  local page
  for page in index.html cart.html lamp.html login.html; do echo "<title>$page</title>" >"/var/www/html/$page"; done
  echo 'server { listen 80; root /var/www/html; location /api/ { return 200 "[]"; } }' >/etc/nginx/sites-enabled/shop
  nginx
}

private_folders
private_dev
identity
people
role
logging
services
touch "$own/ready"
while :; do sleep 3600 & wait -n || true; done # as process 1 it reaps what the services leave
