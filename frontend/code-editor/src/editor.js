// A code editor in a host element: CodeMirror with Dagwright's look, and the few doors that the app needs.
// It lives in a shadow root, where its style sheets are adopted ones: the page's policy allows no inline style.
// Must not know what the text means: problems come from outside, changes go there.
import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { python } from "@codemirror/lang-python";
import { yaml } from "@codemirror/lang-yaml";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Annotation, EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { colours, look } from "./look.js";
import { phrasesOf } from "./phrases.js";

/** Marks changes that came from the app, which need not be told to it. */
const fromOutside = Annotation.define();

const languages = {
  python: () => [python(), indentUnit.of("    ")],
  yaml: () => [yaml(), indentUnit.of("  ")],
  text: () => [],
};

/**
 * Opens an editor in `host`, an element without a shadow root.
 *
 * @param {HTMLElement} host
 * @param {{text: string, language: keyof typeof languages, label: string, readOnly: boolean, speaks: string,
 *   changed?: (text: string) => void, left?: () => void}} options
 *   `speaks` is the tag of the language that people read. `changed` is called with the whole text after each change by the
 *   person, `left` when the focus goes.
 */
export function open(host, { text, language, label, readOnly, speaks, changed, left }) {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  root.replaceChildren();
  // Once it is closed nothing is told any more, not even that the focus goes with it.
  let isOpen = true;
  const phrases = phrasesOf(speaks);
  const state = EditorState.create({
    doc: text,
    extensions: [
      lineNumbers(),
      readOnly ? [] : [lintGutter(), history(), indentOnInput(), closeBrackets(), highlightActiveLine(), highlightActiveLineGutter()],
      EditorState.phrases.of(phrases),
      foldGutter({ markerDOM: (open) => foldMark(open, phrases) }),
      highlightSpecialChars(),
      drawSelection(),
      bracketMatching(),
      highlightSelectionMatches(),
      search({ top: true }),
      languages[language](),
      look,
      syntaxHighlighting(colours),
      EditorState.readOnly.of(readOnly),
      // A preview has the focus and the caret too, so that it is read and searched by keyboard.
      EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0", spellcheck: "false", autocapitalize: "off", ...(readOnly ? { "aria-readonly": "true" } : {}) }),
      // Ctrl Enter is the page's: Run.
      keymap.of([
        ...closeBracketsKeymap, ...defaultKeymap.filter(({ key }) => key !== "Mod-Enter"), ...searchKeymap, ...historyKeymap, ...foldKeymap, ...lintKeymap,
        ...(readOnly ? [] : [indentWithTab]),
      ]),
      EditorView.domEventHandlers({ keydown: letTabGo, beforeinput: typeOver }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged && !update.transactions.some((transaction) => transaction.annotation(fromOutside))) {
          if (isOpen) changed?.(update.state.doc.toString());
        }
        if (isOpen && update.focusChanged && !update.view.hasFocus) left?.();
      }),
    ],
  });
  const view = new EditorView({ state, parent: root, root });
  return {
    /** Puts another text in place of this one; what stays equal keeps the caret and the undo steps. */
    setText(/** @type {string} */ next) {
      const change = difference(view.state.doc.toString(), next);
      if (change) view.dispatch({ changes: change, annotations: fromOutside.of(true) });
    },
    /** Shows problems: `line` and `column` from 1, columns in Unicode scalar values; no column means the whole line. */
    setProblems(/** @type {{line: number, column?: number, severity: "error" | "warning" | "info", message: string}[]} */ problems) {
      view.dispatch(setDiagnostics(view.state, problems.map((problem) => placed(view.state, problem))));
    },
    /** Puts the caret at the start of a line and shows it. */
    reveal(/** @type {number} */ line) {
      const { from } = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines));
      view.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
    },
    focus: () => view.focus(),
    close() {
      isOpen = false;
      view.destroy();
    },
  };
}

/** Tab indents; after Escape it moves the focus on, until something else is typed. */
function letTabGo(/** @type {KeyboardEvent} */ event, /** @type {EditorView} */ view) {
  if (event.key === "Escape") queueMicrotask(() => view.setTabFocusMode(true));
  else if (!["Tab", "Shift", "Control", "Alt", "Meta"].includes(event.key)) view.setTabFocusMode(false);
  return false;
}

/**
 * Typing over a selection is done here: Chromium's own way keeps the look of what it replaces by a style attribute, which the
 * page's policy forbids.
 */
function typeOver(/** @type {InputEvent} */ event, /** @type {EditorView} */ view) {
  const { main } = view.state.selection;
  const text = event.data;
  if (event.inputType !== "insertText" || text === null || event.isComposing || main.empty || view.state.readOnly) return false;
  event.preventDefault();
  const insert = () => view.state.update(view.state.replaceSelection(text), { userEvent: "input.type", scrollIntoView: true });
  const handlers = view.state.facet(EditorView.inputHandler);
  if (!handlers.some((handler) => handler(view, main.from, main.to, text, insert))) view.dispatch(insert());
  return true;
}

function foldMark(/** @type {boolean} */ open, /** @type {Record<string, string>} */ phrases) {
  const mark = document.createElement("span");
  mark.className = open ? "fold-open" : "fold-shut";
  const title = open ? "Fold" : "Unfold";
  mark.title = phrases[title] ?? title;
  return mark;
}

/** The one change that makes `next` of `text`, or nothing where they are equal. */
function difference(/** @type {string} */ text, /** @type {string} */ next) {
  if (text === next) return null;
  const shorter = Math.min(text.length, next.length);
  let start = 0;
  while (start < shorter && text.charCodeAt(start) === next.charCodeAt(start)) start++;
  let end = 0;
  while (end < shorter - start && text.charCodeAt(text.length - 1 - end) === next.charCodeAt(next.length - 1 - end)) end++;
  return { from: start, to: text.length - end, insert: next.slice(start, next.length - end) };
}

/** A problem at its place in the document: from its column to the end of the word, or the whole line. */
function placed(/** @type {EditorState} */ state, { line, column, severity, message }) {
  const there = state.doc.line(Math.min(Math.max(line, 1), state.doc.lines));
  let from = there.from;
  if (column) from += [...there.text].slice(0, column - 1).join("").length;
  if (!column || from >= there.to) from = there.from + (there.text.length - there.text.trimStart().length);
  const word = column ? /^[\p{L}\p{N}_.]+|^./u.exec(state.sliceDoc(from, there.to)) : null;
  return { from: Math.min(from, there.to), to: word ? from + word[0].length : there.to, severity, message };
}
