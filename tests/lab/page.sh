#!/bin/bash
# The laboratory's command, its page, and that in Chromium.
#   page.sh WEFT DIGITS NODE NODE_MODULES CHROMIUM
set -euo pipefail
weft=$1 digits=$2 node=$3 modules=$4 chromium=$5
"$weft" lab --list | grep -c . | grep -x 13
"$weft" lab tanh softmax --data "$digits" --seeds 3 | grep -c "^holds" |
  grep -x 2
"$weft" lab --data "$digits" --quick --seeds 3 --threads 1 --json > one.json
"$weft" lab --data "$digits" --quick --seeds 3 --threads 3 --json > three.json
cmp <(sed 's/"seconds":[^,]*//g' one.json) <(sed 's/"seconds":[^,]*//g' three.json)
if "$weft" lab saturated --data "$digits" 2> error.txt; then exit 1; fi
grep "there is no experiment 'saturated'; there are saturation, " error.txt
if [[ ! -x $chromium ]]; then
  echo "skipped: Chromium is not here; tools/setup --ci installs it"
  exit 77
fi
"$weft" lab --data "$digits" --quick --seeds 3 -o lab.html
"$weft" lab softmax --data "$digits" --quick --seeds 2 -o softmax.html
"$node" "$(dirname "$0")/../report/browser.mjs" "$modules" "$chromium" \
  "$PWD/lab.html"
