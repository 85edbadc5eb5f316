// The workbench of VS Code in a browser: what a user sees of it, and what a user does.
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { step, until } from './report.mjs';

/** From the environment: the server's address, the folder to open, where pictures go, if they are wanted. */
const { MAPESCAPE_URL: address, MAPESCAPE_FOLDER: folder, MAPESCAPE_PICTURES: pictures, MAPESCAPE_FAILURES: failures, CHROMIUM } = process.env;
export { folder };

export const remote = (file) => `vscode-remote://${new URL(address).host}${file}`;

export class Page {
  /** Opens the folder with payload, a list of the workbench's own options. */
  static async open(payload = [], { width = 900, height = 640 } = {}) {
    const p = new Page();
    p.profile = mkdtempSync(path.join(tmpdir(), 'mapescape-chromium-'));
    p.browser = await chromium.launchPersistentContext(p.profile, {
      executablePath: CHROMIUM,
      headless: true,
      viewport: { width, height },
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    });
    p.page = p.browser.pages()[0] ?? (await p.browser.newPage());
    p.keyboard = p.page.keyboard;
    // Nothing is asked of any other machine.
    await p.page.route((u) => u.hostname !== '127.0.0.1' && /^https?:$/.test(u.protocol), (route) => route.abort());
    p.payload = payload;
    return p;
  }

  /** Loads the workbench. */
  async load() {
    const query = new URLSearchParams({ folder, payload: JSON.stringify(this.payload) });
    await this.page.goto(`${address}/?${query}`, { waitUntil: 'domcontentloaded' });
  }

  async ready() {
    await this.page.waitForSelector('.explorer-folders-view .monaco-list-row', { timeout: 90000 });
    await this.keyboard.press('Control+B'); // the side bar goes
    await this.page.waitForSelector('.explorer-folders-view', { state: 'hidden' });
  }

  async close() {
    await this.browser.close();
    rmSync(this.profile, { recursive: true, force: true });
  }

  /** A step whose failure leaves a picture. */
  step(name, run) {
    return step(name, run, async () => {
      if (!failures) return;
      mkdirSync(failures, { recursive: true });
      await this.page.screenshot({ path: path.join(failures, name.replaceAll(/\W+/g, '-') + '.png') });
    });
  }

  /** What an element shows, with the workbench's spaces made plain ones. */
  async text(selector) {
    const all = await this.page.locator(selector).allInnerTexts();
    return all.join('\n').replaceAll(/[\u00a0\u2000-\u200a]/g, ' ').replaceAll(/[\u200b-\u200f\u2060\ufeff]/g, '').trim();
  }

  /** The lines of the editor as they are drawn, hints included. What is between a hint and the code is no space, but a margin. */
  async lines() {
    return (await this.text('.editor-instance .view-lines')).split('\n').map((l) => l.trim());
  }

  /** Waits until these lines of code, each with its hints and nothing else, are drawn. */
  async showsLines(...want) {
    const bare = (l) => l.replaceAll(' ', '');
    let lines = [];
    await until(`lines in the editor: ${want}`, async () => {
      lines = await this.lines();
      return want.every((w) => lines.some((l) => bare(l) === bare(w)));
    }, () => lines);
  }

  /** Opens the quick input, whatever took the key before, and picks a row. */
  async quick(what, row = what) {
    const input = '.quick-input-widget .quick-input-box input';
    for (let i = 0; ; i++) {
      await this.keyboard.press('F1');
      try {
        await this.page.waitForSelector(input, { state: 'visible', timeout: 5000 });
        break;
      } catch (e) {
        if (i === 4) throw e;
      }
    }
    await this.page.fill(input, what);
    await this.page.waitForSelector(`.quick-input-list .monaco-list-row:has-text(${JSON.stringify(row)})`);
    await this.keyboard.press('Enter');
  }

  /** Runs a command of the palette. */
  async command(title) {
    await this.quick('>' + title, title);
    await this.page.waitForSelector('.quick-input-widget', { state: 'hidden' });
  }

  /** Puts the cursor somewhere, both counted from 1. */
  async goto(line, column = 1) {
    await this.quick(`:${line}:${column}`, 'line');
    await this.page.waitForSelector('.quick-input-widget', { state: 'hidden' });
  }

  /** Hovers over code that is drawn in one piece, and gives what the hover says. */
  async hover(code, says) {
    let text = '';
    await until(`hover over ${code} with ${says}`, async () => {
      const at = await this.page.locator('.editor-instance .view-line span span', { hasText: code }).last().boundingBox();
      await this.page.mouse.move(at.x + at.width + 200, at.y + at.height * 8);
      await this.page.mouse.move(at.x + at.width / 2, at.y + at.height / 2, { steps: 3 });
      for (let i = 0; i < 20; i++) {
        text = await this.text('.monaco-hover:not(.hidden) .hover-row');
        if (says.every((s) => text.includes(s))) return true;
        await this.page.waitForTimeout(100);
      }
      return false;
    }, () => text);
    return text;
  }

  /** The titles in the menu of code actions at the cursor. */
  async actions() {
    const row = '.action-widget .monaco-list-row';
    for (let i = 0; ; i++) {
      await this.keyboard.press('Control+.');
      try {
        await this.page.waitForSelector(row, { timeout: 4000 });
        break;
      } catch (e) {
        if (i === 4) throw e;
      }
    }
    return (await this.text(row)).split('\n');
  }

  /** Takes an action of the open menu, by key: in some versions a layer over the menu takes the clicks. */
  async take(title) {
    for (let i = 0; i < 40; i++) {
      if ((await this.text('.action-widget .monaco-list-row.focused')).includes(title)) return this.keyboard.press('Enter');
      await this.keyboard.press('ArrowDown');
      await this.page.waitForTimeout(30);
    }
    throw new Error(`no action ${title}`);
  }

  /** What the language status of the file says, each entry a line. The pointer stays on it, so that it stays open. */
  async status() {
    const item = this.page.locator('[id="status.languageStatus"]');
    if (!(await this.page.locator('.hover-language-status').isVisible())) {
      await this.page.mouse.move(400, 300);
      await item.hover();
      await this.page.waitForSelector('.hover-language-status', { timeout: 5000 }).catch(() => undefined);
    }
    return this.text('.hover-language-status');
  }

  async statusSays(text) {
    await until(`language status with ${text}`, async () => (await this.status()).includes(text), () => this.status());
  }

  async leaveStatus() {
    await this.page.mouse.move(400, 300);
    await this.page.waitForSelector('.hover-language-status', { state: 'hidden' });
  }

  save() {
    return this.keyboard.press('Control+S');
  }

  /** Merges settings of the folder, which take effect at once. */
  set(values) {
    const file = path.join(folder, '.vscode', 'settings.json');
    mkdirSync(path.dirname(file), { recursive: true });
    let all = {};
    try {
      all = JSON.parse(readFileSync(file, 'utf8'));
    } catch {
      // There are none yet.
    }
    writeFileSync(file, JSON.stringify({ ...all, ...values }));
  }

  /** Takes a picture in a dark and a light theme, if pictures are wanted. */
  async picture(name, clip) {
    if (!pictures) return;
    mkdirSync(pictures, { recursive: true });
    for (const [shade, theme, base] of [['light', 'Default Light Modern', 'vs'], ['dark', 'Default Dark Modern', 'vs-dark']]) {
      this.set({ 'workbench.colorTheme': theme });
      await this.page.waitForSelector(`.monaco-workbench.${base}`);
      await this.page.waitForTimeout(300); // the colours fade
      await this.page.screenshot({ path: path.join(pictures, `${name}-${shade}.png`), clip });
    }
  }
}
