'use strict';
// A session with mapescape by way of Microsoft's implementation of the
// protocol, which reads and writes the messages and knows their types.
//
//	node client.js PROGRAM MODULE
//
// MODULE is a directory with a file a.go. What the server did is written to
// standard output as JSON, a line for each step; node_test.go compares it.

const { spawn } = require('node:child_process');
const { readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');
const lsp = require('vscode-languageserver-protocol/node');

const [program, module_] = process.argv.slice(2);
const path = join(module_, 'a.go');
const uri = pathToFileURL(path).href;
const tell = (step, value) => process.stdout.write(JSON.stringify({ step, value }) + '\n');

async function main() {
	const server = spawn(program, ['serve'], { cwd: module_, stdio: ['pipe', 'pipe', 'inherit'] });
	const exited = new Promise((resolve) => server.on('exit', (code, signal) => resolve(signal ?? code)));
	const connection = lsp.createProtocolConnection(
		new lsp.StreamMessageReader(server.stdout),
		new lsp.StreamMessageWriter(server.stdin),
	);
	connection.onError(([error]) => tell('error', String(error)));
	connection.onUnhandledNotification((n) => tell('unhandled', n.method));

	// Each refresh is an analysis that is in place.
	let refreshed = 0;
	let wake = () => {};
	connection.onRequest(lsp.InlayHintRefreshRequest.type, () => {
		refreshed++;
		wake();
	});
	const analysed = async (n) => {
		while (refreshed < n) {
			await new Promise((resolve) => (wake = resolve));
		}
	};
	const asked = [];
	connection.onRequest(lsp.ConfigurationRequest.type, (p) => {
		asked.push(...p.items.map((i) => i.section));
		return p.items.map(() => ({ inlayHints: { level: 'normal' } }));
	});
	connection.onRequest(lsp.RegistrationRequest.type, () => {});
	connection.onRequest(lsp.UnregistrationRequest.type, () => {});
	connection.onRequest(lsp.WorkDoneProgressCreateRequest.type, () => {});
	connection.onNotification(lsp.LogMessageNotification.type, (p) => p.type <= lsp.MessageType.Warning && tell('log', p.message));
	connection.onNotification(lsp.LogTraceNotification.type, () => {});
	connection.onNotification(lsp.PublishDiagnosticsNotification.type, () => {});
	connection.listen();

	const init = await connection.sendRequest(lsp.InitializeRequest.type, {
		processId: process.pid,
		rootUri: pathToFileURL(module_).href,
		workspaceFolders: [{ uri: pathToFileURL(module_).href, name: 'm' }],
		capabilities: {
			workspace: {
				inlayHint: { refreshSupport: true },
				configuration: true,
				workspaceFolders: true,
				didChangeConfiguration: { dynamicRegistration: true },
			},
			textDocument: {
				synchronization: { didSave: true, dynamicRegistration: true },
				hover: { contentFormat: ['markdown', 'plaintext'] },
				inlayHint: {},
			},
			window: { workDoneProgress: true },
			general: { positionEncodings: ['utf-16'] },
		},
	});
	tell('initialize', [init.serverInfo?.name, init.capabilities.positionEncoding, !!init.capabilities.hoverProvider, !!init.capabilities.inlayHintProvider]);
	await connection.sendNotification(lsp.InitializedNotification.type, {});

	let text = readFileSync(path, 'utf8');
	await connection.sendNotification(lsp.DidOpenTextDocumentNotification.type, {
		textDocument: { uri, languageId: 'go', version: 1, text },
	});
	await analysed(1);

	// The place of each hint and the first word of its label: the test is not about the wording.
	const hints = async () => {
		const found = await connection.sendRequest(lsp.InlayHintRequest.type, {
			textDocument: { uri },
			range: { start: { line: 0, character: 0 }, end: { line: 1000, character: 0 } },
		});
		return found.map((h) => {
			const label = typeof h.label === 'string' ? h.label : h.label.map((part) => part.value).join('');
			return `${h.position.line}:${h.position.character} ${label.split(' ')[0]}`;
		});
	};
	const hover = async (line) => {
		const h = await connection.sendRequest(lsp.HoverRequest.type, { textDocument: { uri }, position: { line, character: 8 } });
		return h && [h.contents.kind, h.contents.value.includes('make(map[string]int, n)'), h.range];
	};
	tell('hints', await hints());
	tell('hover', await hover(3));
	tell('hover beside', await hover(0));

	// An edit moves what is known; a save brings news.
	await connection.sendNotification(lsp.DidChangeTextDocumentNotification.type, {
		textDocument: { uri, version: 2 },
		contentChanges: [{ range: { start: { line: 2, character: 0 }, end: { line: 2, character: 0 } }, text: '// 😀\n' }],
	});
	tell('hints after an edit', await hints());
	text = text.replace('func keep', '// 😀\nfunc keep');
	await connection.sendNotification(lsp.DidChangeTextDocumentNotification.type, {
		textDocument: { uri, version: 3 },
		contentChanges: [{ text: (text += '\nvar global = make(map[string]bool)\n') }],
	});
	writeFileSync(path, text);
	await connection.sendNotification(lsp.DidSaveTextDocumentNotification.type, { textDocument: { uri } });
	await connection.sendRequest(lsp.ExecuteCommandRequest.type, { command: 'mapescape.analyze_package', arguments: [uri] });
	tell('hints after a save', await hints());
	tell('hover after a save', await hover(4));

	// A cancelled request, one that the server does not know, and a report.
	const source = new lsp.CancellationTokenSource();
	const pending = connection.sendRequest(lsp.HoverRequest.type, { textDocument: { uri }, position: { line: 4, character: 8 } }, source.token);
	source.cancel();
	tell('cancelled', await pending.then(() => 'answered or cancelled', (e) => (e.code === lsp.LSPErrorCodes.RequestCancelled ? 'answered or cancelled' : e.code)));
	tell('unknown', await connection.sendRequest('foo/bar', {}).catch((e) => e.code));
	tell('asked for settings', asked.includes('mapescape'));
	const report = await connection.sendRequest(lsp.ExecuteCommandRequest.type, { command: 'mapescape.report' });
	tell('report', report.startsWith("Mapescape's report"));

	await connection.sendNotification(lsp.DidCloseTextDocumentNotification.type, { textDocument: { uri } });
	tell('shutdown', await connection.sendRequest(lsp.ShutdownRequest.type));
	await connection.sendNotification(lsp.ExitNotification.type);
	tell('exit', await exited);
	connection.dispose();
}

main().catch((e) => {
	process.stderr.write(`${e.stack}\n`);
	process.exit(1);
});
