#!/bin/sh
# Trains the bundle `cells` that comes with the package: its data, the recipe, the last epoch.
#   sh tools/train_cells.sh FOLDER      about two hours of one core; run again, it goes on
set -eu
mkdir -p "$1/data"
cd "$1"

# NAME SEED EVENTS, and options that say what is made
generate() {
  file=data/$1.$2.h5
  [ -e "$file" ] || pyjetsim generate --seed "$2" --events "$3" --output "$file" --process "$4" ${5:+--pthat-min "$5"}
}
for seed in 2001 2002 2003 2004 3001; do generate qcd $seed 12000 qcd 160; done
generate qcd400 4001 6000 qcd 400
generate qcd900 4002 4000 qcd 900
generate ttbar 4003 6000 ttbar
for seed in 2001 2002 2003; do generate ww $seed 12000 ww 120; done
for seed in 2003 2004; do generate ww180 $seed 12000 ww 180; done

resume=
[ -e run/checkpoints/last.pt ] && resume=--resume
pyjetsim train cells --data data/*.h5 --output run --threads 1 $resume
pyjetsim export run --epoch 12 --output bundle
