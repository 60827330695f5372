// The extension in Node, with the real language client and the real server.
"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const Module = require("node:module");
const os = require("node:os");
const path = require("node:path");
const test = require("node:test");
const { pathToFileURL } = require("node:url");
const { makeWindow, Uri } = require("./vscode-stub.js");

const CODE = 'def f(cur):\n    cur.execute("DELETE FROM payment_outbox_pending")\n';
const COMMAND = JSON.parse(process.env.OUTBOX_GUARD_COMMAND ?? '["outbox-guard", "lsp"]');

/** The bundle as VS Code loads it, in a window with one file open. */
function load(settings) {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "outbox-guard-")));
  fs.writeFileSync(path.join(folder, "outbox-guard.toml"), "");
  const uri = Uri.parse(pathToFileURL(path.join(folder, "relay.py")).href);
  const document = { uri, languageId: "python", version: 1, getText: () => CODE, isClosed: false };
  const window = makeWindow({ documents: [document], folder: Uri.parse(pathToFileURL(folder).href), settings });
  const resolve = Module._load;
  Module._load = (name, ...rest) => (name === "vscode" ? window.vscode : resolve(name, ...rest));
  const bundle = path.join(__dirname, "..", "dist", "extension.js");
  delete require.cache[bundle];
  const extension = require(bundle);
  Module._load = resolve;
  return { extension, window, uri, folder };
}

test("an open file gets its diagnostics", { timeout: 120_000 }, async () => {
  const { extension, window, uri, folder } = load({ command: COMMAND });
  const published = new Promise((done) => window.published.event((each) => each.found.length && done(each)));
  await extension.activate({ subscriptions: [] });
  const { uri: where, found } = await published;
  assert.equal(where, uri.toString());
  assert.deepEqual(
    found.map(({ code, range }) => [code.value ?? code, range.start.line]),
    [["OBG103", 1]],
  );
  await extension.deactivate();
  fs.rmSync(folder, { recursive: true });
});

test("a command that is not there is told of", { timeout: 60_000 }, async () => {
  const { extension, window, folder } = load({ command: ["no-such-program"] });
  await extension.activate({ subscriptions: [] });
  assert.match(window.seen.errors.join(), /pip install 'outbox-guard\[lsp\]'/);
  await extension.deactivate();
  fs.rmSync(folder, { recursive: true });
});
