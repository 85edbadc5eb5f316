-- Inlay hints: Neovim's own from 0.10 on, and ours where there are none.
--
-- Ours are virtual text at the end of the line, because text in the middle of a
-- line needs 0.10. With the option hints = 'own' they are used there too, in
-- the middle of the line then; nothing of another server is shown with them.
local nvim = require('mapescape.nvim')

local M = {}

M.namespace = vim.api.nvim_create_namespace('mapescape.hints')
local inline = vim.fn.has('nvim-0.10') == 1
local delay = 100 -- milliseconds without an edit before hints are asked for

-- Buffers with hints of ours: true, or false where the user turned them off.
local buffers = {}

---Whether Neovim draws the hints.
function M.native()
  return vim.lsp.inlay_hint ~= nil and require('mapescape').options().hints ~= 'own'
end

local function text(hint)
  if type(hint.label) == 'string' then
    return hint.label
  end
  local parts = {}
  for _, part in ipairs(hint.label) do
    parts[#parts + 1] = part.value
  end
  return table.concat(parts)
end

local function draw(bufnr, hints, encoding)
  vim.api.nvim_buf_clear_namespace(bufnr, M.namespace, 0, -1)
  local lines = vim.api.nvim_buf_get_lines(bufnr, 0, -1, false)
  local by_line = {}
  for _, hint in ipairs(hints) do
    local row = hint.position.line
    if lines[row + 1] then
      by_line[row] = by_line[row] or {}
      table.insert(by_line[row], { nvim.column(lines[row + 1], hint.position.character, encoding), text(hint) })
    end
  end
  for row, placed in pairs(by_line) do
    table.sort(placed, function(a, b)
      return a[1] < b[1]
    end)
    if inline then
      for _, p in ipairs(placed) do
        vim.api.nvim_buf_set_extmark(bufnr, M.namespace, row, p[1], {
          virt_text = { { ' ' .. p[2], 'MapescapeHint' } },
          virt_text_pos = 'inline',
        })
      end
    else
      local labels = {}
      for _, p in ipairs(placed) do
        labels[#labels + 1] = p[2]
      end
      vim.api.nvim_buf_set_extmark(bufnr, M.namespace, row, 0, {
        virt_text = { { '» ' .. table.concat(labels, ', '), 'MapescapeHint' } },
        virt_text_pos = 'eol',
        hl_mode = 'combine',
      })
    end
  end
end

local function clear(bufnr)
  if vim.api.nvim_buf_is_valid(bufnr) then
    vim.api.nvim_buf_clear_namespace(bufnr, M.namespace, 0, -1)
  end
end

---Asks for the hints of a buffer and draws them.
function M.refresh(bufnr)
  local client = require('mapescape').client(bufnr)
  if not client or not buffers[bufnr] or not vim.api.nvim_buf_is_loaded(bufnr) then
    return
  end
  local tick = vim.api.nvim_buf_get_changedtick(bufnr)
  nvim.request(client, 'textDocument/inlayHint', {
    textDocument = vim.lsp.util.make_text_document_params(bufnr),
    range = {
      start = { line = 0, character = 0 },
      ['end'] = { line = vim.api.nvim_buf_line_count(bufnr), character = 0 },
    },
  }, function(err, hints)
    -- After a change another request is on its way, and this answer has the old places.
    if err or not buffers[bufnr] or not vim.api.nvim_buf_is_loaded(bufnr) or vim.api.nvim_buf_get_changedtick(bufnr) ~= tick then
      return
    end
    draw(bufnr, type(hints) == 'table' and hints or {}, client.offset_encoding)
  end, bufnr)
end

-- follow asks again after edits, until the server is gone from the buffer.
local function follow(bufnr)
  local generation = 0
  local function changed()
    if not require('mapescape').client(bufnr) then
      buffers[bufnr] = nil
      vim.schedule(function()
        clear(bufnr)
      end)
      return true
    end
    generation = generation + 1
    local mine = generation
    vim.defer_fn(function()
      if mine == generation then
        M.refresh(bufnr)
      end
    end, delay)
  end
  vim.api.nvim_buf_attach(bufnr, false, {
    on_lines = changed,
    on_reload = changed,
    on_detach = function()
      buffers[bufnr] = nil
    end,
  })
end

---The server has new hints.
function M.on_refresh()
  for bufnr, on in pairs(buffers) do
    if on then
      M.refresh(bufnr)
    end
  end
  return vim.NIL
end

---A server is there for the buffer.
function M.attach(bufnr)
  if M.native() then
    vim.lsp.inlay_hint.enable(true, { bufnr = bufnr })
    return
  end
  vim.cmd('highlight default link MapescapeHint ' .. (inline and 'LspInlayHint' or 'Comment'))
  if buffers[bufnr] == nil then
    buffers[bufnr] = true
    follow(bufnr)
  end
  M.refresh(bufnr)
end

---The server is gone.
function M.detach(bufnr)
  clear(bufnr)
end

---@return boolean
function M.enabled(bufnr)
  if M.native() then
    return vim.lsp.inlay_hint.is_enabled({ bufnr = bufnr })
  end
  return buffers[bufnr] == true
end

function M.enable(on, bufnr)
  if M.native() then
    vim.lsp.inlay_hint.enable(on, { bufnr = bufnr })
  elseif not on then
    if buffers[bufnr] then
      buffers[bufnr] = false
    end
    clear(bufnr)
  elseif buffers[bufnr] == nil then
    M.attach(bufnr)
  else
    buffers[bufnr] = true
    M.refresh(bufnr)
  end
end

---The text of the hints that are drawn on a line, counted from 1; for tests and status lines.
function M.on_line(bufnr, line)
  local out = {}
  if M.native() then
    for _, hint in ipairs(vim.lsp.inlay_hint.get({ bufnr = bufnr })) do
      local client = vim.lsp.get_client_by_id(hint.client_id)
      if client and client.name == 'mapescape' and hint.inlay_hint.position.line == line - 1 then
        out[#out + 1] = text(hint.inlay_hint)
      end
    end
    return out
  end
  for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(bufnr, M.namespace, { line - 1, 0 }, { line - 1, -1 }, { details = true })) do
    out[#out + 1] = mark[4].virt_text[1][1]
  end
  return out
end

return M
