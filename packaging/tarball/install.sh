#!/bin/sh
# Installs ipvsadm @version@ for @architecture@ from the folder in which this file is, or removes what it has installed.
set -eu

usage() {
  cat <<'END'
Usage: ./install.sh [--prefix FOLDER] [--uninstall]

Installs ipvsadm with its manual, completion and systemd units below FOLDER (/usr/local).
Everything stands below the folder that the environment variable DESTDIR names, where there is one.

  --prefix FOLDER  where it is installed, or was
  --uninstall      remove it; rules and settings stay
  --help           print this help
END
}

fail() {
  echo "$1" >&2
  exit "${2:-1}"
}

prefix=/usr/local
uninstall=no
while [ $# -gt 0 ]; do
  case $1 in
    --prefix)
      [ $# -gt 1 ] || fail '--prefix wants a folder' 2
      prefix=$2
      shift
      ;;
    --prefix=*) prefix=${1#*=} ;;
    --uninstall) uninstall=yes ;;
    --help)
      usage
      exit 0
      ;;
    *)
      usage >&2
      exit 2
      ;;
  esac
  shift
done
prefix=${prefix%/}
# The prefix becomes part of the units.
case $prefix in
  *[!A-Za-z0-9/._+-]*) fail "the prefix has a character that systemd or a shell would take for another: $prefix" 2 ;;
  /*) ;;
  *) fail "the prefix is no absolute path: $prefix" 2 ;;
esac
target=${DESTDIR:-}$prefix
units=lib/systemd/system
# The list of installed files and created folders, as paths below the prefix.
list=share/doc/@name@/installed

remove() {
  [ -e "$target/$list" ] || fail "nothing is installed there: there is no $target/$list"
  # Folders are removed after their contents; those with files of others stay.
  sort -r "$target/$list" | while read -r path; do
    case $path in
      */) rmdir "$target/$path" 2>/dev/null || true ;;
      *) rm -f "$target/$path" ;;
    esac
  done
}

# Creates a folder and its parents below the prefix, and prints those that did not exist.
make_folder() {
  [ ! -d "$target/$1" ] || return 0
  case $1 in
    */*) make_folder "${1%/*}" ;;
    *) mkdir -p "$target" ;;
  esac
  mkdir "$target/$1"
  chmod 755 "$target/$1"
  echo "$1/"
}

# Prints a unit, adapted to the prefix.
unit_for_prefix() {
  path=
  case $prefix in
    /usr | /usr/local) ;;
    *) path="Environment=PATH=$prefix/sbin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" ;;
  esac
  sed -e "s|/usr/sbin/|$prefix/sbin/|" -e "s|^\[Service\]\$|&${path:+\\
$path}|" "$1"
}

# Replaces a file atomically, so that programs that run or read it are not disturbed.
put() {
  new="$target/$1.new"
  rm -f "$new"
  case $1 in
    $units/*) unit_for_prefix "$1" >"$new" ;;
    *) cp -P "$1" "$new" ;;
  esac
  case $1 in
    sbin/*) [ -L "$new" ] || chmod 755 "$new" ;;
    *) [ -L "$new" ] || chmod 644 "$new" ;;
  esac
  mv -f "$new" "$target/$1"
  echo "$1"
}

if [ "$uninstall" = yes ]; then
  remove
  exit 0
fi

if [ -z "${DESTDIR:-}" ]; then
  : # With DESTDIR, the processor may be that of another machine.
@processor@
fi

cd "$(dirname "$0")"
installed=$(
  find sbin share lib ! -type d | LC_ALL=C sort | while read -r path; do
    make_folder "${path%/*}"
    put "$path"
  done
)
# Files of an earlier version stay in the list, to be removed with this one.
{
  [ ! -e "$target/$list" ] || cat "$target/$list"
  printf '%s\n' "$installed" "$list"
} | LC_ALL=C sort -u >"$target/$list.new"
mv -f "$target/$list.new" "$target/$list"

[ -z "${DESTDIR:-}" ] || exit 0
echo "ipvsadm @version@ is installed below $prefix."
case $prefix in
  /usr | /usr/local) echo "The table is restored at boot after: systemctl daemon-reload && systemctl enable ipvsadm" ;;
  *) echo "The table is restored at boot after: systemctl enable $prefix/$units/ipvsadm.service" ;;
esac
