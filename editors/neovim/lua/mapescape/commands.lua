-- The commands of a Go buffer.
local mapescape = require('mapescape')
local nvim = require('mapescape.nvim')

local M = {}

-- ask sends a request to our server alone.
local function ask(method, params, handle)
  local bufnr = vim.api.nvim_get_current_buf()
  local client = mapescape.client(bufnr)
  if not client then
    mapescape.say('no server for this buffer; :checkhealth mapescape may say why', vim.log.levels.WARN)
    return
  end
  params = params or vim.lsp.util.make_position_params(0, client.offset_encoding)
  nvim.request(client, method, params, function(err, result)
    if err then
      mapescape.say(err.message or tostring(err), vim.log.levels.ERROR)
    else
      handle(result, client)
    end
  end, bufnr)
end

local function markdown(result)
  local contents = type(result) == 'table' and result.contents
  return type(contents) == 'table' and contents.value or nil
end

-- A link to a place in a file, as the server writes it.
local link = '%[([^%[%]]*)%]%((file:[^#%s]*)#L(%d+),?(%d*)%)'

---Shows what our server alone has to say of the operation under the cursor.
function M.hover()
  ask('textDocument/hover', nil, function(result)
    local text = markdown(result)
    if not text then
      mapescape.say('no map operation here')
      return
    end
    -- A window of Neovim cannot follow links, and shows them at full length.
    local lines = vim.split(text:gsub(link, '%1'), '\n', { plain = true })
    local _, window = vim.lsp.util.open_floating_preview(lines, 'markdown', { focus_id = 'mapescape.hover', max_width = 80 })
    if window then
      vim.wo[window].linebreak = true
    end
  end)
end

---The steps of an explanation that have a place, as entries of a quickfix list.
---The columns of the links count bytes, as those of the list do.
function M.steps(text)
  local steps = {}
  for _, line in ipairs(vim.split(text, '\n', { plain = true })) do
    local _, path, lnum, col = line:match(link)
    if path then
      local what = line:gsub(link, '%1'):gsub('^%s*%d+%.%s*', ''):gsub('[`*]', '')
      steps[#steps + 1] = { filename = vim.uri_to_fname(path), lnum = tonumber(lnum), col = tonumber(col) or 0, text = what }
    end
  end
  return steps
end

---Lists how the map under the cursor comes to be where it is.
---@param quickfix boolean in the quickfix list and not in the location list
function M.flow(quickfix)
  local window = vim.api.nvim_get_current_win()
  ask('textDocument/hover', nil, function(result)
    local text = markdown(result)
    local steps = text and M.steps(text) or {}
    if #steps == 0 then
      mapescape.say(text and 'the explanation names no other place' or 'no map operation here')
      return
    end
    local list = { title = 'mapescape: ' .. vim.split(text, '\n', { plain = true })[1]:gsub('[`*]', ''), items = steps }
    if quickfix then
      vim.fn.setqflist({}, ' ', list)
      vim.cmd('botright copen')
    else
      vim.fn.setloclist(window, {}, ' ', list)
      vim.api.nvim_set_current_win(window)
      vim.cmd('lopen')
    end
  end)
end

---Silences our hints of the cursor's line, with a comment above it.
---@param rules string the names of rules; '' for all
function M.ignore(rules)
  local bufnr, row = vim.api.nvim_get_current_buf(), vim.api.nvim_win_get_cursor(0)[1]
  local line = vim.api.nvim_buf_get_lines(bufnr, row - 1, row, false)[1]
  local above = row > 1 and vim.api.nvim_buf_get_lines(bufnr, row - 2, row - 1, false)[1] or ''
  if line:find('//mapescape:ignore', 1, true) or above:find('^%s*//mapescape:ignore') then
    mapescape.say('this line has such a comment already')
    return
  end
  local comment = line:match('^%s*') .. '//mapescape:ignore'
  if rules ~= '' then
    comment = comment .. ' ' .. table.concat(vim.split(rules, '[%s,]+', { trimempty = true }), ', ')
  end
  vim.api.nvim_buf_set_lines(bufnr, row - 1, row - 1, false, { comment })
end

---Analyses the package of the buffer, as it is on the disk.
function M.analyse()
  local params = { command = 'mapescape.analyze_package', arguments = { vim.uri_from_bufnr(0) } }
  ask('workspace/executeCommand', params, function()
    mapescape.say('analysed')
  end)
end

---Shows a text for a bug report.
function M.report()
  ask('workspace/executeCommand', { command = 'mapescape.report' }, function(text)
    vim.cmd('new')
    vim.bo.buftype, vim.bo.bufhidden, vim.bo.swapfile = 'nofile', 'wipe', false
    vim.api.nvim_buf_set_lines(0, 0, -1, false, vim.split(tostring(text), '\n', { plain = true }))
  end)
end

---Opens the log of Neovim's language clients, which has what our server logs, at its end.
function M.log()
  vim.cmd('tabedit ' .. vim.fn.fnameescape(nvim.log_file()))
  vim.bo.autoread = true
  vim.cmd('normal! G')
end

-- The server has this long to end, in milliseconds, before it is killed.
local patience = 3000

---Ends our servers and starts them anew for their buffers.
function M.restart()
  local left, configs = {}, {}
  for _, client in ipairs(mapescape.clients()) do
    left[client.id] = client
    for _, bufnr in ipairs(nvim.buffers(client)) do
      configs[bufnr] = client.config
    end
    nvim.stop(client)
  end
  local here = vim.api.nvim_get_current_buf()
  configs[here] = configs[here] or {}
  local timer = nvim.uv.new_timer()
  local waited, step = 0, 20
  timer:start(0, step, vim.schedule_wrap(function()
    if timer:is_closing() then
      return
    end
    waited = waited + step
    for id, client in pairs(left) do
      if not vim.lsp.get_client_by_id(id) then
        left[id] = nil
      elseif waited == patience then
        nvim.stop(client, true)
      end
    end
    if next(left) then
      return
    end
    timer:close()
    for bufnr, config in pairs(configs) do
      if not vim.api.nvim_buf_is_loaded(bufnr) then
        -- It was closed meanwhile.
      elseif vim.lsp.enable and config.cmd then
        vim.lsp.start(config, { bufnr = bufnr }) -- as vim.lsp.enable did
      else
        mapescape.start(bufnr)
      end
    end
  end))
end

local function words(list)
  return function(lead)
    return vim.tbl_filter(function(word)
      return vim.startswith(word, lead)
    end, list)
  end
end

---Defines the commands of a buffer.
function M.define(bufnr)
  local function command(name, run, opts)
    vim.api.nvim_buf_create_user_command(bufnr, 'Mapescape' .. name, run, opts)
  end
  command('Level', function(a)
    mapescape.level(a.args)
  end, { nargs = '?', complete = words(mapescape.levels), desc = 'how much is shown: quiet, normal, all, or the next of them' })
  command('Flow', function(a)
    M.flow(a.bang)
  end, { bang = true, desc = 'list how the map here comes to be where it is; with ! in the quickfix list' })
  command('Ignore', function(a)
    M.ignore(a.args)
  end, { nargs = '*', desc = 'silence the hints of this line, or those of the rules that are named' })
  command('Hover', M.hover, { desc = 'explain the map operation here' })
  command('Hints', function(a)
    local hints = require('mapescape.hints')
    local on = not hints.enabled(bufnr)
    if a.args ~= '' then
      on = a.args == 'on'
    end
    hints.enable(on, bufnr)
  end, { nargs = '?', complete = words({ 'on', 'off' }), desc = 'show the hints of this buffer, or hide them' })
  command('Analyse', M.analyse, { desc = 'analyse the package of this file' })
  command('Restart', M.restart, { desc = 'restart the server' })
  command('Log', M.log, { desc = 'open the log' })
  command('Report', M.report, { desc = 'show a text for a bug report' })
end

return M
