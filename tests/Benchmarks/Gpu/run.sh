#!/bin/bash
# Prints what NetCompiler does on the GPU of this machine, beside PyTorch where python3 (or what PYTHON names) has it with CUDA.
#   run.sh [part of a name] [--seconds S]
# Both tables are also left in the current folder, as gpu-torch.txt and gpu-netcompiler.txt.
set -o pipefail
folder=$(cd "$(dirname "$0")" && pwd)
if ! "${PYTHON:-python3}" "$folder/gpu_torch.py" "$@" > gpu-torch.txt; then
    echo "without PyTorch beside it" >&2
fi
# What PyTorch brings of cuBLAS serves where none is installed.
cublas=$("${PYTHON:-python3}" -c 'import nvidia.cublas; print(nvidia.cublas.__path__[0] + "/lib")' 2> /dev/null) && export LD_LIBRARY_PATH="$LD_LIBRARY_PATH:$cublas"
"$folder/Benchmarks" --gpu "$@" --beside gpu-torch.txt | tee gpu-netcompiler.txt
