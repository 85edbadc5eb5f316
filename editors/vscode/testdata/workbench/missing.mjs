// A machine without the server: it is said once, and built from a checkout when the user wants that.
import path from 'node:path';
import { Page, folder, remote } from './page.mjs';
import { until } from './report.mjs';

const p = await Page.open([['openFile', remote(path.join(folder, 'count.go'))]]);
// The centre, because a workbench that can be driven shows no notification by itself.
const notice = '.notifications-center .notification-list-item';
const checkout = process.env.MAPESCAPE_CHECKOUT;
const input = '.quick-input-widget .quick-input-box input';

await p.step('it is said', async () => {
  await p.load();
  await p.ready();
  await p.statusSays('not installed');
  await p.leaveStatus();
  await p.command('Notifications: Show Notifications');
  await until('the notification', async () => (await p.text(notice)).includes('not installed'), () => p.text(notice));
  await p.picture('missing');
});

await p.step('commands do not fail', async () => {
  await p.command('MapEscape: Analyse Package');
  await p.command('MapEscape: Restart Server');
  if ((await p.text(notice)).split('not installed').length !== 2) throw new Error(await p.text(notice));
});

await p.step('building needs consent', async () => {
  await p.page.locator(notice).getByText('Select Server').click();
  await p.page.locator('.quick-input-list .monaco-list-row', { hasText: 'Build from a checkout' }).click();
  const dialog = '.monaco-dialog-box';
  await until('the question', async () => {
    if ((await p.text(dialog)).includes('install .')) return true;
    // The dialog for a folder shows its first folder late, over what was typed before.
    const folder = p.page.locator(input);
    if (await folder.isVisible()) {
      await folder.fill(checkout, { timeout: 1000 }).catch(() => undefined);
      await p.page.waitForTimeout(500);
      const typed = await folder.inputValue({ timeout: 100 }).catch(() => '');
      if (typed.startsWith(checkout)) await folder.press('Enter', { timeout: 500 }).catch(() => undefined);
    }
    await p.page.waitForTimeout(500);
    return false;
  }, () => p.text(dialog));
  await p.page.locator(dialog).getByText('Build', { exact: true }).click();
});

await p.step('it is built, and hints are there', async () => {
  await p.showsLines('seen := make(map[string]bool) stack ≤8');
  await p.statusSays('Ready');
});

await p.close();
