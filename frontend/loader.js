// Starts the browser app. A file, because the page's policy allows no inline script; the build writes the hashed names
// of the app's two files into this script's own tag.
// The Python parser, a wasm module of its own: fetched and started once, when the code panel first opens.
let python;
globalThis.dagwrightPython = () => {
  python ??= (async () => {
    const module = await import("/python/python.js");
    await module.default();
    return module;
  })();
  python.catch(() => (python = undefined));
  return python;
};

const tag = document.querySelector("script[data-app]");
try {
  const app = await import(tag.dataset.app);
  await app.default({ module_or_path: tag.dataset.wasm });
} catch (error) {
  const message = document.createElement("p");
  message.setAttribute("role", "alert");
  message.textContent =
    `Dagwright could not start in this browser (${error}). Reload the page; if that does not help, ` +
    "use a current Firefox, Chrome, Edge or Safari with WebAssembly enabled.";
  document.body.append(message);
  throw error;
}
