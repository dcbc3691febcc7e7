import json
import os
import sys
import sysconfig

if sys.version_info < (3, 7):
    sys.exit("Python %d.%d is too old, 3.7 is needed" % sys.version_info[:2])
# Inside a virtual environment this is the interpreter it was made from.
executable = os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)
prefixes = {os.path.realpath(path) for path in (sys.base_prefix, sys.base_exec_prefix)}
# With its library elsewhere (pyenv with a shared build, Debian's /usr) the executable may lie outside the prefixes.
prefixes.add(os.path.dirname(os.path.dirname(executable)))
home = os.path.realpath(os.path.expanduser("~"))
for prefix in prefixes:
    if prefix == "/" or (home + "/").startswith(prefix.rstrip("/") + "/"):
        sys.exit("Python's folder %s holds the home folder, which tasks must not see" % prefix)
prefixes = sorted(prefix for prefix in prefixes if not (prefix + "/").startswith("/usr/"))
print(json.dumps({"executable": executable, "version": sys.version.split()[0], "prefixes": prefixes}))
