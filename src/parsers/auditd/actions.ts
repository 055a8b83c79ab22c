/**
 * What record types and system calls mean, in ECS's words. The names of the actions are those that Elastic's Auditbeat and
 * its go-libaudit gave them, so that rules written for those work here; categories and types are docs/design/events.md's.
 */

export interface Meaning {
  /** '' when nobody has named it. */
  readonly action: string;
  readonly category: readonly string[];
  readonly type: readonly string[];
}

// name,name… action category,… type,…
const RECORDS = table(`
ADD_USER added-user-account iam user,creation
DEL_USER deleted-user-account iam user,deletion
USER_MGMT modified-user-account iam user,change
USER_CHAUTHTOK changed-password iam user,change
ACCT_LOCK locked-account iam user,change
ACCT_UNLOCK unlocked-account iam user,change
ROLE_ASSIGN assigned-user-role-to iam user,change
ROLE_MODIFY modified-role iam change
ROLE_REMOVE removed-user-role-from iam user,change
ADD_GROUP added-group-account-to iam group,creation
DEL_GROUP deleted-group-account-from iam group,deletion
GRP_MGMT modified-group-account iam group,change
GRP_CHAUTHTOK changed-group-password iam group,change
CRED_ACQ acquired-credentials authentication info
CRED_DISP disposed-credentials authentication info
CRED_REFR refreshed-credentials authentication info
GRP_AUTH authenticated-to-group authentication info
LOGIN changed-login-id-to authentication info
USER_ACCT was-authorized authentication info
USER_AUTH authenticated authentication info
USER_ERR error authentication info
USER_LOGIN logged-in authentication start
USER_LOGOUT logged-out authentication end
USER_START started-session session start
USER_END ended-session session end
USER_ROLE_CHANGE changed-role-to session info
USER_CMD ran-command process start
TTY,USER_TTY typed process info
CHGRP_ID changed-group process change
CHUSER_ID changed-user-id process change
TEST sent-test process info
TRUSTED_APP unknown process info
USER sent-message process info
SYSTEM_BOOT booted-system host start
SYSTEM_SHUTDOWN shutdown-system host end
SYSTEM_RUNLEVEL changed-to-runlevel host change
TIME_INJOFFSET,TIME_ADJNTPVAL changed-system-time host change
VIRT_CONTROL issued-vm-control host info
VIRT_CREATE created-vm-image host info
VIRT_DESTROY deleted-vm-image host info
VIRT_INTEGRITY_CHECK checked-integrity-of host info
VIRT_MACHINE_ID assigned-vm-id host info
VIRT_MIGRATE_IN migrated-vm-from host info
VIRT_MIGRATE_OUT migrated-vm-to host info
VIRT_RESOURCE assigned-vm-resource host info
SERVICE_START started-service process start
SERVICE_STOP stopped-service process end
SOFTWARE_UPDATE updated-software package change
CONFIG_CHANGE changed-audit-configuration process,configuration change
DAEMON_START started-audit process start
DAEMON_END shutdown-audit process end
DAEMON_ABORT aborted-auditd-startup process end
DAEMON_CONFIG changed-auditd-configuration process,configuration change
DAEMON_RECONFIG reconfigured-auditd process,configuration info
DAEMON_RESUME resumed-audit-logging process change
DAEMON_ROTATE rotated-audit-logs process change
DAEMON_ERR audit-error process info
DAEMON_ACCEPT remote-audit-connected network connection,start
DAEMON_CLOSE remote-audit-disconnected network connection,end
KERNEL initialized-audit-subsystem process info
USYS_CONFIG changed-configuration configuration change
NETFILTER_CFG loaded-firewall-rule-to configuration change
FEATURE_CHANGE changed-audit-feature configuration change
MAC_CONFIG_CHANGE changed-selinux-boolean configuration change
MAC_POLICY_LOAD loaded-selinux-policy configuration access
MAC_STATUS changed-selinux-enforcement configuration change
USER_MAC_CONFIG_CHANGE changed-mac-configuration configuration change
USER_MAC_POLICY_LOAD loaded-mac-policy configuration access
USER_SELINUX_ERR access-error intrusion_detection info
USER_AVC access-permission intrusion_detection info
SELINUX_ERR caused-mac-policy-error intrusion_detection info
SECCOMP violated-seccomp-policy intrusion_detection,process denied
FS_RELABEL relabeled-filesystem configuration change
LABEL_LEVEL_CHANGE modified-level-of configuration change
LABEL_OVERRIDE overrode-label-of configuration change
MAC_CHECK mac-permission process info
DAC_CHECK access-result process info
CRYPTO_KEY_USER negotiated-crypto-key process info
CRYPTO_SESSION started-crypto-session process info
CRYPTO_LOGIN crypto-officer-logged-in process info
CRYPTO_LOGOUT crypto-officer-logged-out process info
KERN_MODULE loaded-kernel-module driver start
BPF loaded-bpf-program driver info
ANOM_ABEND crashed-program process end
ANOM_EXEC attempted-execution-of-forbidden-program intrusion_detection,process start
ANOM_LINK used-suspicious-link intrusion_detection,file info
ANOM_CREAT created-suspicious-file intrusion_detection,file info
ANOM_LOGIN_FAILURES failed-log-in-too-many-times-to intrusion_detection,authentication info
ANOM_LOGIN_LOCATION attempted-log-in-from-unusual-place-to intrusion_detection,authentication info
ANOM_LOGIN_SESSIONS opened-too-many-sessions-to intrusion_detection,authentication info
ANOM_LOGIN_TIME attempted-log-in-during-unusual-hour-to intrusion_detection,authentication info
ANOM_PROMISCUOUS changed-promiscuous-mode-on-device intrusion_detection,process info,change
ANOM_RBAC_INTEGRITY_FAIL tested-file-system-integrity-of intrusion_detection info
`);

const SYSCALLS = table(`
execve,execveat executed process start
creat opened-file file creation
open,openat,openat2,readlink,readlinkat opened-file file info
truncate,ftruncate,truncate64,ftruncate64,fallocate opened-file file change
read read-file file info
write wrote-to-file file change
setxattr,fsetxattr,lsetxattr,removexattr,fremovexattr,lremovexattr changed-file-attributes-of file change
chmod,fchmod,fchmodat,fchmodat2 changed-file-permissions-of file change
chown,fchown,fchownat,lchown,chown32,fchown32,lchown32 changed-file-ownership-of file change
mkdir,mkdirat created-directory file creation
mount,move_mount,fsmount mounted file creation
umount,umount2 unmounted file deletion
rename,renameat,renameat2 renamed file change
link,linkat linked file creation
symlink,symlinkat symlinked file creation
rmdir,unlink,unlinkat deleted file deletion
mknod,mknodat make-device file creation
access,faccessat,faccessat2,fstatat,newfstatat,stat,stat64,fstat,lstat,statx checked-metadata-of file info
getxattr,lgetxattr,fgetxattr checked-metadata-of file info
statfs,fstatfs checked-filesystem-metadata-of file info
utime,utimes,futimesat,futimens,utimensat changed-timestamp-of file info
finit_module,init_module loaded-kernel-module driver start
delete_module unloaded-kernel-module driver end
listen listen-for-connections network connection,start
accept,accept4 accepted-connection-from network connection,start
bind bound-socket network connection,start
connect connected-to network connection,start
recv,recvfrom,recvmsg,recvmmsg received-from network connection,info
send,sendto,sendmsg,sendmmsg sent-to network connection,info
kill,tkill,tgkill killed-pid process end
setuid,seteuid,setfsuid,setreuid,setgid,setegid,setfsgid,setregid changed-identity-of process change
setresuid,setresgid,setuid32,setgid32,setreuid32,setregid32 changed-identity-of process change
setresuid32,setresgid32 changed-identity-of process change
settimeofday,clock_settime,clock_settime64,stime,adjtimex,clock_adjtime changed-system-time host change
sethostname,setdomainname changed-system-name host change
mmap,mmap2,brk allocated-memory process info
sched_setparam,sched_setscheduler,sched_setattr adjusted-scheduling-policy-of process change
ptrace traced-process process access
reboot rebooted-system host end
`);

function table(text: string): ReadonlyMap<string, Meaning> {
  const meanings = new Map<string, Meaning>();
  for (const line of text.trim().split('\n')) {
    const [names = '', action = '', category = '', type = ''] = line.split(' ');
    for (const name of names.split(','))
      meanings.set(name, { action, category: category.split(','), type: type.split(',') });
  }
  return meanings;
}

/** What a record type stands for; null for one that only adds to a system call, or that nobody has named. */
export function meaningOfRecord(type: string): Meaning | null {
  return RECORDS.get(type) ?? null;
}

/** What a system call does; null when it has no name of its own here. */
export function meaningOfSyscall(name: string): Meaning | null {
  return SYSCALLS.get(name) ?? null;
}

/** Anything else. */
export const OTHER: Meaning = { action: '', category: ['process'], type: ['info'] };
