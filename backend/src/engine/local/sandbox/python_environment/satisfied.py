# Prints "yes" when every requirement, and all that it requires, is installed already.
import sys
from importlib import metadata

try:
    from packaging.requirements import Requirement
except ImportError:
    from pip._vendor.packaging.requirements import Requirement

open_requirements = [(text, "") for text in sys.argv[1:]]
seen = set()
while open_requirements:
    text, extra = open_requirements.pop()
    requirement = Requirement(text)
    if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
        continue
    if (str(requirement), extra) in seen:
        continue
    seen.add((str(requirement), extra))
    if requirement.url:
        sys.exit(print("no"))
    try:
        distribution = metadata.distribution(requirement.name)
    except metadata.PackageNotFoundError:
        sys.exit(print("no"))
    if not requirement.specifier.contains(distribution.version, prereleases=True):
        sys.exit(print("no"))
    for needed in distribution.requires or []:
        for wanted in requirement.extras or [""]:
            open_requirements.append((needed, wanted))
print("yes")
