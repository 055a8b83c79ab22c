ls /var/www/html
grep -c lamp /var/www/html/index.html
exit
ls /var/www/html
grep -c lamp /var/www/html/index.html
exit
