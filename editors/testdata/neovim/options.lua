-- With vim.g.mapescape: not started by itself, no hints at first, another
-- command, the level all, and no general hover.
local T = require('t')
local mapescape = require('mapescape')
local buf = T.open('main.go')
T.equal('nothing starts', vim.fn.exists(':MapescapeLevel'), 0)
mapescape.start()
local client = T.client(buf)
T.equal('the command', client.config.cmd[3], '-v')
vim.cmd('MapescapeAnalyse')
T.message('analysed')
T.cursor(buf, 'seen := make', 'make')
vim.cmd('MapescapeHover')
T.float('may outlive')
T.equal('no hints', T.hint(buf, 'seen := make'), '')
vim.cmd('MapescapeHints on')
T.hinted(buf, 'seen[w]++', 'heap map, may grow')
vim.cmd('MapescapeLevel')
T.message('level quiet') -- the one after all

local others = vim.lsp.buf_request_sync(buf, 'textDocument/hover', vim.lsp.util.make_position_params(0, client.offset_encoding), 100)
T.equal('no general hover', next(others or {}), nil)
