// As much of VS Code's API as the language client needs to open a document and show diagnostics.
"use strict";

const { pathToFileURL } = require("node:url");

class Position {
  constructor(line, character) {
    Object.assign(this, { line, character });
  }
}
class Range {
  constructor(start, end, ...rest) {
    Object.assign(this, rest.length ? { start: new Position(start, end), end: new Position(...rest) } : { start, end });
  }
}
class Diagnostic {
  constructor(range, message, severity) {
    Object.assign(this, { range, message, severity });
  }
}
class Uri {
  constructor(text) {
    this.text = text;
    this.scheme = text.split(":")[0];
    this.fsPath = decodeURIComponent(new URL(text).pathname);
  }
  static parse(text) {
    return new Uri(text);
  }
  static file(path) {
    return new Uri(pathToFileURL(path).href);
  }
  toString() {
    return this.text;
  }
}
class Disposable {
  constructor(dispose = () => {}) {
    this.dispose = dispose;
  }
  static from(...all) {
    return new Disposable(() => all.forEach((each) => each.dispose()));
  }
}
class TabInputText {
  constructor(uri) {
    this.uri = uri;
  }
}
class EventEmitter {
  listeners = [];
  event = (listener, self) => {
    this.listeners.push(listener.bind(self));
    return new Disposable();
  };
  fire(value) {
    for (const listener of this.listeners) listener(value);
  }
  dispose() {}
}
class CancellationTokenSource {
  token = { isCancellationRequested: false, onCancellationRequested: () => new Disposable() };
  cancel() {}
  dispose() {}
}

/** Stands for all that nobody asks about: it can be called, made and looked into. */
function anything(name) {
  const base = class {};
  return new Proxy(base, {
    get: (target, key) => (key in target || typeof key === "symbol" ? target[key] : anything(`${name}.${key}`)),
    apply: () => new Disposable(),
  });
}

function lenient(name, known) {
  return new Proxy(known, {
    get: (target, key) => {
      if (key in target || typeof key === "symbol") return target[key];
      if (/^on[A-Z]/.test(key)) return new EventEmitter().event;
      return anything(`${name}.${key}`);
    },
  });
}

/** A window with these documents and settings; what is published and shown is kept. */
function makeWindow({ documents, folder, settings }) {
  const published = new EventEmitter();
  const seen = { errors: [], commands: {} };
  const configured = new EventEmitter();
  const vscode = lenient("vscode", {
    version: "1.99.0",
    Position, Range, Diagnostic, Uri, Disposable, EventEmitter, CancellationTokenSource, TabInputText,
    env: lenient("env", { appName: "stub", language: "en", machineId: "stub" }),
    workspace: lenient("workspace", {
      textDocuments: documents,
      notebookDocuments: [],
      workspaceFolders: [{ uri: folder, name: "project", index: 0 }],
      getConfiguration: () => ({ get: (key, otherwise) => settings[key] ?? otherwise }),
      onDidChangeConfiguration: configured.event,
      createFileSystemWatcher: () => lenient("watcher", { dispose() {} }),
    }),
    window: lenient("window", {
      activeTextEditor: { document: documents[0] },
      visibleTextEditors: documents.map((document) => ({ document })),
      tabGroups: lenient("tabGroups", {
        all: [{ tabs: documents.map(({ uri }) => ({ input: new TabInputText(uri) })) }],
      }),
      createOutputChannel: () => lenient("channel", { append() {}, appendLine() {}, show() {}, dispose() {} }),
      showErrorMessage: (message) => Promise.resolve(seen.errors.push(message) && undefined),
    }),
    languages: lenient("languages", {
      match: (selector, document) =>
        [selector].flat().some((each) => each.language === document.languageId) ? 10 : 0,
      registerDiagnosticProvider: () => new Disposable(),
      createDiagnosticCollection: () => ({
        set: (uri, found) => published.fire({ uri: uri.toString(), found }),
        delete() {}, clear() {}, dispose() {}, has: () => false,
      }),
    }),
    commands: lenient("commands", {
      registerCommand: (name, run) => ((seen.commands[name] = run), new Disposable()),
    }),
  });
  return { vscode, seen, published, configured };
}

module.exports = { makeWindow, Uri };
