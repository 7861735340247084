#!/bin/sh
# Unpacks the source of one Debian package into DIRECTORY/source/PACKAGE: nothing is installed or built. Lists of sources
# are fetched into DIRECTORY/source-lists from where the system's own packages come from.
# usage: debian-source.sh PACKAGE DIRECTORY
set -eu
package=$1
directory=$2
root=$directory/source/$package
lists=$directory/source-lists
mkdir -p "$directory/source"

exec 9>"$directory/source/lock"
flock 9
[ -e "$root/.complete" ] && exit 0
rm -rf "$root"
mkdir -p "$root" "$lists/partial" "$lists/sources.list.d" "$directory/apt-cache/archives/partial"

for file in /etc/apt/sources.list /etc/apt/sources.list.d/debian.list /etc/apt/sources.list.d/debian.sources; do
	[ -e "$file" ] || continue
	sed -e 's/^Types:.*/Types: deb-src/' -e 's/^deb /deb-src /' "$file" >"$lists/sources.list.d/own-$(basename "$file")"
	case $file in *.sources) ;; *) mv "$lists/sources.list.d/own-$(basename "$file")" "$lists/sources.list.d/own.list" ;; esac
done
# As root, apt would hand the download to its own user, who may not write below us.
apt_get() {
	apt-get -q -o APT::Sandbox::User=root -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$lists/sources.list.d" \
		-o "Dir::State::lists=$lists" -o "Dir::Cache=$directory/apt-cache" "$@" </dev/null >&2
}
apt_get update
(cd "$root" && apt_get source --download-only "$package")
mkdir "$root/tree"
tar -x --no-same-owner --strip-components=1 -C "$root/tree" -f "$root"/*.orig.tar.*
: >"$root/.complete"
