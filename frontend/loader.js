// Starts the browser app. A file, because the page's policy allows no inline script; the build writes the hashed names
// of the app's two files into this script's own tag.
// Modules of their own: each is fetched and started once, when it is first needed; after a failure, tried again.
const once = (start) => {
  let running;
  return () => {
    running ??= start();
    running.catch(() => (running = undefined));
    return running;
  };
};
// The Python parser, a wasm module.
globalThis.dagwrightPython = once(async () => {
  const module = await import("/python/python.js");
  await module.default();
  return module;
});
// The code editor, CodeMirror.
globalThis.dagwrightCodeEditor = once(() => import("/code-editor/editor.js"));

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
