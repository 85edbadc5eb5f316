// The entry in the language status of Go files: what the server does with the package in front of the user.
import * as path from 'node:path';
import * as vscode from 'vscode';

/** The parameters of the notification mapescape/status, which tells of one package. */
export interface PackageStatus {
  /** The package's directory. */
  uri: string;
  state: 'analysing' | 'ready' | 'broken' | 'failed' | 'cancelled';
  /** Why, in one line, where the state is not good. */
  message?: string;
  /** Whether the hints are those of an earlier state of the package. */
  old?: boolean;
}

type Line = { text: string } & Partial<Pick<vscode.LanguageStatusItem, 'detail' | 'severity' | 'busy' | 'command'>>;

const { Information, Warning, Error: Bad } = vscode.LanguageStatusSeverity;
const plain: Partial<Line> = { detail: undefined, busy: false, severity: Information, command: { command: 'mapescape.showOutput', title: 'Show Log' } };

export class Status implements vscode.Disposable {
  private readonly item = vscode.languages.createLanguageStatusItem('mapescape.status', { language: 'go', scheme: 'file' });
  private readonly packages = new Map<string, PackageStatus>();
  private readonly following = vscode.window.onDidChangeActiveTextEditor(() => this.draw());
  private server: Line = { text: 'Not started' };

  constructor() {
    this.item.name = 'MapEscape';
    this.draw();
  }

  dispose(): void {
    this.following.dispose();
    this.item.dispose();
  }

  /** Takes what holds for the server as a whole; what was known of packages is forgotten. */
  set(server: Line): void {
    this.packages.clear();
    this.server = server;
    this.draw();
  }

  /** Takes what holds for one package. */
  update(p: PackageStatus): void {
    this.packages.set(vscode.Uri.parse(p.uri).fsPath, p);
    this.draw();
  }

  /** What is shown, for tests. */
  get shown(): string {
    return [this.item.text, this.item.detail].filter(Boolean).join(': ');
  }

  private draw(): void {
    const dir = path.dirname(vscode.window.activeTextEditor?.document.uri.fsPath ?? '');
    const p = this.packages.get(dir);
    Object.assign(this.item, plain, p ? line(p, dir) : this.server);
  }
}

function line(p: PackageStatus, dir: string): Line {
  const hints = p.old ? 'hints are of the last successful analysis' : undefined;
  const detail = [p.message?.replaceAll(dir + path.sep, ''), hints].filter(Boolean).join(' · ');
  const lines: Partial<Record<PackageStatus['state'], Line>> = {
    analysing: { text: 'Analysing', busy: true, detail: path.basename(dir) },
    broken: { text: 'Paused, does not build', detail, severity: Warning },
    failed: { text: 'Analysis failed', detail, severity: Bad },
  };
  return lines[p.state] ?? { text: p.old ? 'Old' : 'Ready', detail };
}
