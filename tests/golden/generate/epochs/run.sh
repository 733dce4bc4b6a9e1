#!/usr/bin/env bash
# Writes tests/golden/files_epochs with the real Keras of every epoch:  run.sh [EPOCH ...]
# Needs Python 3.6 to 3.8 and 3.11 (pyenv) for the virtual environments, which it does not make; VENVS names their folder:
#   theano  Python 3.6: Theano==1.0.5 numpy==1.16.6 scipy<1.5 h5py<3 pyyaml six
#   tf115   Python 3.7: tensorflow==1.15.5 protobuf<3.20 h5py<3 numpy<1.19 keras==2.3.1
#   tf20 (3.7) tf22 (3.7) tf23 tf24 tf28 tf210 (3.8) tf212 tf213 tf215 tf216 (3.11): tensorflow-cpu of that version
# the sources of Keras 3.x, pip installed with --target under $VENVS/src/keras-VERSION, which run on the TensorFlow of tf216,
# and the sources of standalone Keras unpacked under $VENVS/src/Keras-VERSION, its keras_applications 1.0.4 and
# keras_preprocessing 1.0.2 under $VENVS/src/apps.
# SCRIPT=sweep.py (Keras 1: sweep1.py) EPOCHS_OUT=FOLDER runs the sweep in place of the golden files.
set -eu
cd "$(dirname "$0")"
VENVS=${VENVS:-/work/venvs}
export TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES= HOME=$(mktemp -d) PYTHONDONTWRITEBYTECODE=1
export THEANO_FLAGS=floatX=float32,base_compiledir=${TMPDIR:-/tmp}/theano,optimizer=fast_compile,cxx=

# standalone VERSION BACKEND SCRIPT FOLDER
standalone() {
  local venv=tf115 path=$VENVS/src/Keras-$1
  [ "$2" = theano ] && venv=theano path=$path:$VENVS/src/apps
  PYTHONPATH=$path KERAS_BACKEND=$2 "$VENVS/$venv/bin/python" -W ignore "${SCRIPT:-$3}" "$4" \
    2> >(grep -E "Error|error:" >&2) | grep -v "^Using"
}
# tf VENV SCRIPT FOLDER
tf() { KERAS_MODULE=tensorflow.keras "$VENVS/$1/bin/python" -W ignore "${SCRIPT:-$2}" "$3" 2> >(grep -E "Error|error:" >&2); }

epoch() {
  local version=${1#*-}
  case "$1" in
    keras-0.3) standalone 0.3.3 theano keras0.py "$1" ;;
    keras-0.*) standalone "$version" theano keras0.py "$1" ;;
    keras-1.*-theano) standalone "${version%-theano}" theano keras1.py "$1" ;;
    keras-1.2.2) standalone "$version" tensorflow keras1.py "$1" ;;
    keras-1.*) standalone "$version" theano keras1.py "$1" ;;
    keras-2.*-theano) standalone "${version%-theano}" theano keras2.py "$1" ;;
    keras-2.2.2) standalone "$version" theano keras2.py "$1" ;;
    keras-2.*) standalone "$version" tensorflow keras2.py "$1" ;;
    keras-3.*) PYTHONPATH=$VENVS/src/$1 tf tf216 keras2.py "$1" ;;
    tfops-*) tf "tf$version" tfops.py "$1" ;;
    tf-*) tf "tf$version" keras2.py "$1" ;;
    *) echo "unknown epoch $1" >&2; return 1 ;;
  esac
}

for e in "$@"; do epoch "$e"; done
