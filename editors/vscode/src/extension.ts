// The front end of mapescape for VS Code. It finds the server, starts it, and says what it does; all else the server does.
import * as vscode from 'vscode';
import { DiagnosticRelatedInformation, LanguageClient, State } from 'vscode-languageclient/node';
import { clientOptions, tellsStatus } from './client';
import { findGo, findServer, pathWith } from './find';
import { selectServer } from './install';
import { PackageStatus, Status } from './status';

const bad = vscode.LanguageStatusSeverity.Error;
const settings = (scope?: vscode.ConfigurationScope): vscode.WorkspaceConfiguration => vscode.workspace.getConfiguration('mapescape', scope);
const words = (e: unknown): string => (e instanceof Error ? e.message : String(e));

let client: LanguageClient | undefined;

export function activate(context: vscode.ExtensionContext): unknown {
  const log = vscode.window.createOutputChannel('MapEscape', { log: true });
  const trace = vscode.window.createOutputChannel('MapEscape Trace', { log: true });
  const status = new Status();
  let asked = false;

  // Each start waits for the one before, so that never two servers run.
  let latest = Promise.resolve();
  function restart(): Promise<void> {
    latest = latest.then(start).catch((e: unknown) => {
      log.error(words(e));
      status.set({ text: 'Not running', detail: words(e), severity: bad });
    });
    return latest;
  }

  async function start(): Promise<void> {
    await deactivate();
    if (!vscode.workspace.isTrusted) {
      const command = { command: 'workbench.trust.manage', title: 'Manage Trust' };
      return status.set({ text: 'Off', detail: 'nothing is compiled in a workspace that is not trusted', command });
    }
    const go = await findGo(vscode.workspace.workspaceFolders?.[0]?.uri);
    const path = settings().get('path', '');
    const server = await findServer(path, go);
    log.info(`server: ${server ?? 'none'}, go: ${go ?? 'none'}`);
    if (!server) {
      return offer(path ? `${path}, which the setting mapescape.path names, cannot be run` : 'the program mapescape is not installed');
    }
    const run = { command: server, args: ['serve'], options: { env: { ...process.env, PATH: pathWith(go) } } };
    const started = (client = new LanguageClient('mapescape', 'MapEscape', run, clientOptions(log, trace)));
    started.registerFeature(tellsStatus);
    // The contexts tick steps of the walkthrough.
    started.onNotification('mapescape/status', (p: PackageStatus) => {
      status.update(p);
      void vscode.commands.executeCommand('setContext', 'mapescape.analysed', true);
    });
    started.onDidChangeState(({ newState }) => {
      if (client !== started) {
        return;
      }
      void vscode.commands.executeCommand('setContext', 'mapescape.running', newState === State.Running);
      const running = go ? { text: 'Ready' } : { text: 'No go command', detail: 'set go.goroot or PATH', severity: bad };
      status.set(newState === State.Running ? running : newState === State.Starting ? { text: 'Starting', busy: true } : { text: 'Not running', severity: bad });
    });
    await started.start();
  }

  /** Says that there is no server; in a message only once. */
  function offer(why: string): void {
    const [command, never] = [{ command: 'mapescape.selectServer', title: 'Select Server' }, "Don't Ask Again"];
    status.set({ text: 'No server', detail: why, severity: bad, command });
    if (!asked && !context.globalState.get('silent')) {
      asked = true;
      void vscode.window.showWarningMessage(`MapEscape: ${why}.`, command.title, never).then((answer) => {
        return answer === never ? context.globalState.update('silent', true) : answer && vscode.commands.executeCommand(command.command);
      });
    }
  }

  /** Runs a command of the server, by default for the file in front of the user. */
  async function ask<T>(command: string, of: unknown = vscode.window.activeTextEditor?.document.uri.toString()): Promise<T | undefined> {
    return client?.sendRequest<T>('workspace/executeCommand', { command, arguments: [of] });
  }

  /** Shows where the map at the cursor is made and the steps of the compiler's reasoning, as a peek. */
  async function showFlow(): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    if (!client || !editor) {
      return;
    }
    const [uri, { line, character }] = [editor.document.uri, editor.selection.active];
    const steps = await ask<DiagnosticRelatedInformation[]>('mapescape.show_flow', { uri: uri.toString(), position: { line, character } });
    if (!steps?.length) {
      throw new Error('no flow is known here; put the cursor into an operation on a map');
    }
    steps.forEach(({ message }, i) => log.info(`flow, step ${i + 1}: ${message}`));
    // The peek shows lines, so that one step of each is enough there.
    const lines = new Map(steps.map(({ location }) => [`${location.uri}:${location.range.start.line}`, location]));
    const places = [...lines.values()].map((l) => client?.protocol2CodeConverter.asLocation(l));
    await vscode.commands.executeCommand('editor.action.peekLocations', uri, editor.selection.active, places, 'peek');
  }

  async function toggleLevel(): Promise<void> {
    const levels = ['quiet', 'normal', 'all'];
    const own = settings(vscode.window.activeTextEditor?.document);
    const next = levels[(levels.indexOf(own.get('inlayHints.level', 'normal')) + 1) % levels.length];
    const { workspaceFolderValue, workspaceValue } = own.inspect('inlayHints.level') ?? {};
    const { WorkspaceFolder, Workspace, Global } = vscode.ConfigurationTarget;
    await own.update('inlayHints.level', next, workspaceFolderValue ? WorkspaceFolder : workspaceValue ? Workspace : Global);
    vscode.window.setStatusBarMessage(`MapEscape: level ${next}`, 3000);
  }

  const commands: Record<string, () => unknown> = {
    analyzePackage: () => ask('mapescape.analyze_package'),
    showFlow,
    toggleLevel,
    restartServer: restart,
    selectServer: async () => (await selectServer(await findGo())) && restart(),
    showOutput: () => log.show(),
    showReport: async () => vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content: await ask<string>('mapescape.report') })),
  };
  for (const [name, run] of Object.entries(commands)) {
    const guarded = (): Promise<unknown> => Promise.resolve().then(run).catch((e: unknown) => void vscode.window.showErrorMessage('MapEscape: ' + words(e)));
    context.subscriptions.push(vscode.commands.registerCommand('mapescape.' + name, guarded));
  }
  context.subscriptions.push(
    ...[log, trace, status],
    vscode.workspace.onDidGrantWorkspaceTrust(restart),
    vscode.workspace.onDidChangeConfiguration((e) => (e.affectsConfiguration('mapescape.path') ? restart() : undefined)),
  );
  void restart();
  return { status, started: () => latest, client: () => client };
}

export async function deactivate(): Promise<void> {
  const old = client;
  client = undefined;
  await old?.dispose();
}
