#!/usr/bin/env bash
# Runs kcpp_bench and the peers that are installed in turn, in one sitting, and prints the ratios.
#   PYTHON=~/venv/bin/python tests/benchmarks/compare.sh build/dev/kcpp_bench ../shared/benchmarks/peers
set -euo pipefail
bench=${1:?the program kcpp_bench} peers=${2:?the folder with the peers\' programs}
python=${PYTHON:-python3} rounds=${ROUNDS:-3}
export ANCHORS_THREADS=${ANCHORS_THREADS:-2} OMP_NUM_THREADS=${ANCHORS_THREADS:-2} TF_CPP_MIN_LOG_LEVEL=3
lines=$(mktemp)
trap 'rm -f "$lines"' EXIT
has() { "$python" -c "import $1" 2>/dev/null; }
for ((i = 0; i < rounds; ++i)); do
  for w in w1:w1_tiny w2:w2_mlp w3:w3_cnn; do
    "$bench" "${w%%:*}" --repeats 3 >>"$lines"
    if has tensorflow; then "$python" "$peers/${w##*:}.py" --peer keras-tf >>"$lines" 2>/dev/null || true; fi
    if has torch; then "$python" "$peers/${w##*:}.py" --peer torch-fused >>"$lines" 2>/dev/null || true; fi
  done
done
"$python" - "$lines" <<'PY'
import collections, json, statistics, sys
rows = collections.defaultdict(lambda: collections.defaultdict(list))
for line in open(sys.argv[1]):
    if line.startswith("{"):
        r = json.loads(line)
        rows[r["workload"]][r["peer"]].append((r["value"], r.get("rss_mb", 0)))
print(f"{'workload':28} {'peer':14} {'median':>9} {'MB':>6} {'peer / kcpp':>12}")
for workload, peers in rows.items():
    ours = statistics.median(v for v, _ in peers.get("kcpp", [(float("nan"), 0)]))
    for peer, values in peers.items():
        median = statistics.median(v for v, _ in values)
        print(f"{workload:28} {peer:14} {median:9.3g} {max(m for _, m in values):6.0f} {median / ours:12.2f}")
PY
