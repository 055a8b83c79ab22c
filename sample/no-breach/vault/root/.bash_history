ls -l /srv/ledger
df -h /srv
exit
