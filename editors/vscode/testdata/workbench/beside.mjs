// Beside gopls, which an extension with the name and the API of the Go extension runs: what both say is there, nothing twice.
import path from 'node:path';
import { Page, folder, remote } from './page.mjs';
import { Skip, until } from './report.mjs';

const able = JSON.parse(process.env.MAPESCAPE_SERVER);
const p = await Page.open([['openFile', remote(path.join(folder, 'count.go'))]]);
const count = (text, part) => text.split(part).length - 1;

await p.step('hints of both', async () => {
  await p.load();
  await p.ready();
  let line = '';
  const both = (ms) => until('both hints on the line', async () => {
    line = (await p.lines()).find((l) => l.startsWith('seen')) ?? '';
    return line.includes('stack ≤8') && line.includes('map[string]bool :=');
  }, () => line, ms);
  try {
    await both(20000);
  } catch {
    // While gopls still loads, the workbench can miss that our hints have come.
    await p.command('MapEscape: Analyse Package');
    await both(40000);
  }
  if (count(line, 'stack ≤8') !== 1 || count(line, 'map[string]bool') !== 2) throw new Error(line);
});

await p.step('hovers of both', async () => {
  const text = await p.hover('delete', ['func delete', 'heap map']);
  if (count(text, 'func delete') !== 1 || count(text, 'go1.') !== 1) throw new Error(text);
  await p.keyboard.press('Escape');
});

await p.step('actions of both', async () => {
  if (!able.codeActionProvider) throw new Skip('the server offers no code actions');
  await p.goto(28, 6);
  const titles = await p.actions();
  if (titles.filter((t) => t.includes('clear(x.lines)')).length !== 1 || !titles.some((t) => t.includes('Browse'))) throw new Error(JSON.stringify(titles));
  await p.keyboard.press('Escape');
});

await p.close();
