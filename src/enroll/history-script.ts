/**
 * Shell lines that make an interactive bash tell syslog what is typed, in the form that the parser `commands` reads. With a folder as the
 * argument they write below it. Whoever wants to type unseen can (`ignorespace` is respected: it keeps passwords out); auditd sees more.
 */
export const HISTORY_SCRIPT = `#!/bin/sh
# Makes every interactive bash of this host send the commands that are typed to syslog (local6.info), and so to Spoor.
# It writes one file, /etc/profile.d/spoor-history.sh. Shells that read no profile (su without -) need this line in /etc/bash.bashrc,
# or in /etc/bashrc:   . /etc/profile.d/spoor-history.sh
# A command that begins with a space stays private where HISTCONTROL says so: people keep passwords out of the history that way.
# Who wants to hide can leave bash: auditd (execve) sees that.
set -eu
spoor_root=\${1:-}
mkdir -p "$spoor_root/etc/profile.d"
cat > "$spoor_root/etc/profile.d/spoor-history.sh" <<'SPOOR_HISTORY'
# Made by spoor enroll --history: what is typed goes to syslog.
if [ -n "\${BASH_VERSION:-}" ] && [ -n "\${PS1:-}" ] && [ -z "\${_spoor_user:-}" ] && command -v logger >/dev/null; then
  _spoor_user=$(id -un)
  _spoor_tty=$(tty 2>/dev/null) || _spoor_tty=none
  _spoor_last=
  _spoor_size=
  ! logger --help 2>/dev/null | grep -q -e '--size' || _spoor_size='--size 8192'
  _spoor_history() {
    local status=$? line pwd
    line=$(HISTTIMEFORMAT= builtin history 1)
    if [[ $line =~ ^[[:space:]]*([0-9]+)[*]?[[:space:]]+(.*)$ ]]; then
      if [ -n "$_spoor_last" ] && [ "$_spoor_last" != "\${BASH_REMATCH[1]}" ]; then
        line=\${BASH_REMATCH[2]//$'\\n'/\\\\n}
        pwd=\${PWD//[$'"\\n']/_}
        logger $_spoor_size -p local6.info -t bash -- "user=$_spoor_user uid=$UID pid=$$ tty=$_spoor_tty pwd=\\"\${pwd:0:1000}\\" status=$status cmd=\${line:0:6000}"
      fi
      _spoor_last=\${BASH_REMATCH[1]}
    else
      _spoor_last=0
    fi
    return $status
  }
  PROMPT_COMMAND="_spoor_history\${PROMPT_COMMAND:+;$PROMPT_COMMAND}"
fi
SPOOR_HISTORY
chmod 644 "$spoor_root/etc/profile.d/spoor-history.sh"
printf 'spoor: %s\\n' 'done: shells that begin now tell what is typed'
`;
