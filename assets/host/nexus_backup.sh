# shellcheck shell=sh
# Backups of a Nexus in a container, and the proof that one can be restored:
#
#   pilotage-nexus-backup backup          take one; what fails leaves nothing behind
#   pilotage-nexus-backup drill [NAME]    restore the newest, or that one, into a scratch directory
#   pilotage-nexus-backup list            what there is, the newest last
#
# Nexus dumps its database itself, each night, and blobs are copied after it: so every blob that the
# dump names is there. Only compaction could take one away meanwhile, so a dump must be a fresh one.

main() {
  begin /etc/pilotage/nexus-backup.conf
  FRESH=150 HASHED=200
  case $1 in
    backup) backup ;;
    drill) drill "$2" ;;
    list) list ;;
    *) fail "usage: ${0##*/} backup | drill [NAME] | list" ;;
  esac
}

# Nexus names them nexus-<year>-<month>-…, so that the newest is the last.
dumps() {
  for ONE in "$DATA/$DUMPS"/nexus-*.zip; do
    [ ! -f "$ONE" ] || printf '%s\n' "$ONE"
  done | sort
}

backup() {
  take_turn
  [ "$BLOBS" = bucket ] || [ -d "$DATA/blobs" ] || fail "there is no $DATA/blobs: is $DATA the data of the Nexus that runs?"
  rm -rf "$TO"/.partial-*
  DUMP=$(dumps | tail -n 1)
  [ -n "$DUMP" ] || fail "there is no dump in $DATA/$DUMPS: has Nexus its task (backup of target.provision.nexus)?"
  [ -n "$(find "$DUMP" -mmin "-$FRESH")" ] ||
    fail "$DUMP is older than $FRESH minutes: blobs that it names may be gone; does Nexus's task run before this?"
  check_space
  begin_set
  cp "$DUMP" "$PART/database.zip" || fail "$DUMP was not copied"
  unpack "$PART/database.zip" || fail "$DUMP is not whole: $SAID"
  [ "$BLOBS" = bucket ] || copy_blobs
  for ONE in keystores etc; do
    [ ! -e "$DATA/$ONE" ] || cp -a "$DATA/$ONE" "$PART/$ONE" || fail "$DATA/$ONE was not copied"
  done
  describe >"$PART/about" || fail 'what it is of was not written'
  end_set
  forget_dumps
}

# A full disk would end the database that shares it with us.
check_space() {
  NEEDED=$(size_of "$DUMP")
  # It is unpacked too, for a look.
  NEEDED=$((NEEDED * 5))
  if [ "$BLOBS" != bucket ]; then
    NEEDED=$((NEEDED + $(size_of "$DATA/blobs")))
    LAST=$(newest)
    [ -z "$LAST" ] || [ ! -d "$TO/$LAST/blobs" ] || NEEDED=$((NEEDED - $(size_of "$TO/$LAST/blobs")))
  fi
  refuse_full_disk
}

refuse_full_disk() {
  FREE=$(df -Pk "$TO" | awk 'NR == 2 { print $4 }')
  [ "$FREE" -ge "$((NEEDED + RESERVE))" ] ||
    fail "$TO has $FREE KiB left, and $((NEEDED + RESERVE)) are needed"
}

# unpack FILE: into a scratch directory that is gone afterwards; a database of H2 must come of it.
unpack() {
  SCRATCH=$PART/.scratch
  mkdir "$SCRATCH" || return
  if command -v unzip >/dev/null; then
    SAID=$(unzip -q "$1" -d "$SCRATCH" 2>&1) || return
  elif command -v bsdtar >/dev/null; then
    SAID=$(bsdtar -xf "$1" -C "$SCRATCH" 2>&1) || return
  else
    SAID='neither unzip nor bsdtar is here to look into it'
    return 1
  fi
  SAID='no database of H2 is in it'
  DATABASE=$(find "$SCRATCH" -name nexus.mv.db | head -n 1)
  [ -n "$DATABASE" ] && [ "$(head -c 4 "$DATABASE")" = H:2, ] || return
  BYTES=$(wc -c <"$DATABASE")
  rm -rf "$SCRATCH"
}

# What is in a blob never changes, so that of the last backup is linked; what is told of it beside
# does, and is copied.
copy_blobs() {
  INTO=$PART/blobs
  mkdir "$INTO"
  if [ -n "$LAST" ] && [ -d "$TO/$LAST/blobs" ]; then
    rmdir "$INTO"
    cp -al "$TO/$LAST/blobs" "$INTO" || fail 'blobs were not linked'
    find "$INTO" -type f ! -name '*.bytes' -exec rm -f {} +
  fi
  carry_blobs || carry_blobs || carry_blobs || fail "$DATA/blobs was not copied whole"
  rm -f "$PART"/.have "$PART"/.want "$PART"/.new "$PART"/.gone
}

# A blob that is deleted between the list and the copy is no reason to have no backup. Blobs come
# before what is told of them: so none is told of that is not there.
carry_blobs() {
  files_in "$INTO" tmp | grep '\.bytes$' >"$PART/.have"
  files_in "$DATA/blobs" tmp >"$PART/.want"
  grep '\.bytes$' "$PART/.want" | comm -13 "$PART/.have" - >"$PART/.new"
  comm -23 "$PART/.have" "$PART/.want" >"$PART/.gone"
  carry "$DATA/blobs" "$INTO" "$PART/.new" 2>/dev/null || return
  grep -v '\.bytes$' "$PART/.want" >"$PART/.new"
  carry "$DATA/blobs" "$INTO" "$PART/.new" 2>/dev/null || return
  (cd "$INTO" && while read -r FILE; do rm -f "$FILE"; done) <"$PART/.gone"
}

# What it takes to start the very same Nexus on a restored set.
describe() {
  printf 'image %s\n' "$(docker inspect --format '{{.Config.Image}}' "$CONTAINER" 2>/dev/null)"
  printf 'blobs %s\n' "$BLOBS"
  printf 'sha256 %s\n' "$(sha256sum <"$PART/database.zip" | cut -d ' ' -f 1)"
}

# Nexus never does, and they lie on the disk of its database.
forget_dumps() {
  COUNT=$(dumps | wc -l)
  dumps | while read -r ONE; do
    [ "$COUNT" -gt "$KEEP" ] || break
    rm -f "$ONE"
    COUNT=$((COUNT - 1))
  done
}

drill() {
  take_turn
  choose_set "$1"
  [ "$(sha256sum <"$FROM/database.zip" | cut -d ' ' -f 1)" = "$(about sha256)" ] ||
    fail 'its dump is not the one that was taken'
  NEEDED=$(($(size_of "$FROM/database.zip") * 5))
  refuse_full_disk
  PART=$(mktemp -d "$TO/.partial-drill-XXXXXX") || fail "$TO cannot be written"
  unpack "$FROM/database.zip" || fail "its dump cannot be restored: $SAID"
  if [ "$(about blobs)" = bucket ]; then
    printf 'backup %s: a database of %s bytes; its blobs are in a bucket and were not looked at\n' "$NAME" "$BYTES"
    return
  fi
  check_blobs
  printf 'backup %s: a database of %s bytes, %s blobs are there, %s of them read whole\n' \
    "$NAME" "$BYTES" "$PRESENT" "$READ"
}

# Beside each blob is told how long it is, its SHA-1, and whether it waits for compaction. A blob
# store may have blanks in its name, so tabs part the fields.
check_blobs() {
  TAB=$(printf '\t')
  [ -d "$FROM/blobs" ] || fail 'it has no blobs'
  (cd "$FROM/blobs" && find . -name '*.properties' -path '*/content/*' -exec awk -F = -v OFS="$TAB" '
    function told() { if (size != "" && sha1 != "" && !gone) print file, size, sha1 }
    FNR == 1 { told(); size = sha1 = gone = ""; file = FILENAME; sub(/properties$/, "bytes", file) }
    { sub(/\r$/, "") }
    $1 == "size" { size = $2 }
    $1 == "sha1" { sha1 = $2 }
    $1 == "deleted" && $2 == "true" { gone = 1 }
    END { told() }' {} +) | sort >"$PART/rows"
  cut -f 1,2 "$PART/rows" >"$PART/want"
  (cd "$FROM/blobs" && find . -name '*.bytes' -exec stat -c "%n$TAB%s" {} + | sort) >"$PART/have"
  comm -23 "$PART/want" "$PART/have" >"$PART/missing"
  [ ! -s "$PART/missing" ] ||
    fail "$(wc -l <"$PART/missing") blobs are missing or cut short, $(head -n 1 "$PART/missing") first"
  PRESENT=$(wc -l <"$PART/want")
  tail -n "$HASHED" "$PART/rows" | awk -F "$TAB" '{ print $3 "  " $1 }' >"$PART/sums"
  READ=$(wc -l <"$PART/sums")
  [ "$READ" -eq 0 ] || (cd "$FROM/blobs" && sha1sum -c "$PART/sums" >"$PART/said" 2>&1) ||
    fail "a blob is not what is told of it: $(grep -v ': OK$' "$PART/said" | head -n 1)"
}

main "${1-}" "${2-}"
