#!/bin/bash
# Two trainings, their records and files in one page, and that in Chromium.
#   page.sh WEFT DIGITS NODE NODE_MODULES CHROMIUM
set -euo pipefail
weft=$1 digits=$2 node=$3 modules=$4 chromium=$5
if [[ ! -x $chromium ]]; then
  echo "skipped: Chromium is not here; tools/setup --ci installs it"
  exit 77
fi
train=("$weft" train --quiet --data "$digits" --hidden 32,16 --epochs 6 --scale)
"${train[@]}" --activation tanh --lr 1e-2 --out tanh.weft \
  --record tanh.json --report tanh.html
"${train[@]}" --activation relu --out relu.weft --record relu.json
"$weft" report tanh.json relu.json tanh.weft -o page.html
"$node" "$(dirname "$0")/browser.mjs" "$modules" "$chromium" "$PWD/page.html"
"$node" "$(dirname "$0")/browser.mjs" "$modules" "$chromium" "$PWD/tanh.html"
"${train[@]}" --activation tanh --lr 1 --out ill.weft --report ill.html |
  grep "saturated units in fc1"
"$weft" diagnose ill.weft --data "$digits" --json | grep '"saturated units"'
"$weft" diagnose relu.weft --data "$digits" | grep "nothing found"
"$node" "$(dirname "$0")/browser.mjs" "$modules" "$chromium" "$PWD/ill.html"
