#!/bin/sh
# `npm run demo`: installs and builds where that is needed, then shows a real anydhcpd in a network
# that exists for some seconds only. As root in namespaces of its own; as an ordinary user in a user
# namespace. Nothing outside them is touched, and nothing is left.
# `npm run demo -- --cluster`: three servers that share one address and the leases in an etcd, which
# is the system's, or Debian's, unpacked into .cache/debian.
set -eu
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin:/sbin
export PATH

fail() {
	printf 'demo: %s\n' "$*" >&2
	exit 1
}

case ${1:-} in
"") demo=demo/demo.py ;;
--cluster) demo=demo/cluster.py ;;
*) fail "there is no such demo: npm run demo, or npm run demo -- --cluster" ;;
esac

[ "$(uname -s)" = Linux ] || fail "anydhcpd needs Linux"
for command in node npm g++ make python3 ip unshare nsenter; do
	command -v "$command" >/dev/null ||
		fail "$command is missing (on Debian: apt-get install g++ make python3 iproute2 util-linux, and Node 20)"
done

sh scripts/prepare.sh || fail "not built: see above"

# A package can be fetched only here: there is no way out of the demo's network.
etcd=
if [ "$demo" = demo/cluster.py ]; then
	etcd=$(command -v etcd) || {
		sh test/support/debian-unpack.sh etcd-server .cache/debian >/dev/null 2>&1 || true
		etcd=$PWD/.cache/debian/etcd-server/usr/bin/etcd
	}
	if [ ! -x "$etcd" ]; then
		echo "demo: skipped: there is no etcd here, and Debian's package etcd-server cannot be had (apt-get install etcd-server)"
		exit 0
	fi
fi

# Interfaces can be made by root, and by anybody in a user namespace of his own. A process namespace
# makes sure that nothing survives; where /proc may not be mounted anew it is done without.
if [ "$(id -u)" = 0 ]; then
	spaces="--net --mount"
else
	spaces="--user --map-root-user --net --mount"
fi
for more in "--pid --fork --kill-child --mount-proc" ""; do
	if reason=$(unshare $spaces $more ip link add demo0 type veth peer name demo1 2>&1); then
		exec unshare $spaces $more python3 -B $demo $etcd
	fi
done
fail "no network namespace can be made here: $reason
  As an ordinary user this needs user namespaces. Look at
    sysctl user.max_user_namespaces kernel.unprivileged_userns_clone \\
           kernel.apparmor_restrict_unprivileged_userns
  or run the demo as root: sudo npm run demo"
