#!/usr/bin/env bash
# Runs kcpp_bench, the peers that are installed, and oneDNN's bare primitives (probe.cpp) in turn, in one
# sitting, and prints the table of docs/performance.md: medians, ratios to the best peer and to the limit.
#   tests/benchmarks/compare.sh [w1 w4-lstm w7 ...]     the workloads of kcpp_bench; none: all
# All workloads take about 20 minutes a round and number of threads, an hour and a half with the defaults.
# A running compiler beside it spoils everything: have the machine for yourself. A program that fails is named,
# and the rest goes on. Stopped in the middle, it goes on where it was when ANCHORS_TMP names the same folder;
# what has been measured so far is shown by  compare_table.py $ANCHORS_TMP/lines.jsonl.
#   BENCH    kcpp_bench                                  (build/dev/kcpp_bench)
#   PEERS    folder with the peers' programs             (../shared/benchmarks/peers)
#   PYTHON   interpreters, blank-separated: each peer runs on the first that has its packages (keras and tensorflow or
#            jax; torch and torchvision; onnxruntime; openvino; ai_edge_litert; tf2onnx to export models)   (python3)
#   ROUNDS   how often the whole is repeated             (2)
#   THREADS  counts of threads                           ("2 1")
#   ONLY     peers to restrict to, e.g. "torch keras"    (all)
#   QUICK    1: the fewest steps, to try the script out; the figures mean nothing
#   ONEDNN   oneDNN's prefix, for the limit              (where the build of BENCH found it)
#   FASHION_MNIST_DIR  folder with the .gz files         (/usr/share/datasets/fashion-mnist)
#   ANCHORS_TMP  keeps exported models, probe, log and lines.jsonl   (a fresh folder in /tmp)
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
here=$PWD/tests/benchmarks
bench=$(realpath -m "${BENCH:-build/dev/kcpp_bench}")
peers=$(realpath -m "${PEERS:-../shared/benchmarks/peers}")
all="w1 w2 w3 w4-simplernn w4-lstm w4-gru w5-resnet20 w5-resnet50 w6 w7-tinymlp w7-lstm w7-mobilenetv2 w7-resnet50 w8"
wanted=" $* "
wanted=${wanted/ w9 / w3 w5 w7-resnet50 }  # the peaks of memory
for w in $wanted; do
  [[ " $all " == *" $w"[\ -]* ]] || { echo "no such workload: $w; there are: $all w9" >&2; exit 2; }
done
has() { [ "$wanted" = "  " ] || [[ $wanted == *" $1 "* || $wanted == *" ${1%%-*} "* ]]; }
[ -x "$bench" ] || { echo "no kcpp_bench at $bench: cmake --build build/dev --target kcpp_bench" >&2; exit 1; }

read -ra pythons <<<"${PYTHON:-python3}"
rounds=${ROUNDS:-2} quick=${QUICK:-}
export ANCHORS_TMP=${ANCHORS_TMP:-$(mktemp -d /tmp/kcpp_compare.XXXX)} TF_CPP_MIN_LOG_LEVEL=3
export FASHION_MNIST_DIR=${FASHION_MNIST_DIR:-/usr/share/datasets/fashion-mnist}
mkdir -p "$ANCHORS_TMP"
lines=$ANCHORS_TMP/lines.jsonl log=$ANCHORS_TMP/log finished=$ANCHORS_TMP/done failures=$ANCHORS_TMP/failed
touch "$lines" "$finished"
: >"$failures"
echo "lines, log and what is done: $ANCHORS_TMP" >&2

# --- which interpreter has which packages ---------------------------------------------------------
declare -A interpreter  # by packages
python_with() {  # python_with PACKAGE...: sets $python, or fails
  if [ -z "${interpreter[$*]+known}" ]; then
    interpreter[$*]=
    local p
    for p in "${pythons[@]}"; do
      p=$(realpath -s "$(command -v "$p")")  # the peers run in another folder
      if "$p" -c "import importlib.util as u, sys; sys.exit(any(u.find_spec(m) is None for m in sys.argv[1:]))" "$@" 2>>"$log"; then
        interpreter[$*]=$p
        break
      fi
    done
    [ "${interpreter[$*]}" ] || echo "  no interpreter in PYTHON has: $*" >&2
  fi
  python=${interpreter[$*]}
  [ "$python" ]
}
python_of() {  # python_of PEER: sets $python, or fails
  case "$1" in
    keras-tf*) python_with keras tensorflow ;;
    keras-jax*) python_with keras jax ;;
    torch*) python_with torch torchvision ;;
    litert) python_with ai_edge_litert ;;
    *) python_with "$1" ;;
  esac
}

# --- one measurement ------------------------------------------------------------------------------
# run KEY command...: appends the command's lines, once a sitting; a failure is noted.
run() {
  local key="$ANCHORS_THREADS threads, round $round: $1" out=$ANCHORS_TMP/out
  shift
  grep -qxF "$key" "$finished" && return
  echo "  $key" >&2
  echo "## $key" >>"$log"
  if timeout 300 "$@" >"$out" 2>>"$log"; then
    echo "$key" >>"$finished"
  else
    echo "$key (exit status $?)" >>"$failures"
    echo "  failed: $key, see $log" >&2
  fi
  grep '^{' "$out" >>"$lines"
}

peer() {  # peer NAME script arguments...
  local name=$1 e=() only found=
  shift
  for only in ${ONLY:-$name}; do [[ $name != "$only"* ]] || found=1; done
  [ "$found" ] && python_of "$name" || return 0
  # glibc keeps big blocks instead of returning them to the system at every free: fairer to PyTorch
  [[ $name != *nommap* ]] || e=(MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=68719476736)
  run "$name $*" env -C "$peers" "${e[@]}" "$python" "$@" --peer "$name"
}

# --- the limit: the networks' steps as bare primitives --------------------------------------------
probe=$ANCHORS_TMP/probe
cache=$(dirname "$bench")/CMakeCache.txt
onednn=${ONEDNN:-$(sed -n 's/^dnnl_DIR:PATH=\(.*\)\/lib.*$/\1/p' "$cache" 2>/dev/null)}
if [ -n "$onednn" ] && [ ! -x "$probe" ]; then
  g++ -std=c++17 -O3 -march=native -fno-math-errno -fno-trapping-math -fopenmp "$peers/probe.cpp" \
    "-I$onednn/include" "-L$onednn/lib" -ldnnl -ldl -o "$probe" 2>>"$log"
fi
[ -x "$probe" ] || echo "no probe: the tables have no limit" >&2
limit() { [ ! -x "$probe" ] || run "limit $1" env "LD_LIBRARY_PATH=$onednn/lib" "$probe" nets "$1"; }

export_models() {  # for w7 and w8
  [ -e "$ANCHORS_TMP/resnet50.onnx" ] && return
  python_with keras tensorflow tf2onnx || python_with keras tensorflow || return
  echo "exporting the models of w7 and w8" >&2
  (cd "$peers" && timeout 900 "$python" w7_infer.py --peer keras-tf --net export) >>"$log" 2>&1 ||
    echo "  failed: export, see $log" >&2
}

# --- the workloads --------------------------------------------------------------------------------
w1=() w2=(--epochs 3) w3=(--epochs 2) steps=() repeats=()
if [ "$quick" ]; then
  w1=(--epochs 20 --reps 1) w2=(--epochs 1) w3=(--epochs 1 --steps 4) steps=(--steps 2) repeats=(--repeats 1)
fi
measure() {  # measure WORKLOAD
  local p sub=${1#*-}
  run "kcpp $1" "$bench" --threads "$ANCHORS_THREADS" "${repeats[@]}" "$1"
  case "$1" in
    w1) for p in torch-fused keras-jax keras-tf-tob; do peer $p w1_tiny.py "${w1[@]}"; done; limit w1 ;;
    w2) for p in keras-jax keras-tf-spe32 torch-fused; do peer $p w2_mlp.py "${w2[@]}"; done; limit w2 ;;
    w3) for p in keras-tf torch-cl-fused-nommap; do peer $p w3_cnn.py "${w3[@]}"; done; limit w3 ;;
    w4-*)
      for p in keras-jax keras-tf-jit torch-fused; do peer $p w4_rnn.py --kind "$sub" "${steps[@]}"; done
      limit w4 ;;  # all three kinds: one run a round
    w5-resnet20) for p in torch-cl-fused-nommap keras-tf; do peer $p w5_resnet.py --net "$sub" "${steps[@]}"; done; limit w5a ;;
    w5-resnet50) for p in torch-cl-fused-nommap keras-tf; do peer $p w5_resnet.py --net "$sub" "${steps[@]}"; done; limit w5b ;;
    w6) for p in keras-tf-jit torch-fused keras-tf; do peer $p w6_transformer.py "${steps[@]}"; done; limit w6 ;;
    w7-*)
      for p in openvino onnxruntime litert torch; do peer $p w7_infer.py --net "$sub"; done
      case "$sub" in tinymlp) limit w7t ;; mobilenetv2) limit w7m ;; resnet50) limit w7 ;; lstm) limit w4 ;; esac ;;
    w8)
      for p in litert onnxruntime openvino keras-tf; do peer $p w8_cold.py; done
      if [ -x "$probe" ] && [ -e "$ANCHORS_TMP/resnet50.h5" ]; then
        run "limit w8" env -C "$peers" "COLD_FILE=$ANCHORS_TMP/resnet50.h5" "PROBE_BIN=$probe" "LD_LIBRARY_PATH=$onednn/lib" \
          "${pythons[0]}" w8_cold.py --peer onednn
      fi ;;
  esac
}

[[ " $wanted" == *" w7"* || $wanted == *" w8 "* || $wanted == "  " ]] && export_models
for ANCHORS_THREADS in ${THREADS:-2 1}; do
  export ANCHORS_THREADS OMP_NUM_THREADS=$ANCHORS_THREADS
  for ((round = 1; round <= rounds; ++round)); do
    for w in $all; do
      if has "$w"; then measure "$w"; fi
    done
  done
done
if python_with json; then "$python" "$here/compare_table.py" "$lines"; fi
if [ -s "$failures" ]; then
  printf '\n### Failed\n\n'
  sed 's/^/- /' "$failures"
fi
