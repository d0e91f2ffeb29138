# shellcheck shell=sh
# The proof that a backup of a registry can be restored; the host's own script does it.

# restore_drill BACKUP PRODUCT: an empty PRODUCT is the one whose backups are taken here.
restore_drill() {
  PROGRAMS=''
  for PRODUCT in ${2:-harbor nexus}; do
    PROGRAM=$ROOT/usr/local/sbin/pilotage-$PRODUCT-backup
    [ ! -x "$PROGRAM" ] || PROGRAMS="$PROGRAMS $PRODUCT"
  done
  case $PROGRAMS in
    '') give_up "there is no $PROGRAM: no backups of ${2:-Harbor or Nexus} are taken here" ;;
    ' '*' '*) give_up 'backups of both Harbor and Nexus are taken here: name one (--of)' ;;
  esac
  heard "$ROOT/usr/local/sbin/pilotage-${PROGRAMS# }-backup" drill "$1" </dev/null || give_up "$SAID"
  told "$SAID" same
  finish
}
