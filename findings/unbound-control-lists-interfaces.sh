#!/bin/sh
# unbound-control makes a netlink socket before it connects to a control socket of the file system, because it lists the
# machine's interfaces even where the configuration names none. Under RestrictAddressFamilies=AF_UNIX, or without
# AF_NETLINK, it fails, and its last line says "could not resolve interface names".
# Exits 0 while this is so. Needs apt-get and dpkg-deb; installs nothing.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -q download unbound=1.17.1-2+deb12u4 libprotobuf-c1 libnghttp2-14 libevent-2.1-7 strace=6.1-0.1 >/dev/null
for package in ./*.deb; do
	dpkg-deb -x "$package" root
done
LD_LIBRARY_PATH=$(dirname "$(find root -name 'libprotobuf-c.so.1')")
export LD_LIBRARY_PATH

cat >unbound.conf <<CONF
server:
	chroot: ""
remote-control:
	control-enable: yes
	control-interface: $folder/control
CONF
root/usr/sbin/unbound-control -h 2>&1 | sed -n 's/^Version/unbound-control/p'
# No program listens there: it gets as far as to connect.
root/usr/bin/strace -e trace=socket,connect -o calls root/usr/sbin/unbound-control -c unbound.conf status >said 2>&1 || true
grep -o 'socket(AF_NETLINK\|connect(.*AF_UNIX' calls
[ "$(grep -o 'socket(AF_[A-Z]*' calls | head -n 1)" = 'socket(AF_NETLINK' ]
