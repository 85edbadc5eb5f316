// Runs ../host/index.js in the real extension host, and passes on what it says.
import { Page, remote } from './page.mjs';
import { report } from './report.mjs';

const p = await Page.open([
  ['extensionDevelopmentPath', remote(process.env.MAPESCAPE_EXTENSION)],
  ['extensionTestsPath', remote(process.env.MAPESCAPE_TESTS)],
]);
let end;
const ended = new Promise((resolve) => (end = resolve));
const other = [];
await p.page.exposeFunction('codeAutomationLog', (type, args) => {
  for (const text of args.join(' ').split('\n')) {
    if (text.startsWith('{"step"')) console.log(text);
    else other.push(text);
  }
});
await p.page.exposeFunction('codeAutomationExit', (code) => end(code));
setTimeout(() => end('no end within three minutes'), 180000).unref();
await p.load();
const code = await ended;
report({ step: 'end', error: code === 0 ? undefined : `${code}\n${other.slice(-30).join('\n')}` });
await p.close();
process.exit(0);
