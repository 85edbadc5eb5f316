// A workspace that the user does not trust: nothing runs until it is trusted.
import path from 'node:path';
import { Page, folder, remote } from './page.mjs';
import { until } from './report.mjs';

const p = await Page.open([['openFile', remote(path.join(folder, 'count.go'))]]);

await p.step('nothing runs', async () => {
  await p.load();
  await p.ready();
  await p.statusSays('not trusted');
  await p.leaveStatus();
});

await p.step('trusted, it starts', async () => {
  await p.command('Workspaces: Manage Workspace Trust');
  await p.page.locator('.workspace-trust-editor').getByText('Trust', { exact: true }).click();
  await p.keyboard.press('Control+F4');
  await p.showsLines('seen := make(map[string]bool) stack ≤8');
});

await p.close();
