#!/bin/sh
# isc-dhcp-server takes a misspelt statement that stands alone, or is given a value with "=", without a word: its
# parser reads it as an expression. "authoritive;" loads, and the server then is not authoritative.
# Exits 0 while this is so. Needs apt-get and dpkg-deb; installs nothing.
set -eu

version=4.4.3-P1-2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -q download "isc-dhcp-server=$version" >/dev/null
dpkg-deb -x ./*.deb root
dhcpd=root/usr/sbin/dhcpd
"$dhcpd" --version 2>&1 | head -n 1

cat >dhcpd.conf <<'CONF'
authoritive;
max-lease-tiem = 60;
subnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.10 192.0.2.20; }
CONF
status=0
"$dhcpd" -4 -t -cf dhcpd.conf 2>said || status=$?
echo "dhcpd -t: status $status, lines that name a mistake: $(grep -c 'line [12]' said || true)"
[ "$status" -eq 0 ] && ! grep -q 'line [12]' said
