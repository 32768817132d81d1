# Sourced. A process tells the driver outside who it is: its pid there, and when it started, so that a pid used again is not
# taken for it. The shell itself must read its stat: any program it started would read its own.
identify() {
  read -r stat <"$run/state/proc/self/stat"
  set -- "$1" $stat
  echo "$2 ${23}" >"$1.new"
  mv "$1.new" "$1"
}
