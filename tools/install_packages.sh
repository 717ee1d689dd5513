#!/bin/sh
# Installs what the groups of tools/packages.txt named as arguments still lack; what works already is left alone.
#
# Packages of the groups test and check may be missing on a system: that is said, and their tests are skipped.
# Anything else that stays missing is an error.
set -eu

table=$(dirname "$0")/packages.txt
# smtp-source is in the first, git-send-email in the last, and neither on everybody's path.
PATH=$PATH:/usr/sbin:/sbin:$(git --exec-path 2>/dev/null || true)

say() {
  printf '%s\n' "$*" >&2
}

# Prints the rows of a group as "probe|packages" for a package manager, which is a column of the table.
rows_of() {
  awk -F ' *[|] *' -v group="$1" -v manager="$2" '
    /^# group/ { for (i = 1; i <= NF; i++) if ($i == manager) column = i }
    /^#/ { next }
    $1 == group { print $2 "|" (column ? $column : "-") }' "$table"
}

links() {
  # A fuzz target brings its own main().
  case $1 in
  *fuzzer*) source='int LLVMFuzzerTestOneInput(void) { return 0; }' ;;
  *) source='int main(void) { return 0; }' ;;
  esac
  # shellcheck disable=SC2086 # a compiler and its options
  printf '%s\n' "$source" | $1 -x c -o /dev/null - 2>/dev/null
}

works() {
  case $1 in
  pc:*) command -v pkg-config >/dev/null && pkg-config --exists "${1#pc:}" ;;
  py:*) command -v python3 >/dev/null && python3 -c "import ${1#py:}" 2>/dev/null ;;
  link:*) links "${1#link:}" ;;
  *) command -v "$1" >/dev/null ;;
  esac
}

find_manager() {
  for candidate in apt-get:apt dnf:dnf apk:apk pacman:pacman brew:brew; do
    if command -v "${candidate%%:*}" >/dev/null; then
      echo "${candidate##*:}"
      return
    fi
  done
}

# Fails when we may not install packages; `as_root` is then what to put before a command.
find_root() {
  as_root=
  if [ "$manager" = brew ] || [ "$(id -u)" -eq 0 ]; then
    return 0
  fi
  for as_root in sudo doas; do
    command -v "$as_root" >/dev/null && return 0
  done
  return 1
}

install_command() {
  case $manager in
  # --no-remove: postfix must not push out the mail server somebody runs here.
  apt) echo "env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends --no-remove" ;;
  dnf) echo "dnf install -y --setopt=install_weak_deps=False" ;;
  apk) echo "apk add" ;;
  pacman) echo "pacman -S --needed --noconfirm" ;;
  brew) echo "brew install" ;;
  esac
}

# $as_root and the install command are words to be split.
# shellcheck disable=SC2046,SC2086
install() {
  case $manager in
  apt)
    $as_root apt-get update -q || say "apt-get update failed; trying with the lists that are there"
    case " $* " in
    # Only smtp-source is wanted: without a configuration the service is never started.
    *" postfix "*) echo 'postfix postfix/main_mailer_type select No configuration' | $as_root debconf-set-selections ;;
    esac
    ;;
  apk) $as_root apk update -q ;;
  pacman) $as_root pacman -Sy --noconfirm ;;
  esac
  $as_root $(install_command) "$@" && return
  say "Not all at once; one by one:"
  for package in "$@"; do
    $as_root $(install_command) "$package" || say "could not install $package"
  done
}

# Sets `missing` to the probes that fail and `packages` to what would mend them.
look() {
  missing=
  packages=
  for group in "$@"; do
    while IFS='|' read -r probe names; do
      [ -n "$probe" ] || continue
      works "$probe" && continue
      missing="$missing${missing:+, }$group: ${probe#*:}"
      [ "$names" = - ] || packages="$packages $names"
    done <<EOF
$(rows_of "$group" "$manager")
EOF
  done
}

manager=$(find_manager)
look "$@"
if [ -n "$packages" ]; then
  if ! find_root; then
    say "These packages are needed and neither root nor sudo is here to install them:$packages"
    say "Ask somebody who may to run: $(install_command)$packages"
    exit 1
  fi
  # shellcheck disable=SC2086 # a list of packages
  install $packages
  look "$@"
fi
if [ -z "$missing" ]; then
  exit 0
fi
say "Still missing ($missing); install that by hand${manager:+: $manager did not bring it}."
case "$missing" in
*build:* | *venv:* | *fuzz:* | *sanitize:*) exit 1 ;;
esac
