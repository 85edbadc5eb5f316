// Tests in the extension host: what the extension does, asked through VS Code's own API.
const assert = require('node:assert');
const { execFileSync } = require('node:child_process');
const path = require('node:path');
const vscode = require('vscode');

const root = vscode.workspace.workspaceFolders[0].uri;
const extension = vscode.extensions.getExtension('mapescape.mapescape');
const settings = (section = 'mapescape') => vscode.workspace.getConfiguration(section, root);
const whole = (doc) => new vscode.Range(0, 0, doc.lineCount, 0);

class Skip extends Error {}

async function until(what, get, ms = 30000) {
  let last;
  for (const end = Date.now() + ms; ;) {
    const value = await get((seen) => (last = seen));
    if (value) return value;
    if (Date.now() > end) throw new Error(`timed out: ${what}: ${JSON.stringify(last)}`);
    await new Promise((next) => setTimeout(next, 50));
  }
}

async function open(name = 'count.go') {
  const doc = await vscode.workspace.openTextDocument(vscode.Uri.joinPath(root, name));
  await vscode.window.showTextDocument(doc);
  return doc;
}

/** The hints of a document as "line:column label", counted from 1. */
async function hints(doc) {
  const all = await vscode.commands.executeCommand('vscode.executeInlayHintProvider', doc.uri, whole(doc));
  return all.map(({ position, label }) => `${position.line + 1}:${position.character + 1} ${typeof label === 'string' ? label : label.map((part) => part.value).join('')}`);
}

async function hintsAre(doc, want) {
  await until(`hints ${JSON.stringify(want)}`, async (see) => {
    const got = await hints(doc);
    see(got);
    return JSON.stringify(got) === JSON.stringify(want);
  });
}

async function edit(doc, change) {
  const e = new vscode.WorkspaceEdit();
  change(e);
  assert.ok(await vscode.workspace.applyEdit(e));
  assert.ok(await doc.save());
}

async function statusIs(text) {
  await until(`status ${text}`, (see) => {
    const { shown } = extension.exports.status;
    see(shown);
    return shown.startsWith(text);
  });
}

const capabilities = () => extension.exports.client().initializeResult.capabilities;
const tellsStatus = () => capabilities().experimental?.mapescape?.status;

const normal = ['13:33 heap', '15:32 stack ≤8', '19:43 +1 alloc', '28:30 not lowered', '29:24 heap map', '35:32 stack+heap', '42:25 not lowered', '44:20 stack+heap map'];
const quiet = normal.filter((h) => /heap$|alloc$/.test(h));

const tests = {
  async 'it starts with a Go file, and finds go that PATH lacks'() {
    assert.throws(() => execFileSync('go', ['version']));
    const doc = await open();
    await until('activation', () => extension.isActive);
    await extension.exports.started();
    await statusIs('Ready');
    await hintsAre(doc, normal);
  },

  async 'its commands are there, and none of anybody else'() {
    const declared = extension.packageJSON.contributes.commands.map((c) => c.command);
    const own = (await vscode.commands.getCommands(true)).filter((c) => c.startsWith('mapescape.'));
    const server = capabilities().executeCommandProvider.commands;
    assert.deepEqual(own.filter((c) => !c.startsWith('mapescape.start')).sort(), [...declared, ...server].sort());
  },

  async 'the hover explains'() {
    const doc = await open();
    const all = await vscode.commands.executeCommand('vscode.executeHoverProvider', doc.uri, new vscode.Position(28, 4));
    const text = all.flatMap((h) => h.contents.map((c) => c.value ?? c)).join('\n');
    assert.match(text, /heap map/);
    assert.match(text, /Index\{/);
  },

  async 'a part of a hint leads to where the map is made'() {
    const doc = await open();
    const client = extension.exports.client();
    const range = { start: { line: 28, character: 0 }, end: { line: 29, character: 0 } };
    const [hint] = await client.sendRequest('textDocument/inlayHint', { textDocument: { uri: doc.uri.toString() }, range });
    const { label } = await client.sendRequest('inlayHint/resolve', hint);
    assert.equal(label[0].location.range.start.line, 12);
  },

  async 'the level is toggled'() {
    const doc = await open();
    const toggle = () => vscode.commands.executeCommand('mapescape.toggleLevel');
    await toggle();
    await until('more hints', async () => (await hints(doc)).length > normal.length);
    await toggle();
    await hintsAre(doc, quiet);
    await toggle();
    await hintsAre(doc, normal);
  },

  async 'a setting takes effect at once'() {
    const doc = await open();
    await settings().update('inlayHints.make', false, vscode.ConfigurationTarget.Workspace);
    await hintsAre(doc, normal.filter((h) => !/ (heap|stack ≤8|stack\+heap)$/.test(h)));
    await settings().update('inlayHints.make', undefined, vscode.ConfigurationTarget.Workspace);
    await hintsAre(doc, normal);
  },

  async 'hints stay while a package does not build'() {
    const doc = await open();
    await edit(doc, (e) => e.insert(doc.uri, new vscode.Position(24, 0), 'var broken int = "text"\n'));
    if (tellsStatus()) await statusIs('Paused');
    const moved = normal.map((h) => h.replace(/^\d+/, (n) => (Number(n) > 24 ? Number(n) + 1 : n)));
    await hintsAre(doc, moved);
    await edit(doc, (e) => e.delete(doc.uri, new vscode.Range(24, 0, 25, 0)));
    await statusIs('Ready');
    await hintsAre(doc, normal);
  },

  async 'a save brings new hints'() {
    const doc = await open();
    await edit(doc, (e) => e.insert(doc.uri, new vscode.Position(doc.lineCount, 0), '\nvar Extra = map[int]int{}\n'));
    await hintsAre(doc, [...normal, '50:26 heap']);
    await edit(doc, (e) => e.delete(doc.uri, new vscode.Range(48, 0, doc.lineCount, 0)));
    await hintsAre(doc, normal);
  },

  async 'with the trigger manual, the command analyses'() {
    const doc = await open();
    await settings().update('analysis.trigger', 'manual', vscode.ConfigurationTarget.Workspace);
    await edit(doc, (e) => e.insert(doc.uri, new vscode.Position(doc.lineCount, 0), '\nvar Extra = map[int]int{}\n'));
    await vscode.commands.executeCommand('mapescape.analyzePackage');
    await hintsAre(doc, [...normal, '50:26 heap']);
    await settings().update('analysis.trigger', undefined, vscode.ConfigurationTarget.Workspace);
    await edit(doc, (e) => e.delete(doc.uri, new vscode.Range(48, 0, doc.lineCount, 0)));
    await hintsAre(doc, normal);
  },

  async 'the build tags of the Go extension are those of the analysis'() {
    const doc = await open('tagged.go');
    assert.deepEqual(await hints(doc), []);
    // Written by hand: VS Code writes no setting that no extension declares.
    const file = vscode.Uri.joinPath(root, '.vscode', 'settings.json');
    for (const [tags, want] of [['special', ['5:30 heap']], ['', []]]) {
      await vscode.workspace.fs.writeFile(file, Buffer.from(JSON.stringify({ 'go.buildTags': tags })));
      await until('the setting', () => settings('go').get('buildTags') === tags);
      await vscode.commands.executeCommand('mapescape.restartServer');
      await hintsAre(doc, want);
    }
  },

  async 'a quick fix changes the document'() {
    const doc = await open();
    if (!capabilities().codeActionProvider) throw new Skip('the server offers no code actions');
    const at = new vscode.Range(27, 5, 27, 5);
    const find = () => vscode.commands.executeCommand('vscode.executeCodeActionProvider', doc.uri, at, vscode.CodeActionKind.QuickFix.value, 20);
    const fixes = await until('a quick fix', async (see) => {
      const got = (await find()).filter((a) => a.title.includes('clear(x.lines)'));
      see(got);
      return got.length > 0 && got;
    });
    assert.equal(fixes.length, 1);
    assert.ok(fixes[0].edit, 'the action has no edit');
    assert.ok(await vscode.workspace.applyEdit(fixes[0].edit));
    assert.match(doc.getText(), /\tclear\(x\.lines\)\n}/);
    await doc.save();
    await until('the hint behind clear', async (see) => {
      const got = await hints(doc);
      see(got);
      return got.includes('28:16 heap map');
    });
    assert.deepEqual(vscode.languages.getDiagnostics(doc.uri).filter((d) => d.range.start.line === 27), []);
  },

  async 'the report opens'() {
    await open();
    await vscode.commands.executeCommand('mapescape.showReport');
    assert.match(vscode.window.activeTextEditor.document.getText(), /^Mapescape's report/);
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  },

  async 'a restart brings everything back'() {
    const doc = await open();
    const before = extension.exports.client();
    const had = await hints(doc);
    await vscode.commands.executeCommand('mapescape.restartServer');
    assert.notEqual(extension.exports.client(), before);
    await hintsAre(doc, had);
  },

  async 'a path that cannot be run is told, and forgotten when it is gone'() {
    const doc = await open();
    const had = await hints(doc);
    await settings().update('path', path.join(root.fsPath, 'no-such-program'), vscode.ConfigurationTarget.Workspace);
    await statusIs('No server');
    await settings().update('path', undefined, vscode.ConfigurationTarget.Workspace);
    await statusIs('Ready');
    await hintsAre(doc, had);
  },
};

exports.run = async () => {
  let failed = 0;
  for (const [step, run] of Object.entries(tests)) {
    const began = Date.now();
    const line = { step };
    try {
      await run();
    } catch (e) {
      if (e instanceof Skip) line.skipped = e.message;
      else {
        line.error = String(e.stack ?? e);
        failed++;
      }
    }
    console.log(JSON.stringify({ ...line, ms: Date.now() - began }));
  }
  if (failed) throw new Error(`${failed} steps failed`);
};
