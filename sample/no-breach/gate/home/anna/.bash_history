#1795165440
uptime
#1795165463
sudo tail -n 5 /var/log/syslog
#1795165474
sudo ls -l /srv/export
#1795165480
exit
#1795251780
uptime
#1795251785
sudo tail -n 5 /var/log/syslog
#1795251796
sudo ls -l /srv/export
#1795251822
exit
