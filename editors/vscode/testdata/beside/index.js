// Stands in for the Go extension, which is in no registry that the tests may use.
const { createRequire } = require('node:module');
const path = require('node:path');
const vscode = require('vscode');
const { LanguageClient } = createRequire(path.join(process.env.MAPESCAPE_MODULES, 'index.js'))('vscode-languageclient/node');

let client;

exports.activate = async (context) => {
  const { MAPESCAPE_GO: go, MAPESCAPE_GOPLS: gopls } = process.env;
  context.subscriptions.push(vscode.commands.registerCommand('go.languageserver.restart', () => client?.restart()));
  const env = { ...process.env, PATH: path.dirname(go) + path.delimiter + process.env.PATH };
  client = new LanguageClient('gopls', 'gopls', { command: gopls, options: { env } }, {
    documentSelector: [{ scheme: 'file', language: 'go' }],
    initializationOptions: { hints: { assignVariableTypes: true } },
  });
  // Not awaited: who asks for the API must not wait for gopls.
  client.start();
  return { settings: { getExecutionCommand: (tool) => (tool === 'go' ? { binPath: go } : undefined) } };
};

exports.deactivate = () => client?.dispose();
