// What the extension offers where there is no server: to choose one, or to build one from a checkout.
import { promises as fs } from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { runGo } from './find';

const module = 'github.com/mapescape/mapescape';

/** Lets the user choose; true means that looking for the server again makes sense. */
export async function selectServer(go: string | undefined): Promise<boolean> {
  const choose = { label: '$(file-binary) Choose the program…', detail: 'Sets mapescape.path for this machine' };
  const build = { label: '$(tools) Build from a checkout…', detail: `Runs "go install ." in a clone of ${module}` };
  const chosen = await vscode.window.showQuickPick([choose, build], { title: 'MapEscape: Select Server' });
  const folder = chosen === build;
  const title = folder ? 'A checkout of mapescape' : 'The program mapescape';
  const [at] = (chosen && (await vscode.window.showOpenDialog({ canSelectFolders: folder, canSelectFiles: !folder, title }))) ?? [];
  if (at && !folder) {
    await vscode.workspace.getConfiguration('mapescape').update('path', at.fsPath, vscode.ConfigurationTarget.Global);
  }
  return at !== undefined && (!folder || buildServer(at.fsPath, go));
}

/** Builds the server where the user agrees. */
async function buildServer(dir: string, go: string | undefined): Promise<boolean> {
  const mod = await fs.readFile(path.join(dir, 'go.mod'), 'utf8').catch(() => '');
  if (!go || !new RegExp(`^module ${module}\\s*$`, 'm').test(mod)) {
    throw new Error(go ? `${dir} is not a checkout of ${module}` : 'there is no go command to build it with');
  }
  const detail = `Runs "${go} install ." in ${dir}. It may download the modules that it needs.`;
  if ((await vscode.window.showWarningMessage('Build and install mapescape?', { modal: true, detail }, 'Build')) !== 'Build') {
    return false;
  }
  const progress = { location: vscode.ProgressLocation.Notification, title: 'Building mapescape' };
  await vscode.window.withProgress(progress, () => runGo(go, ['install', '.'], dir));
  return true;
}
