# shellcheck shell=sh
# Docker's own repository for apt, at the places and in the words of
# https://docs.docker.com/engine/install/: apt takes two ways of signing one repository for an error.

has_dockers_repository() {
  grep -rqs '^[^#]*download\.docker\.com' "$ROOT/etc/apt/sources.list" "$ROOT/etc/apt/sources.list.d"
}

# Nothing of it is left where it cannot be used: apt would fail on it from then on.
add_dockers_repository() {
  learn_release
  KEY=$ROOT/etc/apt/keyrings/docker.asc
  [ -n "$SYSTEM" ] && [ -n "$CODENAME" ] ||
    give_up_unchanged "Docker has no repository for ${ID:-this distribution}: see https://docs.docker.com/engine/install/"
  [ ! -e "$SOURCE" ] || is_ours "$SOURCE" ||
    give_up_unchanged "$SOURCE is there, and what it says is not in force: add the repository there, or move that file away"
  KEY_WAS=''
  if [ -e "$KEY" ]; then KEY_WAS=yes; else place_key; fi
  put_file "$SOURCE" 644 "# Written by Pilotage
deb [signed-by=/etc/apt/keyrings/docker.asc] $DOCKERS_URL/$SYSTEM $CODENAME stable
"
  heard apt apt-get -q update || give_up_repository "Docker's repository cannot be used: $SAID"
}

give_up_repository() {
  rm -f "$SOURCE"
  [ -n "$KEY_WAS" ] || rm -f "$KEY"
  give_up_unchanged "$1"
}

is_ours() {
  grep -qs '^# Written by Pilotage' "$1"
}

# Sets SYSTEM and CODENAME as Docker's repository has them; what is made of Ubuntu tells of which.
learn_release() {
  DOCKERS_URL=https://download.docker.com/linux
  ID=$(of_release ID)
  SYSTEM=$ID CODENAME=$(of_release VERSION_CODENAME)
  case $ID in
    debian | raspbian | ubuntu) ;;
    *)
      CODENAME=$(of_release UBUNTU_CODENAME)
      SYSTEM=${CODENAME:+ubuntu}
      ;;
  esac
}

of_release() {
  sed -n "s/^$1=//p" "$ROOT/etc/os-release" 2>/dev/null | tr -d '"'
}

place_key() {
  DOCKERS_KEY=9DC858229FC7DD38854AE2D88D81803C0EBFCD88
  fetched "$DOCKERS_URL/$SYSTEM/gpg" || give_up_unchanged "the key of Docker's repository cannot be brought: $SAID"
  TEXT=$SAID
  case $TEXT in
    *'BEGIN PGP PUBLIC KEY BLOCK'*) ;;
    *) give_up_unchanged "$DOCKERS_URL/$SYSTEM/gpg is no key: does something in between answer for it?" ;;
  esac
  if have gpg; then
    [ "$(keys_in "$TEXT")" = "$DOCKERS_KEY" ] ||
      give_up_unchanged "the key at $DOCKERS_URL/$SYSTEM/gpg is not Docker's ($DOCKERS_KEY)"
  else
    told "fingerprint of Docker's key (not checked: there is no gpg here)" same
  fi
  put_file "$KEY" 644 "$TEXT
"
}

# Prints the fingerprint of each key in a text; apt would believe every one of them.
keys_in() {
  FOLDER=$(mktemp -d) || return
  printf '%s\n' "$1" |
    GNUPGHOME=$FOLDER gpg --batch --with-colons --import-options show-only --import 2>/dev/null |
    awk -F : '$1 == "pub" { key = 1 } $1 == "fpr" && key { print $10; key = 0 }'
  rm -rf "$FOLDER"
}

# Sets SAID to what is at a URL, or to why it cannot be had.
fetched() {
  if have curl; then
    answered bounded 60 curl -fsSL "$1"
  elif have wget; then
    answered bounded 60 wget -q -O - "$1"
  else
    SAID='there is neither curl nor wget here'
    return 1
  fi
}
