#!/bin/sh
# Build one root file system of the real fleet.
#
# usage: build_rootfs.sh SUITE ROOT MIRROR SCRIPT PACKAGES APT_CONF
#   SCRIPT    debootstrap's script for the suite (a name, or an absolute path)
#   PACKAGES  what is installed on top of the base, separated by blanks
#   APT_CONF  a file with the machine's own way to the mirror (proxy, CA)
#
# Runs in mount and process namespaces of its own (the caller sees to that), so whatever is
# mounted or started here is gone when the build ends, however it ends.
set -eu

suite=$1 root=$2 mirror=$3 script=$4 packages=$5 apt_conf=$6
base=systemd,systemd-sysv,dbus,libpam-systemd,openssh-server,sudo,ca-certificates,curl
base=$base,iproute2,procps,e2fsprogs,busybox-static
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8

mkdir -p "$root/etc/dpkg/dpkg.cfg.d"
cat > "$root/etc/dpkg/dpkg.cfg.d/fleet" <<END
force-unsafe-io
path-exclude=/usr/share/doc/*
path-exclude=/usr/share/man/*
path-exclude=/usr/share/locale/*
END
debootstrap --variant=minbase --include="$base" "$suite" "$root" "$mirror" "$script"

mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
cp "$apt_conf" "$root/etc/apt/apt.conf.d/99machine"
rm -f "$root/etc/resolv.conf"
cp /etc/resolv.conf "$root/etc/resolv.conf"
chroot "$root" apt-get -q -o Acquire::Check-Valid-Until=false update
# shellcheck disable=SC2086  # the list is meant to fall apart into words
chroot "$root" apt-get -q -y --no-install-recommends install $packages
chroot "$root" apt-get clean

rm -rf "$root/usr/sbin/policy-rc.d" "$root/etc/apt/apt.conf.d/99machine" \
    "$root"/var/lib/apt/lists/* "$root"/etc/ssh/ssh_host_* "$root"/etc/resolv.conf
: > "$root/etc/resolv.conf"
: > "$root/etc/machine-id"
chroot "$root" useradd --create-home --shell /bin/bash op

# A test host must not do things on its own.
systemctl --root="$root" mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer \
    e2scrub_all.timer e2scrub_reap.service fstrim.timer man-db.timer logrotate.timer \
    podman-auto-update.timer podman-restart.service podman.socket systemd-timesyncd.service
systemctl --root="$root" enable ssh.service systemd-networkd.service
systemctl --root="$root" mask systemd-networkd-wait-online.service
