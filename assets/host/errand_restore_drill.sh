# shellcheck shell=sh
# The proof that a backup of Harbor can be restored; the host's own script does it.

# restore_drill BACKUP
restore_drill() {
  PROGRAM=$ROOT/usr/local/sbin/pilotage-harbor-backup
  [ -x "$PROGRAM" ] || give_up "there is no $PROGRAM: no backups of Harbor are taken here"
  heard "$PROGRAM" drill "$1" </dev/null || give_up "$SAID"
  told "$SAID" same
  finish
}
