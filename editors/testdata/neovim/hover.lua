-- Hover, the way of a map, and the code action.
local T = require('t')
local buf = T.open('main.go')
T.client(buf)
T.hinted(buf, 'seen := make', 'heap')

T.cursor(buf, 'seen := make', 'make')
vim.lsp.buf.hover()
local text = T.float('may outlive')
T.equal('the hover explains', text:find('returned by', 1, true) ~= nil, true)
vim.cmd('MapescapeHover')
T.float('may outlive')

local window = vim.api.nvim_get_current_win()
vim.cmd('MapescapeFlow')
local steps = T.wait('the location list', function()
  local items = vim.fn.getloclist(window)
  return #items > 0 and items
end)
T.equal('the last step', { steps[#steps].lnum, steps[#steps].col, vim.fn.bufname(steps[#steps].bufnr):match('[^/]+$') }, { T.line(buf, 'return seen'), 2, 'main.go' })
T.equal('its text', steps[#steps].text, 'returned by return seen at main.go:13')
T.equal('the text before', steps[#steps - 1].text, 'assigned by seen := make(map[string]int) at main.go:9')
vim.cmd('lclose')
vim.api.nvim_set_current_win(window)
vim.cmd('MapescapeFlow!')
T.wait('the quickfix list', function()
  return #vim.fn.getqflist() == #steps
end)
vim.cmd('cclose')
T.cursor(buf, 'fmt.Println')
vim.cmd('MapescapeHover')
T.message('no map operation here')

vim.cmd('MapescapeAnalyse')
T.message('analysed')
vim.cmd('MapescapeReport')
T.wait('the report', function()
  return vim.api.nvim_buf_get_lines(0, 0, 1, false)[1]:find("Mapescape's report", 1, true)
end)
vim.cmd('bwipeout')

-- A diagnostic, and the quick fix for it.
local function ours()
  return vim.tbl_filter(function(d)
    return d.source == 'mapescape'
  end, vim.diagnostic.get(buf))
end
T.wait('a diagnostic at the loop', function()
  local found = ours()
  return #found == 1 and found[1].lnum == T.line(buf, 'for k, _ := range m') - 1 and found[1].code == 'mapclear'
end)
T.cursor(buf, 'for k, _ := range m', 'for')
local titles
vim.ui.select = function(items, opts, choose)
  titles = {}
  for i, item in ipairs(items) do
    titles[i] = opts.format_item(item)
  end
  for i, title in ipairs(titles) do
    if title:find('clear(m)', 1, true) then
      return choose(items[i], i)
    end
  end
end
vim.lsp.buf.code_action()
T.wait('the rewritten loop', function()
  return table.concat(vim.api.nvim_buf_get_lines(buf, 0, -1, false), '\n'):find('\tclear(m)', 1, true)
end)
vim.cmd('silent write')
T.equal('saved', table.concat(vim.fn.readfile(vim.api.nvim_buf_get_name(buf)), '\n'):find('\tclear(m)\n', 1, true) ~= nil, true)
T.hinted(buf, 'clear(m)', 'heap map')
T.wait('no diagnostic', function()
  return #ours() == 0
end)
