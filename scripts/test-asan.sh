#!/bin/sh
# `npm run test:asan`: the addon's tests with an addon that is compiled under the address and the undefined-behaviour
# sanitizer, in a Node.js that has their runtimes loaded. Arguments go to vitest, in place of test/native. The addon in
# native/build stays as it is: the other one is mounted over it in a mount namespace.
set -eu
cd "$(dirname "$0")/.."

sh scripts/prepare.sh
root=$PWD
build=$root/.cache/asan
mkdir -p "$build"
# Every folder whose sources the build names.
for folder in native $(grep -o '\.\./[a-z]*/' native/binding.gyp | sort -u | tr -d ./); do
	mkdir -p "$build/$folder"
	find "$folder" -maxdepth 1 -name '*.[ch]' -o -maxdepth 1 -name '*.cc' -o -maxdepth 1 -name '*.gyp' |
		xargs -r cp -u -t "$build/$folder"
done
headers=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{
	node node_modules/node-gyp/bin/node-gyp.js configure -C "$build/native" --nodedir="$headers" -- \
		-Dsanitize=address,undefined -Dnapi_include="$root/node_modules/node-addon-api"
	make -C "$build/native/build" BUILDTYPE=Release anydhcpd
} >"$log" 2>&1 || {
	cat "$log" >&2
	exit 1
}

[ $# -gt 0 ] || set -- test/native
[ "$(id -u)" = 0 ] && user= || user="--user --map-root-user"
LD_PRELOAD=$(gcc -print-file-name=libasan.so):$(gcc -print-file-name=libubsan.so)
# Node.js leaks on purpose at its end, and programs that tests start are not linked with the runtimes.
ASAN_OPTIONS=detect_leaks=0:verify_asan_link_order=0:abort_on_error=1
UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
addon=native/build/Release/anydhcpd.node
exec unshare $user --mount sh -c '
	mount --bind "$1" "$2" || exit 1
	shift 2
	export LD_PRELOAD="$1" ASAN_OPTIONS="$2" UBSAN_OPTIONS="$3"
	shift 3
	exec node node_modules/vitest/vitest.mjs run --project system --reporter=default \
		--hookTimeout=180000 --testTimeout=180000 "$@"
' - "$build/$addon" "$addon" "$LD_PRELOAD" "$ASAN_OPTIONS" "$UBSAN_OPTIONS" "$@"
