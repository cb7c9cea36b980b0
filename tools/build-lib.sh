# Sourced by ./run and ./test: configure and build one preset quietly, showing the log only when it fails.
# build PRESET [TARGET...]
build() {
  preset=$1
  shift
  log=$top/build/$preset.log
  mkdir -p "$top/build"
  if ! (cd "$top" && cmake --preset "$preset") >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    echo "configuring the $preset preset failed; the whole log is build/$preset.log" >&2
    return 3
  fi
  targets=""
  [ $# = 0 ] || targets="--target $*"
  echo "Building ($preset) ..." >&2
  if ! (cd "$top" && cmake --build "build/$preset" $targets) >>"$log" 2>&1; then
    grep -nE 'error|FAILED|undefined reference' "$log" | head -n 40 >&2
    echo "building $preset failed; the whole log is build/$preset.log" >&2
    return 3
  fi
}
