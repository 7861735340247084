#!/bin/sh
# Unpacks one Debian package, with the packages it needs that this machine lacks, into
# DIRECTORY/PACKAGE: nothing is installed, no service starts, no maintainer script runs.
# The package lists of the system are used where they serve; else lists are fetched into
# DIRECTORY/lists, so that this needs neither root nor a change of the system.
# usage: debian-unpack.sh PACKAGE DIRECTORY
set -eu
package=$1
directory=$2
root=$directory/$package
mkdir -p "$directory"

exec 9>"$directory/lock"
flock 9
# A link to an absolute path means that path below the folder. It becomes a relative one, so that the folder can be
# moved; so does a link that was made for another place of the folder.
settle_links() {
	find "$root" -type l -lname '/*' | while read -r link; do
		target=$(readlink "$link")
		case $target in
		*/"$package"/*) [ -e "$root/${target#*/"$package"/}" ] && target=/${target#*/"$package"/} ;;
		esac
		[ ! -e "$root$target" ] || ln -sfnr "$root$target" "$link"
	done
	echo relative >"$root/.complete"
}
if [ -e "$root/.complete" ]; then
	settle_links
	exit 0
fi
rm -rf "$root"
mkdir -p "$root/archives"

# As root, apt would hand the download to its own user, who may not write below us.
apt_get() {
	apt-get -q -o APT::Sandbox::User=root "$@" </dev/null
}
own_lists() {
	mkdir -p "$directory/lists/partial" "$directory/apt-cache/archives/partial"
	apt_get -o Dir::State::lists="$directory/lists" -o Dir::Cache="$directory/apt-cache" "$@"
}

# What an installation would add, by name; the package alone where apt cannot say.
missing_packages() {
	names=$("$@" --simulate --no-install-recommends install "$package" 2>/dev/null | sed -n 's/^Inst \([^ ]*\) .*/\1/p') || names=
	echo "${names:-$package}"
}
download() {
	(cd "$root/archives" && "$@" download $(missing_packages "$@")) >&2
}

if ! download apt_get; then
	own_lists update >&2
	download own_lists
fi
for archive in "$root"/archives/*.deb; do
	dpkg-deb -x "$archive" "$root"
done
rm -rf "$root/archives"
settle_links
