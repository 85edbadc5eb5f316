-- A server that ends, by command or by itself; and files of two modules.
local T = require('t')
local buf = T.open('main.go')
local first = T.client(buf).id
T.hinted(buf, 'seen := make', 'heap')
vim.cmd('MapescapeRestart')
T.wait('another client', function()
  local client = require('mapescape').client(buf)
  return client and client.id ~= first
end)
T.hinted(buf, 'seen := make', 'heap')
T.equal('one client', #require('mapescape').clients(), 1)

vim.fn.mkdir(vim.env.WORKSPACE .. '/inner', 'p')
vim.fn.writefile({ 'module inner', '', 'go 1.26' }, vim.env.WORKSPACE .. '/inner/go.mod')
vim.fn.writefile({ 'package inner', '', 'var M = map[int]int{}' }, vim.env.WORKSPACE .. '/inner/inner.go')
local other = T.open('inner/inner.go')
T.client(other)
T.equal('a client of its own', require('mapescape').client(other).config.root_dir, vim.env.WORKSPACE .. '/inner')
T.hinted(other, 'var M', 'heap')
T.hinted(buf, 'seen := make', 'heap')

-- A file that is opened at once after another is served by the same server.
vim.fn.writefile({ 'package inner', '', 'func f() { M[1] = 2 }' }, vim.env.WORKSPACE .. '/inner/f.go')
local third = T.open('inner/f.go')
T.client(third)
T.equal('two clients', #require('mapescape').clients(), 2)

-- A server that is killed takes its hints along; :MapescapeRestart starts it again.
local victim = require('mapescape').client(other)
vim.lsp.stop_client(victim.id, true)
T.wait('no client', function()
  return not require('mapescape').client(other)
end)
T.wait('no hints', function()
  return T.hint(other, 'var M') == ''
end)
vim.api.nvim_set_current_buf(other)
vim.cmd('MapescapeRestart')
T.hinted(other, 'var M', 'heap')

vim.cmd('MapescapeLog')
T.equal('the log', vim.fn.expand('%:t'), 'lsp.log')
T.equal('what is in it', table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n'):find('mapescape', 1, true) ~= nil, true)
