#!/usr/bin/env bash
# Runs kcpp_bench, the peers that are installed, and oneDNN's bare primitives (probe.cpp) in turn, in one
# sitting, and prints the table of docs/performance.md: medians, ratios to the best peer and to the limit.
#   tests/benchmarks/compare.sh [w1 w4-lstm w7 ...]     the workloads of kcpp_bench; none: all
#   BENCH    kcpp_bench                                  (build/dev/kcpp_bench)
#   PEERS    folder with the peers' programs             (../shared/benchmarks/peers)
#   PYTHON   interpreter that has the peers installed    (python3)
#   ROUNDS   how often the whole is repeated             (2)
#   THREADS  counts of threads                           ("2 1")
#   ONLY     peers to restrict to, e.g. "torch keras"    (all)
#   ONEDNN   oneDNN's prefix, for the limit              (where the build of BENCH found it)
#   FASHION_MNIST_DIR  folder with the .gz files         (/usr/share/datasets/fashion-mnist)
#   ANCHORS_TMP  keeps exported models, probe and lines.jsonl   (a fresh folder in /tmp)
# A running compiler beside it spoils everything: have the machine for yourself.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$PWD/tests/benchmarks
bench=$(realpath "${BENCH:-build/dev/kcpp_bench}")
peers=$(realpath "${PEERS:-../shared/benchmarks/peers}")
python=${PYTHON:-python3} rounds=${ROUNDS:-2}
export ANCHORS_TMP=${ANCHORS_TMP:-$(mktemp -d /tmp/kcpp_compare.XXXX)} TF_CPP_MIN_LOG_LEVEL=3
export FASHION_MNIST_DIR=${FASHION_MNIST_DIR:-/usr/share/datasets/fashion-mnist}
mkdir -p "$ANCHORS_TMP"
lines=$ANCHORS_TMP/lines.jsonl log=$ANCHORS_TMP/log
: >"$lines"
echo "lines and log: $ANCHORS_TMP" >&2

wanted=" $* "
has() { [ "$wanted" = "  " ] || [[ $wanted == *" $1 "* || $wanted == *" ${1%%-*} "* ]]; }
declare -A have
for m in tensorflow jax torch onnxruntime openvino ai_edge_litert; do
  "$python" -c "import importlib.util as u, sys; sys.exit(u.find_spec('$m') is None)" && have[$m]=1
done
installed() {
  case "$1" in
    keras-tf*) [ "${have[tensorflow]:-}" ] ;;
    keras-jax*) [ "${have[jax]:-}" ] ;;
    torch* | keras-torch*) [ "${have[torch]:-}" ] ;;
    litert) [ "${have[ai_edge_litert]:-}" ] ;;
    *) [ "${have[$1]:-}" ] ;;
  esac
}

peer() {  # peer NAME script arguments...
  local name=$1 e=()
  shift
  installed "$name" || return 0
  if [ -n "${ONLY:-}" ]; then
    local only found=
    for only in $ONLY; do [[ $name != "$only"* ]] || found=1; done
    [ "$found" ] || return 0
  fi
  # glibc keeps big blocks instead of returning them to the system at every free: fairer to PyTorch
  [[ $name != *nommap* ]] || e=(env MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=68719476736)
  echo "  $name $*" >&2
  (cd "$peers" && timeout 300 "${e[@]}" "$python" "$@" --peer "$name") >>"$lines" 2>>"$log" ||
    echo "  failed: $name $*" >&2
}

# --- the limit: the networks' steps as bare primitives --------------------------------------------
probe=$ANCHORS_TMP/probe
cache=$(dirname "$bench")/CMakeCache.txt
onednn=${ONEDNN:-$(sed -n 's/^dnnl_DIR:PATH=\(.*\)\/lib.*$/\1/p' "$cache" 2>/dev/null || true)}
if [ -n "$onednn" ] && [ ! -x "$probe" ]; then
  g++ -std=c++17 -O3 -march=native -fno-math-errno -fno-trapping-math -fopenmp "$peers/probe.cpp" \
    "-I$onednn/include" "-L$onednn/lib" -ldnnl -ldl -o "$probe" 2>>"$log" || echo "no probe" >&2
fi
limit() {
  [ -x "$probe" ] || return 0
  LD_LIBRARY_PATH=$onednn/lib timeout 300 "$probe" nets "$1" >>"$lines" 2>>"$log" || true
}

if { has w7 || has w8 || [[ $wanted == *" w7"* ]]; } && [ ! -e "$ANCHORS_TMP/resnet50.keras" ] &&
  [ "${have[tensorflow]:-}" ]; then
  echo "exporting the models of w7 and w8" >&2
  (cd "$peers" && "$python" w7_infer.py --peer keras-tf --net export) >>"$log" 2>&1 || true
fi

for threads in ${THREADS:-2 1}; do
  export ANCHORS_THREADS=$threads OMP_NUM_THREADS=$threads
  for ((round = 1; round <= rounds; ++round)); do
    for w in w1 w2 w3 w4-simplernn w4-lstm w4-gru w5-resnet20 w5-resnet50 w6 w7-tinymlp w7-lstm \
      w7-mobilenetv2 w7-resnet50 w8; do
      has "$w" || continue
      echo "$threads threads, round $round: $w" >&2
      "$bench" --threads "$threads" "$w" >>"$lines" 2>>"$log" || echo "  failed: kcpp $w" >&2
      sub=${w#*-}
      case "$w" in
        w1) for p in torch-fused keras-jax keras-tf-tob; do peer $p w1_tiny.py; done; limit w1 ;;
        w2) for p in keras-jax keras-tf-spe32 torch-fused; do peer $p w2_mlp.py --epochs 3; done; limit w2 ;;
        w3) for p in keras-tf torch-cl-fused-nommap; do peer $p w3_cnn.py --epochs 2; done; limit w3 ;;
        w4-*)
          for p in keras-jax keras-tf-jit torch-fused; do peer $p w4_rnn.py --kind "$sub"; done
          if [ "$w" = w4-gru ] || ! has w4-gru; then limit w4; fi ;;  # one run for all three kinds
        w5-resnet20) for p in torch-cl-fused-nommap keras-tf; do peer $p w5_resnet.py --net "$sub"; done; limit w5a ;;
        w5-resnet50) for p in torch-cl-fused-nommap keras-tf; do peer $p w5_resnet.py --net "$sub"; done; limit w5b ;;
        w6) for p in keras-tf-jit torch-fused keras-tf; do peer $p w6_transformer.py; done; limit w6 ;;
        w7-*)
          for p in openvino onnxruntime litert torch; do peer $p w7_infer.py --net "$sub"; done
          case "$sub" in tinymlp) limit w7t ;; mobilenetv2) limit w7m ;; resnet50) limit w7 ;; esac ;;
        w8)
          for p in litert onnxruntime openvino keras-tf; do peer $p w8_cold.py; done
          if [ -x "$probe" ] && [ -e "$ANCHORS_TMP/resnet50.h5" ]; then
            (cd "$peers" && COLD_FILE=$ANCHORS_TMP/resnet50.h5 PROBE_BIN=$probe LD_LIBRARY_PATH=$onednn/lib \
              "$python" w8_cold.py --peer onednn) >>"$lines" 2>>"$log" || true
          fi ;;
      esac
    done
  done
done
"$python" "$here/compare_table.py" "$lines"
