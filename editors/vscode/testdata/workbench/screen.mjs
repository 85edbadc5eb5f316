// What a user sees and does: hints, hover, level, flow, a package that stops building, a quick fix, the walkthrough.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Page, folder, remote } from './page.mjs';
import { Skip, until } from './report.mjs';

const able = JSON.parse(process.env.MAPESCAPE_SERVER); // the capabilities of the server
const file = path.join(folder, 'count.go');
const p = await Page.open([['openFile', remote(file)]]);

await p.step('workbench', async () => {
  await p.load();
  await p.ready();
});

await p.step('hints', async () => {
  await p.showsLines(
    'lines := make(map[string][]int) heap',
    'seen := make(map[string]bool) stack ≤8',
    'lines[word] = append(lines[word], i+1) +1 alloc',
    'for word, _ := range x.lines not lowered {',
    'delete(x.lines, word) heap map',
  );
  await p.picture('hints');
});

await p.step('hover', async () => {
  await p.hover('delete', ['heap map', 'Index{...}', 'go1.']);
  await p.picture('hover');
  await p.keyboard.press('Escape');
});

await p.step('level', async () => {
  await p.command('MapEscape: Toggle Level of Hints');
  await p.showsLines('seen[word] = true stack map, may grow');
  await p.command('MapEscape: Toggle Level of Hints');
  await p.showsLines('seen := make(map[string]bool)', 'lines := make(map[string][]int) heap');
  await p.command('MapEscape: Toggle Level of Hints');
  await p.showsLines('seen := make(map[string]bool) stack ≤8');
});

await p.step('status', async () => {
  await p.statusSays('Ready');
  await p.leaveStatus();
});

await p.step('a package that stops building', async () => {
  await p.goto(10);
  await p.keyboard.type('var x int = "text"\n');
  await p.save();
  if (able.experimental?.mapescape?.status) {
    await p.statusSays('does not build');
    await p.picture('paused');
    await p.leaveStatus();
  }
  await p.showsLines('var x int = "text"', 'seen := make(map[string]bool) stack ≤8');
  await p.goto(10);
  await p.keyboard.press('Control+Shift+K');
  await p.goto(14, 100);
  await p.keyboard.type(' // new');
  await p.save();
  await p.statusSays('Ready');
  await p.leaveStatus();
  await p.showsLines('seen := make(map[string]bool) stack ≤8');
});

await p.step('flow', async () => {
  if (!able.executeCommandProvider?.commands.includes('mapescape.show_flow')) throw new Skip('the server has no command for it');
  await p.goto(29, 12);
  await p.command('MapEscape: Show the Flow of This Map');
  await p.page.waitForSelector('.peekview-widget .ref-tree .referenceMatch');
  await until('the place where the map is made', async () => (await p.text('.peekview-widget')).includes('make(map[string][]int)'), () => p.text('.peekview-widget'));
  await p.picture('flow');
  await p.keyboard.press('Escape');
  await p.page.waitForSelector('.peekview-widget', { state: 'hidden' });
});

await p.step('quick fix', async () => {
  if (!able.codeActionProvider) throw new Skip('the server offers no code actions');
  const title = 'clear(x.lines)';
  await p.goto(28, 6);
  await p.page.waitForSelector('[class*="codicon-light-bulb"], [class*="codicon-gutter-lightbulb"], .lightBulbWidget');
  const titles = await p.actions();
  if (titles.filter((t) => t.includes(title)).length !== 1) throw new Error(JSON.stringify(titles));
  await p.picture('fix');
  await p.take(title);
  await until('the changed text', async () => (await p.lines()).some((l) => l.startsWith('clear(x.lines)')), () => p.lines());
  await p.save();
  await until('the text on the disk', () => /\tclear\(x\.lines\)\n}/.test(readFileSync(file, 'utf8')));
  await p.showsLines('clear(x.lines) heap map');
  await p.picture('fixed');
});

await p.step('walkthrough', async () => {
  await p.page.setViewportSize({ width: 1300, height: 800 }); // a narrow one shows no pictures
  await p.quick('>Welcome: Open Walkthrough', 'Open Walkthrough');
  await p.page.locator('.quick-input-list .monaco-list-row', { hasText: 'Get Started with MapEscape' }).click();
  const steps = p.page.locator('.getting-started-step');
  await until('four steps', async () => (await steps.count()) === 4, () => steps.allInnerTexts());
  for (const title of ['Open and save a Go file', 'Read a hint', 'Follow a map', 'Install the server']) {
    await steps.filter({ hasText: title }).click();
    const picture = p.page.locator('.getting-started-media img');
    await picture.waitFor();
    await until(`the picture of ${title}`, async () => picture.evaluate((i) => i.complete && i.naturalWidth > 0).catch(() => false));
  }
});

await p.close();
