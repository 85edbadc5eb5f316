-- :checkhealth with a server.
local T = require('t')
local buf = T.open('main.go')
T.client(buf)
T.hinted(buf, 'seen := make', 'heap')
vim.cmd('checkhealth mapescape')
local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
for _, want in ipairs({ 'program: ', 'mapescape ', 'go version go1.', 'serves ' .. vim.env.WORKSPACE, 'hints are on', 'gopls is not attached', 'inlay hints are drawn by', 'lsp.log' }) do
  if not text:find(want, 1, true) then
    T.fail('the report does not say %q:\n%s', want, text)
  end
end
T.equal('nothing is wrong', text:find('ERROR') or text:find('WARN'), nil)
vim.cmd('help mapescape')
T.equal('the help', vim.fn.expand('%:t'), 'mapescape.txt')
vim.cmd('help mapescape.inlayHints.level')
vim.cmd('help :MapescapeFlow')
