#!/bin/sh
# Makes every lock file anew, with the locked uv of .venv (`scripts/run.py test` makes it) or one on the PATH: another
# release may write the same markers otherwise. With arguments, these go to uv: `requirements/lock.sh --upgrade`.
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/.venv/bin:$PATH
export UV_CUSTOM_COMPILE_COMMAND="requirements/lock.sh"

lock() {
    out=$1; shift
    uv pip compile --quiet --universal --python-version "${python:-3.11}" --generate-hashes --no-emit-package torch \
        --output-file "requirements/$out" "$@"
}

# The two programs that install the backend from Blender; tests install with the same pip that the extension carries.
printf 'pip\nuv\n' | uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
    --output-file requirements/installer.lock "$@" -

lock runtime.lock "$@" --override requirements/without-torch.override pyproject.toml requirements/torch.in
lock test.lock "$@" --override requirements/without-torch.override --constraint requirements/runtime.lock \
    --constraint requirements/installer.lock --group test --group check --group docs pyproject.toml requirements/torch.in
for blender in 4.2 4.5 5.0; do
    lock "bpy-$blender.lock" "$@" "requirements/bpy-$blender.in"
done

python=3.13 lock bpy-5.2.lock "$@" requirements/bpy-5.2.in

# For installing from Blender (addon/bridge/install): torch's builds on PyPI, without what runtime.lock has already.
already=$(sed -n 's/^\([a-z0-9-]*\)==.*/--no-emit-package \1/p' requirements/runtime.lock)
echo "torch==$(sed -n 's/^VERSION = "\(.*\)"/\1/p' addon/bridge/install/torch_builds.py)" |
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate $already \
        --constraint requirements/runtime.lock --output-file requirements/torch-pypi.lock "$@" -
