def numbers(version):
    """A release such as 1.7.2 as numbers without trailing zeros; None for what needs pip's own reading."""
    if not re.match(r"^\d+(\.\d+)*$", version):
        return None
    parts = [int(part) for part in version.split(".")]
    while parts and not parts[-1]:
        parts.pop()
    return parts


def satisfied(requirement):
    """True, False, or None where only pip can tell (extras, markers, URLs, pre-releases)."""
    from importlib import metadata
    match = re.match(r"^\s*([A-Za-z0-9][\w.-]*)\s*((?:(?:==|!=|>=|<=|~=|>|<)\s*[\d.]+\s*,?\s*)*)$", requirement)
    if not match:
        return None
    try:
        installed = numbers(metadata.version(match.group(1)))
    except metadata.PackageNotFoundError:
        return False
    for sign, text in re.findall(r"(==|!=|>=|<=|~=|>|<)\s*([\d.]+)", match.group(2)):
        wanted = numbers(text)
        if installed is None or wanted is None:
            return None
        if sign == "~=":
            fits = installed >= wanted and installed[: text.count(".")] == numbers(text + ".0")[: text.count(".")]
        else:
            fits = {"==": operator.eq, "!=": operator.ne, ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}[sign](installed, wanted)
        if not fits:
            return False
    return True


def vouched(requirement):
    """What pip's own reader says about an installed package and its extras."""
    from importlib import metadata
    from pip._vendor.packaging.requirements import Requirement
    wanted = Requirement(requirement)
    if wanted.marker and not wanted.marker.evaluate():
        return True
    installed = metadata.distribution(wanted.name)
    for needed in map(Requirement, installed.requires or ()):
        for extra in wanted.extras:
            if needed.marker and not needed.marker.evaluate({"extra": ""}) and needed.marker.evaluate({"extra": extra}):
                needed.marker = None
                if not vouched(str(needed)):
                    return False
    return not wanted.url and wanted.specifier.contains(installed.version, prereleases=True)


def present(requirement):
    try:
        answer = satisfied(requirement)
        return vouched(requirement) if answer is None else answer
    except Exception:
        return False


def install(packages):
    import subprocess, sysconfig
    missing = [package for package in packages if not present(package)]
    if not missing:
        return
    sys.stderr.write("dagwright: installing " + " ".join(missing) + "\n")
    pip = [sys.executable, "-m", "pip"]
    if subprocess.call(pip + ["--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        if subprocess.call([sys.executable, "-m", "ensurepip", "--user"], stdout=subprocess.DEVNULL):
            stop("this image's Python has no pip: install {} in the image".format(" ".join(missing)))
    command = pip + ["install", "--quiet", "--disable-pip-version-check", "--no-warn-script-location"]
    site = sysconfig.get_path("purelib")
    managed = sys.prefix == sys.base_prefix and os.path.exists(os.path.join(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED"))
    if managed or not os.access(site, os.W_OK):
        site = tempfile.mkdtemp(prefix="packages-")
        command += ["--target", site]
        sys.path.insert(0, site)
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [site, os.environ.get("PYTHONPATH")]))
    # pip reports the chosen root user as a warning on every start; in a container that is no news.
    if subprocess.call(command + missing, env=dict(os.environ, PIP_ROOT_USER_ACTION="ignore")):
        stop("pip could not install {}".format(" ".join(missing)))
    import importlib
    importlib.invalidate_caches()


