# shellcheck shell=sh
# What an edit of containerd's configuration may not change; only an apply asks for it.

# Before the files are written: what containerd is set to but for where images come from.
keep_containerd_settings() {
  if hear_settings "$1"; then
    WORDS=$({ printf '%s\n' "$SETTINGS" >"$LEDGER/settings"; } 2>&1)
    return
  fi
  WORDS="containerd config dump failed: $WORDS"
  return 1
}

# Of all that a wrong edit could take along (facts/runtimes.md §7 row 7). Settings are named
# without their values, which may be credentials.
step_containerd_same_settings() {
  if ! hear_settings "$1"; then
    DETAIL=${WORDS:-'containerd config dump failed without a word'}
    return 1
  fi
  SETTINGS_WERE=$(exec 9>&- && cat "$LEDGER/settings") || {
    DETAIL="$LEDGER/settings cannot be read"
    return 1
  }
  [ "$SETTINGS" != "$SETTINGS_WERE" ] || return 0
  CHANGED=''
  name_changes "$SETTINGS_WERE" "$SETTINGS"
  name_changes "$SETTINGS" "$SETTINGS_WERE"
  [ -n "$CHANGED" ] || return 0
  DETAIL="the new file would also change: ${CHANGED%, }"
  return 1
}

# name_changes THESE THOSE: adds the names of these settings to CHANGED that those do not have.
name_changes() {
  while IFS= read -r SETTING; do
    case "$NEWLINE$2$NEWLINE" in *"$NEWLINE$SETTING$NEWLINE"*) continue ;; esac
    SETTING=${SETTING%% = *}
    case ", $CHANGED" in *", $SETTING, "*) ;; *) CHANGED="$CHANGED$SETTING, " ;; esac
  done <<SETTINGS_OF_ONE
$1
SETTINGS_OF_ONE
}

# hear_settings FILE: sets SETTINGS to the effective ones, a line each, with their tables. What the
# top says of versions and imports has no effect of its own, and differs where the file is new.
hear_settings() {
  hear_dump "$1" || return 1
  SETTINGS='' CONFIG_TABLE=''
  while read -r SETTING; do
    case $SETTING in
      \[*) CONFIG_TABLE=$SETTING ;;
      '') ;;
      *) is_of_registry "$CONFIG_TABLE $SETTING" || SETTINGS="$SETTINGS$CONFIG_TABLE $SETTING$NEWLINE" ;;
    esac
  done <<DUMPED_SETTINGS
$HEARD
DUMPED_SETTINGS
  SETTINGS=${SETTINGS%"$NEWLINE"} HEARD=''
}

# What a migration may change: not the logins and headers beside it.
is_of_registry() {
  case $1 in
    ' version = '* | ' imports = '*) return 0 ;;
    *'.registry.configs'*'.auth] '*) return 1 ;;
    '[plugins.'?'io.containerd.grpc.v1.cri'?.registry* | \
      '[plugins.'?'io.containerd.cri.v1.images'?.registry*) ;;
    *) return 1 ;;
  esac
  case $1 in
    *'.registry] config_path = '* | *.registry.mirrors* | *.registry.configs*) return 0 ;;
  esac
  return 1
}
