-- gopls serves the same buffer.
local T = require('t')
vim.g.mapescape = { settings = { inlayHints = { level = 'all' } } }
local buf = T.open('main.go')
local ours = T.client(buf)
local config = {
  name = 'gopls',
  cmd = { vim.env.GOPLS },
  root_dir = vim.env.WORKSPACE,
  settings = { gopls = { buildFlags = { '-tags=special' }, hints = { assignVariableTypes = true } } },
}
local id
if vim.lsp.start then
  id = vim.lsp.start(config, { bufnr = buf })
else
  id = vim.lsp.start_client(config)
  vim.lsp.buf_attach_client(buf, id)
end
local gopls = T.wait('gopls', function()
  local client = vim.lsp.get_client_by_id(id)
  return client and client.initialized and vim.lsp.buf_is_attached(buf, id) and client
end)
T.equal('the same encoding', gopls.offset_encoding, ours.offset_encoding)
T.hinted(buf, 'seen[w]++', 'heap map, may grow')

-- gopls's settings are the server's defaults.
if vim.fn.exists('##LspAttach') == 0 then
  require('mapescape').reconfigure() -- Neovim 0.7 has no event for it
end
T.wait('the build flags of gopls', function()
  local answer = vim.lsp.buf_request_sync(buf, 'workspace/executeCommand', { command = 'mapescape.report' }, 5000) or {}
  return answer[ours.id] and tostring(answer[ours.id].result):find('-tags=special', 1, true)
end)

-- Below 0.11 the general hover is left to gopls, and ours has a command.
T.cursor(buf, 'seen := make', 'make')
vim.lsp.buf.hover()
local text = T.float('make')
if vim.fn.has('nvim-0.11') == 0 then
  T.equal('the hover is that of gopls', text:find('func make', 1, true) ~= nil and not text:find('may outlive', 1, true), true)
end
vim.cmd('MapescapeHover')
T.float('may outlive')

-- One menu has what both offer, ours once.
T.cursor(buf, 'for k, _ := range m', 'for')
local ours_offered, theirs_offered = 0, 0
vim.ui.select = function(items, opts)
  for _, item in ipairs(items) do
    if opts.format_item(item):find('clear(m)', 1, true) then
      ours_offered = ours_offered + 1
    else
      theirs_offered = theirs_offered + 1
    end
  end
end
T.wait('a menu with the actions of both', function()
  ours_offered, theirs_offered = 0, 0
  vim.lsp.buf.code_action()
  vim.wait(1000, function()
    return ours_offered > 0
  end, 10)
  return theirs_offered > 0 and ours_offered > 0
end)
local kinds = {}
local found = vim.lsp.buf_request_sync(buf, 'textDocument/codeAction', vim.tbl_extend('force', vim.lsp.util.make_range_params(0, ours.offset_encoding), { context = { diagnostics = {}, only = { 'refactor' } } }), 5000)
for _, action in ipairs(found[ours.id].result) do
  kinds[#kinds + 1] = action.kind
end
T.equal('one refactoring of ours', kinds, { 'refactor.rewrite.mapClear' })

-- Both follow an edit.
vim.api.nvim_buf_set_lines(buf, 3, 3, false, { '// ä 𝄞 comment', '' })
T.replace(buf, 'small :=', { '\tsmall := map[string]bool{"𝄞": true, "b": false}' })
vim.cmd('silent write')
T.hinted(buf, 'small :=', 'stack')
T.wait('gopls is up to date', function()
  local r = vim.lsp.buf_request_sync(buf, 'textDocument/documentSymbol', { textDocument = vim.lsp.util.make_text_document_params(buf) }, 5000) or {}
  return r[id] and r[id].result and #r[id].result > 0
end)
vim.cmd('checkhealth mapescape')
text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
T.equal('health', text:find('both count columns in utf-16', 1, true) ~= nil, true)
