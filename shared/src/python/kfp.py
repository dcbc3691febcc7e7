def finite(value):
    """JSON knows no infinity: it becomes null, wherever it stands."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    if hasattr(value, "tolist"):
        return finite(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value


class Artifact:
    """A file or folder, as kfp.dsl passes it: path, uri (the same here), name and metadata."""
    keeps_metadata = False

    def __init__(self, name="", uri="", metadata=None):
        self.name, self.uri, self.metadata = name, uri, dict(metadata or {})

    @property
    def path(self):
        return self.uri

    @path.setter
    def path(self, path):
        self.uri = path

    def load(self):
        if self.keeps_metadata and os.path.isfile(self.uri):
            with contextlib.suppress(ValueError, TypeError), open(self.uri, encoding="utf-8") as file:
                self.metadata.update(json.load(file))

    def save(self, path):
        if self.uri != path and os.path.exists(self.uri) and not os.path.exists(path):
            (shutil.copytree if os.path.isdir(self.uri) else shutil.copyfile)(self.uri, path)
        elif self.keeps_metadata and not os.path.exists(path):
            with open(path, "w", encoding="utf-8") as file:
                json.dump(finite(self.metadata), file, default=plain, ensure_ascii=False)


class Metrics(Artifact):
    keeps_metadata = True

    def log_metric(self, metric, value):
        self.metadata[metric] = value


class ClassificationMetrics(Artifact):
    keeps_metadata = True

    def log_roc_data_point(self, fpr, tpr, threshold):
        point = {"confidenceThreshold": threshold, "recall": tpr, "falsePositiveRate": fpr}
        self.metadata.setdefault("confidenceMetrics", []).append(point)

    def log_roc_curve(self, fpr, tpr, threshold):
        if not len(fpr) == len(tpr) == len(threshold):
            raise ValueError("log_roc_curve: fpr, tpr and threshold must have the same length")
        for point in zip(fpr, tpr, threshold):
            self.log_roc_data_point(*map(float, point))

    def set_confusion_matrix_categories(self, categories):
        rows = [{"row": [0] * len(categories)} for _ in categories]
        specs = [{"displayName": str(category)} for category in categories]
        self.metadata["confusionMatrix"] = {"annotationSpecs": specs, "rows": rows}

    def categories(self):
        return [spec["displayName"] for spec in self.metadata["confusionMatrix"]["annotationSpecs"]]

    def log_confusion_matrix_row(self, row_category, row):
        if len(row) != len(self.categories()):
            raise ValueError("log_confusion_matrix_row: expected {} numbers, got {}".format(len(self.categories()), len(row)))
        self.metadata["confusionMatrix"]["rows"][self.categories().index(str(row_category))] = {"row": list(row)}

    def log_confusion_matrix_cell(self, row_category, col_category, value):
        row = self.metadata["confusionMatrix"]["rows"][self.categories().index(str(row_category))]["row"]
        row[self.categories().index(str(col_category))] = value

    def log_confusion_matrix(self, categories, matrix):
        self.set_confusion_matrix_categories(categories)
        if len(matrix) != len(categories):
            raise ValueError("log_confusion_matrix: expected {} rows, got {}".format(len(categories), len(matrix)))
        for category, row in zip(categories, matrix):
            self.log_confusion_matrix_row(category, row)


class Marker:
    """InputPath("Dataset"), Input[Dataset]: names that mean something in a signature only."""
    def __init__(self, *_, **__):
        pass

    def __class_getitem__(cls, item):
        return cls


def undecorated(function=None, *_, **__):
    return function if callable(function) else lambda function: function


ARTIFACTS = {name: type(name, (Artifact,), {}) for name in ("Dataset", "Model", "HTML", "Markdown")}
ARTIFACTS.update(Artifact=Artifact, Metrics=Metrics, ClassificationMetrics=ClassificationMetrics)
NAMES = dict(ARTIFACTS, **{name: undecorated for name in DECORATORS})
NAMES.update({name: type(name, (Marker,), {}) for name in (*PATHS, *FILES, "Input", "Output")})


def bring_kfp():
    """A kfp that has what component code uses, where the real one is not installed."""
    import importlib.util
    modules = {name: types.ModuleType(name) for name in ("kfp", "kfp.dsl", "kfp.components")}
    for name, module in modules.items():
        module.__dict__.update(NAMES)
    kfp = modules["kfp"]
    kfp.__path__, kfp.dsl, kfp.components = [], modules["kfp.dsl"], modules["kfp.components"]
    if importlib.util.find_spec("kfp") is None:
        sys.modules.update(modules)
    NAMES.update(kfp=kfp, dsl=kfp.dsl, components=kfp.components)


bring_kfp()
