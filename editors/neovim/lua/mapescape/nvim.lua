-- What the releases of Neovim call by different names.
local M = {}

-- From 0.11 on the functions of a client are methods.
local methods = vim.fn.has('nvim-0.11') == 1

M.uv = vim.uv or vim.loop

local function call(client, name, ...)
  if methods then
    return client[name](client, ...)
  end
  return client[name](...)
end

---@return boolean sent
function M.request(client, method, params, handler, bufnr)
  return (call(client, 'request', method, params, handler, bufnr))
end

function M.notify(client, method, params)
  call(client, 'notify', method, params)
end

---@param force boolean? end the process at once
function M.stop(client, force)
  call(client, 'stop', force or false)
end

---All clients that have started, those of one buffer if it is given.
function M.clients(bufnr)
  if vim.lsp.get_clients then
    return vim.lsp.get_clients({ bufnr = bufnr })
  end
  local all = vim.lsp.get_active_clients()
  if not bufnr then
    return all
  end
  return vim.tbl_filter(function(client)
    return vim.lsp.buf_is_attached(bufnr, client.id)
  end, all)
end

---The buffers of a client.
function M.buffers(client)
  return vim.tbl_filter(function(bufnr)
    return vim.api.nvim_buf_is_loaded(bufnr) and vim.lsp.buf_is_attached(bufnr, client.id)
  end, vim.api.nvim_list_bufs())
end

---Whether a client says that its server answers hovers.
function M.hovers(client)
  return ((client.server_capabilities or {}).hoverProvider or false) ~= false
end

---The byte column of a place in a line of the protocol, which counts in units of an encoding.
function M.column(line, character, encoding)
  if encoding == 'utf-8' then
    return math.min(character, #line)
  end
  if methods then -- 0.11 gave the function other parameters too
    return vim.str_byteindex(line, encoding, character, false)
  end
  local ok, column = pcall(vim.str_byteindex, line, character, encoding ~= 'utf-32')
  return ok and column or #line
end

---The log of all language servers.
function M.log_file()
  local log = require('vim.lsp.log')
  if log.get_filename then
    return log.get_filename()
  end
  return vim.lsp.get_log_path()
end

return M
