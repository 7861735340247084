#!/bin/sh
# etcd 3.4 refuses to read at a revision that is yet to come, and takes a watch from there in silence: the watcher gets
# no event before that revision, and no error. After a restore of an older state, a client that resumes its watch at the
# revision that it knew is such a watcher. Exits 0 while this is so. Needs apt-get, dpkg-deb, ip and unshare; installs
# nothing.
set -eu

version=3.4.23-4+b4
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -q download "etcd-server=$version" "etcd-client=$version" >/dev/null
for package in ./*.deb; do dpkg-deb -x "$package" root; done

cat >inside.sh <<'INSIDE'
set -eu
ip link set lo up
root/usr/bin/etcd --version | head -n 1
root/usr/bin/etcd --data-dir data --log-level error 2>log &
server=$!
trap 'kill "$server"' EXIT
export ETCDCTL_API=3
until root/usr/bin/etcdctl put name first >/dev/null 2>&1; do sleep 0.2; done

read_status=0 watch_status=0
root/usr/bin/etcdctl get --rev=1000 name >read 2>&1 || read_status=$?
timeout 3 root/usr/bin/etcdctl watch --rev=1000 name >watched 2>&1 &
watcher=$!
sleep 1
root/usr/bin/etcdctl put name second >/dev/null
wait "$watcher" || watch_status=$?
echo "read: status $read_status, $(tail -n 1 read)"
echo "watch: status $watch_status (124: ended by timeout), $(wc -c <watched) octets of output"
[ "$read_status" -eq 1 ] && grep -q 'future revision' read
[ "$watch_status" -eq 124 ] && [ ! -s watched ]
INSIDE
if [ "$(id -u)" = 0 ]; then unshare --net sh inside.sh; else unshare --user --map-root-user --net sh inside.sh; fi
