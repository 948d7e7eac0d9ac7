#!/usr/bin/env bash
# install.sh [--prefix DIR] [--uninstall]: installs segue under DIR (/usr/local), from an unpacked release or from what is built in the source tree.
# It replaces and removes only what is as it left it: a file that you edited stays, and the new one is put beside it as FILE.new.
set -euo pipefail
umask 022

help() { sed -n '2,3s/^# //p' "$0"; }
fail() { printf 'install.sh: %s\n' "$@" >&2; exit 1; }

prefix=/usr/local uninstalls=
while [ $# -gt 0 ]; do
  case $1 in
    --prefix) [ $# -gt 1 ] || { help >&2; exit 64; }; prefix=$2; shift ;;
    --prefix=*) prefix=${1#*=} ;;
    --uninstall) uninstalls=yes ;;
    -h | --help) help; exit 0 ;;
    *) help >&2; exit 64 ;;
  esac
  shift
done
case $prefix in /*) ;; *) prefix=$PWD/$prefix ;; esac
# systemd reads the prefix in its units.
[[ $prefix != *[[:space:]\"\'\\%\$\|\&]* ]] || fail "the prefix has a character that a unit of systemd cannot have: $prefix"
prefix=${prefix%/}
here=$(cd "$(dirname "$0")" && pwd)

# What installations left here: the sums of each file, by its path below the prefix, and the folders that they made.
book=$prefix/share/segue/installed
declare -A sums=()
folders=()
read_book() {
  local sum path
  [ -f "$book" ] || return 0
  while read -r sum path; do
    if [ "$sum" = folder ]; then folders+=("$path"); else sums[$path]+=" $sum"; fi
  done < "$book"
}

write_book() {
  local path sum
  {
    [ ${#folders[@]} -eq 0 ] || printf 'folder %s\n' "${folders[@]}"
    for path in "${!sums[@]}"; do for sum in ${sums[$path]}; do echo "$sum $path"; done; done
  } > "$book.part"
  mv -f "$book.part" "$book"
}

sum_of() { sha256sum < "$1" | cut -d ' ' -f 1; }
is_there() { [ -e "$prefix/$1" ] || [ -L "$prefix/$1" ]; }
is_a_file() { [ -f "$prefix/$1" ] && ! [ -L "$prefix/$1" ]; }
is_ours() { is_a_file "$1" && [[ " ${sums[$1]-} " == *" $(sum_of "$prefix/$1") "* ]]; }

make_folder() {
  [ -d "$prefix/$1" ] && return
  [ "$1" = . ] || make_folder "$(dirname "$1")"
  mkdir -p "$prefix/$1"
  folders+=("$1")
}

# The new file has its name as a whole, so a program that runs goes on with the old one.
put() {
  make_folder "$(dirname "$2")"
  install -m "$(stat -c %a "$1")" "$1" "$prefix/$2.part"
  mv -f "$prefix/$2.part" "$prefix/$2"
}

# Lays out the files to install in $tree, with the prefix in the units.
find_tree() {
  tree=$(mktemp -d)
  trap 'rm -rf "$tree"' EXIT
  if [ -x "$here/bin/segue" ]; then
    cp -r "$here"/{bin,lib,libexec,share} "$tree"
  elif [ -x "$here/../.build/release/segue" ]; then
    "$here/tree.sh" "$here/../.build/release" "$tree"
  else
    fail "there is nothing to install here" "unpack a release, or build: swift build -c release --static-swift-stdlib"
  fi
  sed -i "s|/usr/local/bin/|$prefix/bin/|" "$tree"/lib/systemd/system/*.service
}

check_libraries() {
  local lacking list
  lacking=$(ldd "$tree"/bin/* "$tree"/libexec/segue/* 2>&1 | grep 'not found' | sed 's/^[[:space:]]*//; s/ (.*//' | sort -u || true)
  [ -n "$lacking" ] || return 0
  list=$(basename "$(echo "$here"/packages-*.txt)")
  fail "nothing was installed, since libraries are missing:" "$lacking" "in the release that this one was built on they come by: apt install \$(cat $list)"
}

install_tree() {
  local path foreign=() kept=()
  local -A target=() old=()
  find_tree
  check_libraries
  read_book
  while read -r path; do
    target[$path]=$path
    is_there "$path" && ! is_ours "$path" || continue
    is_a_file "$path" && cmp -s "$tree/$path" "$prefix/$path" && continue
    case $path in bin/* | libexec/*) foreign+=("$prefix/$path") ;; esac
    if is_there "$path.new" && ! is_ours "$path.new"; then
      target[$path]=
      kept+=("$prefix/$path, and $path.new")
    else
      target[$path]=$path.new
      kept+=("$prefix/$path, with the new one beside it: $path.new")
    fi
  done < <(cd "$tree" && find bin lib libexec share -type f | sort)
  [ ${#foreign[@]} -eq 0 ] || fail "nothing was installed, since these files are not from an earlier installation; move them away:" "${foreign[@]}"

  # Until all is done the book has both the old files and the new ones, so that a run that was cut short can be repeated.
  make_folder share/segue
  for path in "${!sums[@]}"; do old[$path]=${sums[$path]}; done
  for path in "${!target[@]}"; do [ -z "${target[$path]}" ] || sums[${target[$path]}]+=" $(sum_of "$tree/$path")"; done
  write_book
  for path in "${!target[@]}"; do [ -z "${target[$path]}" ] || put "$tree/$path" "${target[$path]}"; done

  # What an earlier version had and this one does not have goes.
  local -A wanted=()
  for path in "${target[@]}"; do [ -z "$path" ] || wanted[$path]=yes; done
  for path in "${!old[@]}"; do
    if [ -n "${wanted[$path]-}" ]; then
      sums[$path]=" $(sum_of "$prefix/$path")"
    elif is_ours "$path"; then
      rm "$prefix/$path"
      unset "sums[$path]"
    fi
  done
  write_book

  echo "installed $("$prefix/bin/segue" --version) under $prefix: bin/segue, $(find "$tree/libexec/segue" -maxdepth 1 -type f | wc -l) programs in libexec/segue," \
    "$(find "$tree/share/man" -type f | wc -l) man pages, completions for bash, zsh and fish, units for systemd"
  [ ${#kept[@]} -eq 0 ] || printf 'kept as it is: %s\n' "${kept[@]}"
  case $prefix in
    /usr | /usr/local) ;;
    *) echo "systemd finds the units by: systemctl link $prefix/lib/systemd/system/segue.service" ;;
  esac
  echo "for the stages in a pipe: PATH=$prefix/libexec/segue:\$PATH"
  echo "to take it away: $prefix/share/segue/install.sh --prefix $prefix --uninstall"
}

uninstall() {
  local path number
  read_book
  [ ${#sums[@]} -gt 0 ] || fail "nothing was installed under $prefix"
  while read -r path; do
    if is_ours "$path"; then rm "$prefix/$path"
    elif is_there "$path"; then echo "kept, since it was edited: $prefix/$path"
    fi
  done < <(printf '%s\n' "${!sums[@]}" | sort)
  rm "$book"
  for ((number = ${#folders[@]} - 1; number >= 0; number--)); do
    rmdir --ignore-fail-on-non-empty "$prefix/${folders[number]#.}" 2>/dev/null || true
  done
  echo "took away what was installed under $prefix"
}

if [ -n "$uninstalls" ]; then uninstall; else install_tree; fi
