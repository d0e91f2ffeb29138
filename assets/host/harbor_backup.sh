# shellcheck shell=sh
# Backups of a Harbor that its own installer put onto this host, and the proof that one can be
# restored. It needs nothing but itself and the settings beside it:
#
#   pilotage-harbor-backup backup          take one; what fails leaves nothing behind
#   pilotage-harbor-backup drill [NAME]    restore the newest, or that one, into a scratch database
#   pilotage-harbor-backup list            what there is, the newest last
#
# The database is dumped first and the blobs are copied after it, so that every blob that the dump
# names is there; only garbage collection could take one away meanwhile, so none may run.

SCRATCH=pilotage_drill
HASHED=200

main() {
  begin /etc/pilotage/harbor-backup.conf
  case $1 in
    backup) backup ;;
    drill) drill "$2" ;;
    list) list ;;
    *) fail "usage: ${0##*/} backup | drill [NAME] | list" ;;
  esac
}

# Runs a client of PostgreSQL beside the database; standard input goes to it.
client() {
  PROGRAM=$1
  shift
  case $DATABASE in
    container) docker exec -i "$CONTAINER" "$PROGRAM" -U "$DB_USER" "$@" ;;
    *) "$PROGRAM" -U "$DB_USER" "$@" ;;
  esac
}

# ask SQL [DATABASE]: what it says, one row a line, columns parted by |
ask() {
  client psql -d "${2:-$DB_NAME}" -AtqX -v ON_ERROR_STOP=1 -c "$1" </dev/null
}

# Sets VOLUME as Harbor's own `prepare` reads it.
find_volume() {
  YML=$HARBOR_DIR/harbor.yml
  [ -r "$YML" ] || fail "there is no $YML"
  VOLUME=$(sed -n 's/^data_volume:[[:space:]]*//p' "$YML")
  [ -d "$VOLUME/secret" ] || fail "there is no $VOLUME/secret: is $HARBOR_DIR the Harbor that runs?"
  [ "$BLOBS" = bucket ] || [ -d "$VOLUME/registry" ] || fail "there is no $VOLUME/registry"
}

# Prints how many garbage collections are at work, and the last that ever began.
collections() {
  ask "SELECT count(*) FILTER (WHERE status IN ('Pending', 'Scheduled', 'Running')) || ' ' ||
    coalesce(max(id), 0) FROM execution WHERE vendor_type = 'GARBAGE_COLLECTION'"
}

backup() {
  take_turn
  find_volume
  rm -rf "$TO"/.partial-*
  BEFORE=$(collections) || fail 'the database cannot be asked'
  [ "${BEFORE% *}" = 0 ] || fail 'garbage collection is at work: try again when it has ended'
  check_space
  begin_set
  client pg_dump -Fc "$DB_NAME" </dev/null >"$PART/registry.dump" || fail 'the database was not dumped'
  client pg_restore --list <"$PART/registry.dump" >/dev/null || fail 'the dump cannot be read back'
  [ "$BLOBS" = bucket ] || copy_registry
  cp -a "$VOLUME/secret" "$PART/secret" || fail "$VOLUME/secret was not copied"
  cp -a "$YML" "$PART/harbor.yml" || fail "$YML was not copied"
  describe >"$PART/about" || fail 'what it is of was not written'
  AFTER=$(collections) || fail 'the database cannot be asked any more'
  [ "$AFTER" = "$BEFORE" ] || fail 'garbage collection began meanwhile, so blobs may be missing: try again'
  end_set
}

# A full disk would end the database that shares it with us.
check_space() {
  NEEDED=$(ask "SELECT pg_database_size('$DB_NAME') / 1024") || fail 'the database cannot be asked'
  if [ "$BLOBS" != bucket ]; then
    NEEDED=$((NEEDED + $(size_of "$VOLUME/registry")))
    LAST=$(newest)
    [ -z "$LAST" ] || NEEDED=$((NEEDED - $(size_of "$TO/$LAST/registry")))
  fi
  FREE=$(df -Pk "$TO" | awk 'NR == 2 { print $4 }')
  [ "$FREE" -ge "$((NEEDED + RESERVE))" ] ||
    fail "$TO has $FREE KiB left, and $((NEEDED + RESERVE)) are needed"
}

# Blobs never change, so what the last backup has is linked; the small rest is copied whole.
copy_registry() {
  FROM=$VOLUME/registry/docker/registry/v2
  INTO=$PART/registry/docker/registry/v2
  mkdir -p "$INTO/blobs" "$INTO/repositories" "$FROM/blobs" "$FROM/repositories"
  if [ -n "$LAST" ] && [ -d "$TO/$LAST/registry" ]; then
    rm -rf "$INTO/blobs"
    cp -al "$TO/$LAST/registry/docker/registry/v2/blobs" "$INTO/blobs" || fail 'blobs were not linked'
  fi
  files_in "$INTO/blobs" _uploads >"$PART/.have"
  files_in "$FROM/blobs" _uploads >"$PART/.want"
  comm -13 "$PART/.have" "$PART/.want" >"$PART/.new"
  comm -23 "$PART/.have" "$PART/.want" >"$PART/.gone"
  carry "$FROM/blobs" "$INTO/blobs" "$PART/.new" || fail "$FROM/blobs was not copied whole"
  (cd "$INTO/blobs" && while read -r FILE; do rm -f "$FILE"; done) <"$PART/.gone"
  copy_repositories || copy_repositories || copy_repositories ||
    fail "$FROM/repositories was not copied whole"
  rm -f "$PART"/.have "$PART"/.want "$PART"/.new "$PART"/.gone
}

# A tag that is deleted between the list and the copy is no reason to have no backup.
copy_repositories() {
  files_in "$FROM/repositories" _uploads >"$PART/.want"
  carry "$FROM/repositories" "$INTO/repositories" "$PART/.want" 2>/dev/null
}

# What it takes to install the very same Harbor before a restore.
describe() {
  COMPOSE=$HARBOR_DIR/docker-compose.yml
  printf 'version %s\n' "$(sed -n 's/.*image: *[^ ]*harbor-core:\([^ ]*\).*/\1/p' "$COMPOSE" 2>/dev/null)"
  if grep -q trivy-adapter "$COMPOSE" 2>/dev/null; then
    printf 'flags --with-trivy\n'
  else
    printf 'flags\n'
  fi
  printf 'blobs %s\n' "$BLOBS"
  printf 'sha256 %s\n' "$(sha256sum <"$PART/registry.dump" | cut -d ' ' -f 1)"
}

drill() {
  take_turn
  choose_set "$1"
  check_files
  restore_scratch
  PROJECTS=$(ask 'SELECT count(*) FROM project WHERE NOT deleted' "$SCRATCH") || fail 'its projects cannot be read'
  ARTIFACTS=$(ask 'SELECT count(*) FROM artifact' "$SCRATCH") || fail 'its artifacts cannot be read'
  [ "$PROJECTS" -gt 0 ] || fail 'it has no project, not even the one that Harbor begins with'
  [ "$(ask 'SELECT dirty FROM schema_migrations' "$SCRATCH")" = f ] || fail 'its schema is half migrated'
  if [ "$(about blobs)" = bucket ]; then
    printf 'backup %s: %s projects, %s artifacts; its blobs are in a bucket and were not looked at\n' \
      "$NAME" "$PROJECTS" "$ARTIFACTS"
    return
  fi
  check_blobs
  printf 'backup %s: %s projects, %s artifacts, %s blobs are there, %s of them read whole\n' \
    "$NAME" "$PROJECTS" "$ARTIFACTS" "$PRESENT" "$READ"
}

check_files() {
  SUM=$(sha256sum <"$FROM/registry.dump" | cut -d ' ' -f 1)
  [ "$SUM" = "$(about sha256)" ] || fail 'its dump is not the one that was taken'
  # Without the same key no stored password can be read again.
  [ "$(wc -c <"$FROM/secret/keys/secretkey")" -eq 16 ] || fail 'its secretkey is not of 16 characters'
  for ONE in secret/core/private_key.pem secret/registry/root.crt harbor.yml; do
    [ -s "$FROM/$ONE" ] || fail "it has no $ONE"
  done
}

restore_scratch() {
  HAS_SCRATCH=yes
  drop_scratch || fail 'an old scratch database stays'
  ask "CREATE DATABASE $SCRATCH TEMPLATE template0" postgres >/dev/null || fail 'no scratch database could be made'
  client pg_restore --exit-on-error --no-owner --no-acl -d "$SCRATCH" <"$FROM/registry.dump" ||
    fail 'the dump cannot be restored'
}

drop_scratch() {
  [ -z "$(ask "SELECT 1 FROM pg_database WHERE datname = '$SCRATCH'" postgres)" ] ||
    ask "DROP DATABASE $SCRATCH" postgres >/dev/null
}

# Foreign layers are named by a manifest and kept elsewhere.
REFERENCED="FROM blob WHERE digest LIKE 'sha256:%' AND content_type NOT LIKE '%foreign%'
  AND content_type NOT LIKE '%nondistributable%'
  AND digest IN (SELECT digest_blob FROM artifact_blob)"

check_blobs() {
  STORE=$FROM/registry/docker/registry/v2/blobs/sha256
  [ -d "$STORE" ] || fail 'it has no blobs'
  PART=$(mktemp -d "$TO/.partial-drill-XXXXXX") || fail "$TO cannot be written"
  ask "SELECT digest, size $REFERENCED" "$SCRATCH" >"$PART/rows" || fail 'its blobs cannot be read'
  awk -F '|' '{ hex = substr($1, 8); printf "./%s/%s/data %s\n", substr(hex, 1, 2), hex, $2 }' \
    "$PART/rows" | sort >"$PART/want"
  (cd "$STORE" && find . -name data -exec stat -c '%n %s' {} + | sort) >"$PART/have"
  comm -23 "$PART/want" "$PART/have" >"$PART/missing"
  [ ! -s "$PART/missing" ] ||
    fail "$(wc -l <"$PART/missing") blobs are missing or cut short, $(head -n 1 "$PART/missing") first"
  PRESENT=$(wc -l <"$PART/want")
  ask "SELECT digest $REFERENCED ORDER BY id DESC LIMIT $HASHED" "$SCRATCH" |
    awk '{ hex = substr($1, 8); printf "%s  ./%s/%s/data\n", hex, substr(hex, 1, 2), hex }' >"$PART/sums"
  READ=$(wc -l <"$PART/sums")
  [ "$READ" -eq 0 ] || (cd "$STORE" && sha256sum -c "$PART/sums" >"$PART/said" 2>&1) ||
    fail "a blob is not what its name says: $(grep -v ': OK$' "$PART/said" | head -n 1)"
  rm -rf "$PART"
  PART=''
}

main "${1-}" "${2-}"
