# Sourced by PID 1 of a machine. Its containers get cgroups below loadstone/CLUSTER/MACHINE, and see that as the root: runc
# and containerd would otherwise leave theirs at the root of the whole machine, where nobody sweeps.

# Makes the machine's cgroup in every hierarchy, enters it, and lays out in $own/cgroup what /sys/fs/cgroup is to show.
enter_cgroups() {
  mounts=$(cat /proc/self/mounts) # as they are before this adds to them
  while read -r _ where type _; do
    case $type in
      cgroup2) version=2 ;;
      cgroup) version=1 ;;
      *) continue ;;
    esac
    place=$where
    for part in $(echo "$1" | tr / ' '); do
      [ $version = 1 ] || enable_controllers "$place"
      [ -d "$place/$part" ] || mkdir "$place/$part" 2>/dev/null || [ -d "$place/$part" ]
      # A cpuset admits nobody before it has processors and memory.
      if [ $version = 1 ] && [ -e "$place/cpuset.cpus" ]; then
        for file in cpuset.cpus cpuset.mems; do cat "$place/$file" >"$place/$part/$file"; done
      fi
      place=$place/$part
    done
    echo 0 >"$place/cgroup.procs"
    shown=$own/cgroup${where#/sys/fs/cgroup}
    mkdir -p "$shown"
    mount --bind "$place" "$shown"
  done <<END
$mounts
END
  # Names such as cpu for cpu,cpuacct.
  for link in /sys/fs/cgroup/*; do [ ! -L "$link" ] || cp -P "$link" "$own/cgroup/"; done
}

# Version 2 gives controllers only to children of a cgroup that holds no process itself, so PID 1 moves into a leaf.
share_controllers() {
  for place in "$own/cgroup" "$own/cgroup/unified"; do
    [ -e "$place/cgroup.controllers" ] || continue
    mkdir -p "$place/init"
    echo 0 >"$place/init/cgroup.procs"
    enable_controllers "$place"
  done
}

# Those that runc sets; one that is not there, or that version 1 holds, is done without.
enable_controllers() {
  for controller in cpu cpuset io memory pids; do echo "+$controller" >"$1/cgroup.subtree_control" 2>/dev/null || true; done
}
