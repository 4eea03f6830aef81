"""Small wheels, lock files and a payload, so that a whole installation runs in seconds and without a network."""

import base64
import hashlib
import json
import zipfile
from importlib.metadata import distribution
from pathlib import Path

HERE = Path(__file__).resolve().parent
WORKS = f"""
import runpy, sys
sys.argv = [{str(HERE / "playing_backend.py")!r}, "well", *sys.argv[1:]]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
CRASHES = "import sys; sys.exit('ImportError: libgomp.so.1: cannot open shared object file')"


def wheel(folder, name, version, files):
    """A wheel of these files (name in the wheel -> text); returns its path."""
    path = Path(folder) / f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    info = f"{name.replace('-', '_')}-{version}.dist-info"
    contents = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: made\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    records = []
    with zipfile.ZipFile(path, "w") as archive:
        for member, text in contents.items():
            archive.writestr(zipfile.ZipInfo(member), text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            records.append(f"{member},sha256={digest},{len(text.encode())}")
        archive.writestr(zipfile.ZipInfo(f"{info}/RECORD"), "\n".join([*records, f"{info}/RECORD,,", ""]))
    return path


def lock_line(path):
    """A lock file's lines for one wheel."""
    name, version = path.name.split("-")[:2]
    return f"{name}=={version} \\\n    --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n    # via made\n"


def pip_wheel(folder):
    """The pip that runs this test as a wheel: one that leads to the installed, compiled one, which starts faster."""
    pip = distribution("pip")  # not imported: where pip is, setuptools cannot be loaded any more, which torch does
    path = Path(folder) / f"pip-{pip.version}-py3-none-any.whl"
    real = Path(str(pip.locate_file("pip/__init__.py")))
    with zipfile.ZipFile(path, "w") as archive:
        leads = f"__path__ = [{str(real.parent)!r}]\nexec(open({str(real)!r}, encoding='utf-8').read())\n"
        archive.writestr("pip/__init__.py", leads)
    return path


def payload(folder, pip_path, index, version="1.0", main=WORKS):
    """Writes a payload whose packages lie in `index`, and whose `reprise serve` runs the program `main`."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "reprise/__init__.py": f"__version__ = {version!r}",
        "reprise/__main__.py": main,
        "reprise/serving/__init__.py": "",
        "reprise/serving/server.py": "",
    }
    reprise = wheel(folder, "reprise", version, files)
    copy = folder / pip_path.name
    copy.write_bytes(pip_path.read_bytes())
    parts = [wheel(index, name, "1.0", {f"{name}.py": ""}) for name in PACKAGES]
    wheel(index, "torch", "2.13.0+cpu", {"torch/__init__.py": ""})
    (folder / "runtime.lock").write_text("# made\n" + "".join(map(lock_line, parts)), encoding="utf-8")
    (folder / "torch.lock").write_text("# made\n", encoding="utf-8")
    (folder / "uv.lock").write_text("# made\n", encoding="utf-8")
    names = {"runtime_lock": "runtime.lock", "torch_lock": "torch.lock", "uv_lock": "uv.lock"}
    names |= {"wheel": reprise.name, "pip": copy.name}
    sums = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names.values()}
    (folder / "payload.json").write_text(json.dumps({"version": version, **names, "files": sums}), encoding="utf-8")
    return folder


PACKAGES = tuple(f"part{chr(97 + number)}" for number in range(13))  # more than a batch
