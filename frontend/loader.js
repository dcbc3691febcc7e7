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

// The files of a drop as [path, File], those in folders too: at most 500, eight folders deep, hidden folders left out.
globalThis.dagwrightDropped = async (transfer) => {
  const found = [];
  const told = (act) => new Promise((resolve, reject) => act(resolve, reject));
  const walk = async (entry, depth) => {
    if (found.length >= 500) return;
    if (entry instanceof File) {
      found.push([entry.name, entry]);
    } else if (entry.isFile) {
      found.push([entry.fullPath.replace(/^\//, ""), await told((done, failed) => entry.file(done, failed))]);
    } else if (depth < 8 && !entry.name.startsWith(".")) {
      const reader = entry.createReader();
      for (let entries; (entries = await told((done, failed) => reader.readEntries(done, failed))).length; ) {
        for (const inner of entries) await walk(inner, depth + 1);
      }
    }
  };
  // All taken at once: once the event is over there are no more.
  const entries = [...transfer.items].filter(({ kind }) => kind === "file").map((item) => item.webkitGetAsEntry() ?? item.getAsFile());
  for (const entry of entries) if (entry) await walk(entry, 0);
  return found;
};

const tag = document.querySelector("script[data-app]");
try {
  const app = await import(tag.dataset.app);
  await app.default({ module_or_path: tag.dataset.wasm });
} catch (error) {
  const message = document.createElement("p");
  message.setAttribute("role", "alert");
  // The app, which speaks the languages, is what did not come: the choice as frontend/src/i18n.rs makes it.
  const told = {
    en:
      `Dagwright could not start in this browser (${error}). Reload the page; if that does not help, ` +
      "use a current Firefox, Chrome, Edge or Safari with WebAssembly enabled.",
    ko:
      `이 브라우저에서 Dagwright를 시작하지 못했습니다(${error}). 페이지를 새로 고치세요. 그래도 안 되면 ` +
      "WebAssembly를 켠 최신 Firefox, Chrome, Edge 또는 Safari를 사용하세요.",
  };
  let chosen = null;
  try {
    chosen = localStorage.getItem("dagwright-language");
  } catch {
    // Storage may be forbidden.
  }
  const language = [chosen, ...navigator.languages].map((tag) => tag?.split("-")[0].toLowerCase()).find((tag) => tag in told) ?? "en";
  message.lang = language;
  message.textContent = told[language];
  document.body.append(message);
  throw error;
}
