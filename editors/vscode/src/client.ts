// How the server is spoken to: which documents it sees, and which settings.
import { createInterface } from 'node:readline';
import * as vscode from 'vscode';
import { ConfigurationItem, LanguageClientOptions, LSPAny, StaticFeature } from 'vscode-languageclient/node';

/** Says to the server that its notification mapescape/status has a reader. */
export const tellsStatus: StaticFeature = {
  fillClientCapabilities: (c) => {
    c.experimental = { ...(c.experimental as object | undefined), mapescape: { status: true } };
  },
  initialize: () => undefined,
  getState: () => ({ kind: 'static' }),
  clear: () => undefined,
};

export function clientOptions(outputChannel: vscode.LogOutputChannel, traceOutputChannel: vscode.LogOutputChannel): LanguageClientOptions {
  return {
    documentSelector: [{ scheme: 'file', language: 'go' }],
    outputChannel,
    traceOutputChannel,
    // What the server logs has levels of its own, and is not all errors.
    stdioOptions: { stdout: () => undefined, stderr: (input) => void createInterface({ input }).on('line', (line) => outputChannel.info(line)) },
    initializationOptions: { mapescape: section('mapescape'), gopls: section('gopls') },
    middleware: {
      workspace: {
        // The same, whether the server asks or is told.
        configuration: ({ items }) => items.map(({ section: name, scopeUri }: ConfigurationItem) => section(name ?? '', scopeUri)),
      },
    },
  };
}

/**
 * The settings of a section as the server takes them. What the Go extension is told of the build stands in for what
 * gopls is not told, as it does for gopls; the program's path is ours alone.
 */
function section(name: string, scopeUri?: string): LSPAny {
  const scope = scopeUri === undefined ? undefined : vscode.Uri.parse(scopeUri);
  const own = vscode.workspace.getConfiguration(undefined, scope).get<Record<string, LSPAny>>(name) ?? {};
  switch (name) {
    case 'mapescape': {
      const { path: _, ...rest } = own;
      return rest;
    }
    case 'gopls': {
      const go = vscode.workspace.getConfiguration('go', scope);
      const tags = go.get('buildTags', '');
      const flags = [...(go.get<string[] | null>('buildFlags', []) ?? []), ...(tags ? ['-tags=' + tags] : [])];
      return { buildFlags: flags, env: go.get('toolsEnvVars', {}), ...own };
    }
    default:
      return own;
  }
}
