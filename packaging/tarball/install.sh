#!/bin/sh
# Installs ipvsadm @version@ for @architecture@ from the folder of this script, or uninstalls it.
set -eu

usage() {
  cat <<'END'
Usage: ./install.sh [--prefix FOLDER] [--uninstall]

Installs ipvsadm with its manual, shell completion and systemd units.
If the environment variable DESTDIR is set, its value is put before all paths.

  --prefix FOLDER  install below FOLDER, or uninstall from there (default: /usr/local)
  --uninstall      remove the installed files; rules and settings stay
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
      [ $# -gt 1 ] || fail '--prefix needs a folder' 2
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
# The prefix is written into the systemd units.
case $prefix in
  *[!A-Za-z0-9/._+-]*) fail "the prefix contains a character with a special meaning for systemd or the shell: $prefix" 2 ;;
  /*) ;;
  *) fail "the prefix is not an absolute path: $prefix" 2 ;;
esac
target=${DESTDIR:-}$prefix
units=lib/systemd/system
# The list of installed files and created folders, as paths below the prefix.
list=share/doc/@name@/installed

remove() {
  [ -e "$target/$list" ] || fail "nothing is installed there: $target/$list does not exist"
  # Folders are removed after their contents; folders that contain other files stay.
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
  : # With DESTDIR, the files may be for another machine, so its processor is unknown.
@processor@
fi

cd "$(dirname "$0")"
installed=$(
  find sbin share lib ! -type d | LC_ALL=C sort | while read -r path; do
    make_folder "${path%/*}"
    put "$path"
  done
)
# Files of an earlier version stay in the list, so that uninstalling removes them too.
{
  [ ! -e "$target/$list" ] || cat "$target/$list"
  printf '%s\n' "$installed" "$list"
} | LC_ALL=C sort -u >"$target/$list.new"
mv -f "$target/$list.new" "$target/$list"

[ -z "${DESTDIR:-}" ] || exit 0
echo "ipvsadm @version@ is installed below $prefix."
case $prefix in
  /usr | /usr/local) echo "To restore the table at boot: systemctl daemon-reload && systemctl enable ipvsadm" ;;
  *) echo "To restore the table at boot: systemctl enable $prefix/$units/ipvsadm.service" ;;
esac
