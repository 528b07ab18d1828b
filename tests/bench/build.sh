#!/bin/bash
# Compiles c/*.bpf.c for each LABEL=COMPILER:CPU (clang19-v4=clang-19:v4 if none is given) into $OUT/LABEL/NAME.o;
# $FLAGS are for the compiler (-DATOMIC: counters go up atomically)
cd "$(dirname "$0")" || exit 1
out=${OUT:-build}
status=0
[ $# -gt 0 ] || set -- clang19-v4=clang-19:v4
for choice; do
  label=${choice%%=*} compiler=${choice#*=} cpu=${choice##*:}
  compiler=${compiler%:*}
  command -v "$compiler" >/dev/null || { echo "there is no $compiler"; exit 1; }
  mkdir -p "$out/$label"
  for source in c/*.bpf.c; do
    name=$(basename "$source" .bpf.c)
    "$compiler" -O2 -g -target bpf -mcpu="$cpu" -Wall -Wno-unused-function $FLAGS -Ic "-I/usr/include/$(uname -m)-linux-gnu" \
      -c "$source" -o "$out/$label/$name.o" || { echo "cannot compile $name for $label"; status=1; }
  done
done
exit $status
