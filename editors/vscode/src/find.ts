// Where the server and the go command are. Nothing here knows the protocol.
import { execFile } from 'node:child_process';
import { constants, promises as fs } from 'node:fs';
import { homedir } from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import * as vscode from 'vscode';

const exe = process.platform === 'win32' ? '.exe' : '';

/** Where the go command is when PATH does not say: Go's own installers, package managers, version managers. */
const usual = [
  ...['/usr/local/go/bin', '/usr/lib/go/bin', '/usr/local/bin', '/opt/homebrew/bin', '/snap/bin', 'C:\\Program Files\\Go\\bin'],
  ...['.local/go/bin', '.asdf/shims', '.local/share/mise/shims'].map((dir) => path.join(homedir(), dir)),
];

const searchPath = (): string[] => (process.env.PATH ?? '').split(path.delimiter);

/** PATH with the directory of the go command in front, so that the server finds the same one. */
export const pathWith = (go?: string): string => [...(go ? [path.dirname(go)] : []), ...searchPath()].join(path.delimiter);

async function runnable(file: string): Promise<boolean> {
  return fs.access(file, constants.X_OK).then(async () => (await fs.stat(file)).isFile()).catch(() => false);
}

async function firstIn(dirs: (string | undefined)[], name: string): Promise<string | undefined> {
  const files = dirs.filter((dir) => dir && path.isAbsolute(dir)).map((dir) => path.join(dir as string, name + exe));
  const found = await Promise.all(files.map(runnable));
  return files.find((_, i) => found[i]);
}

/** What we use of the API that the Go extension exports. */
type GoExtension = { settings?: { getExecutionCommand?(tool: string, resource?: vscode.Uri): { binPath: string } | undefined } };

/**
 * Finds the go command: the one that the Go extension uses, where it is installed; that of the setting go.goroot; and
 * only then what PATH has, because the extension host's PATH is that of a login shell and often lacks it.
 */
export async function findGo(resource?: vscode.Uri): Promise<string | undefined> {
  // That it fails to start is for it to say.
  const api = await vscode.extensions.getExtension<GoExtension>('golang.go')?.activate().then((a) => a, () => undefined);
  const theirs = api?.settings?.getExecutionCommand?.('go', resource)?.binPath;
  if (theirs && (await runnable(theirs))) {
    return theirs;
  }
  const set = vscode.workspace.getConfiguration('go', resource).get<string>('goroot');
  const [ours, env] = [set, process.env.GOROOT].map((dir) => dir && path.join(dir, 'bin'));
  return firstIn([ours, ...searchPath(), env, ...usual], 'go');
}

/** Runs the go command, by default outside any module, so that no project decides which release answers. */
export async function runGo(go: string, args: string[], cwd = homedir()): Promise<string> {
  const env = { ...process.env, PATH: pathWith(go) };
  return (await promisify(execFile)(go, args, { cwd, env, maxBuffer: 1 << 24 })).stdout;
}

/** Finds the server; setting is mapescape.path, which is taken at its word. */
export async function findServer(setting: string, go: string | undefined): Promise<string | undefined> {
  if (setting) {
    const file = setting.replace(/^~(?=[/\\])/, homedir());
    return (await runnable(file)) ? file : undefined;
  }
  const answer = go && (await runGo(go, ['env', 'GOBIN', 'GOPATH']).catch(() => ''));
  const [gobin, gopath = ''] = answer ? answer.split(/\r?\n/) : [process.env.GOBIN, process.env.GOPATH];
  const bins = [...gopath.split(path.delimiter), path.join(homedir(), 'go')].map((dir) => dir && path.join(dir, 'bin'));
  return firstIn([...searchPath(), gobin, ...bins], 'mapescape');
}
