#!/bin/sh
# Makes every lock file anew (needs `pip install uv`). With arguments, these go to uv: `requirements/lock.sh --upgrade`.
set -eu
cd "$(dirname "$0")/.."
export UV_CUSTOM_COMPILE_COMMAND="requirements/lock.sh"

lock() {
    out=$1; shift
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-package torch \
        --output-file "requirements/$out" "$@"
}

lock runtime.lock "$@" --override requirements/without-torch.override pyproject.toml requirements/torch.in
lock test.lock "$@" --override requirements/without-torch.override --constraint requirements/runtime.lock \
    --group test --group check pyproject.toml requirements/torch.in
for blender in 4.2 4.5 5.0; do
    lock "bpy-$blender.lock" "$@" "requirements/bpy-$blender.in"
done
