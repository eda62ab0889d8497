#!/bin/busybox sh
# shellcheck shell=dash
# The first process of the machine that boot.sh starts.
# A machine that is ended early may leave files half written.
export PYTHONDONTWRITEBYTECODE=1
export PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin HOME=/root LANG=C.UTF-8
busybox=/bin/busybox
options=trans=virtio,version=9p2000.L,msize=512000,cache=loose
for module in netfs 9pnet 9pnet_virtio 9p; do
  $busybox insmod "/lib/$module.ko"
done
$busybox mount -t 9p -o "ro,$options" root /root
$busybox mount -t 9p -o "$options" tree "/root@TREE@"
$busybox mount -t devtmpfs dev /root/dev
$busybox mount -t proc proc /root/proc
$busybox mount -t sysfs sys /root/sys
for directory in tmp dev/shm; do
  $busybox mkdir -p "/root/$directory"
  $busybox mount -t tmpfs tmpfs "/root/$directory"
done
$busybox mkdir -p /root/dev/pts
$busybox mount -t devpts pts /root/dev/pts
$busybox ifconfig lo 127.0.0.1 up
$busybox chroot /root /bin/bash "@TREE@/build/arm64-machine/command"
$busybox sync
$busybox poweroff -f
