-- :checkhealth mapescape
local mapescape = require('mapescape')
local nvim = require('mapescape.nvim')

local M = {}

-- The functions have had three names: a module of 0.7, vim.health.report_* up
-- to 0.9, and vim.health.* since.
local health = vim.health or require('health')
local start = health.start or health.report_start
local ok = health.ok or health.report_ok
local info = health.info or health.report_info
local warn = health.warn or health.report_warn
local fail = health.error or health.report_error

local function run(command)
  local lines = vim.fn.systemlist(command)
  return vim.v.shell_error == 0, lines
end

local function check_neovim()
  local v = vim.version()
  info(('Neovim %d.%d.%d'):format(v.major, v.minor, v.patch))
  if require('mapescape.hints').native() then
    ok('inlay hints are drawn by Neovim')
  elseif vim.fn.has('nvim-0.10') == 1 then
    ok('inlay hints are drawn by the plugin, in the line (the option hints = "own")')
  else
    ok('inlay hints are drawn by the plugin, at the end of the line: this Neovim has none of its own')
  end
end

local function check_programs()
  local path = mapescape.executable()
  if not path then
    fail('there is no program mapescape', {
      'Install it from a checkout of mapescape with `go install .`',
      'Or name it: vim.g.mapescape = { cmd = "/path/to/mapescape" }',
    })
    return
  end
  ok('program: ' .. path)
  local good, lines = run({ path, 'version' })
  for _, line in ipairs(lines) do
    if line ~= '' then
      (good and info or warn)(line)
    end
  end
  if not good then
    warn('`mapescape version` failed', { 'Is the go command on the PATH of Neovim?' })
  end
end

local function check_go()
  if vim.fn.executable('go') == 0 then
    fail('there is no go command on the PATH of Neovim, so nothing can be analysed')
    return
  end
  local good, lines = run({ 'go', 'version' })
  if good then
    ok(vim.fn.exepath('go') .. ': ' .. (lines[1] or ''))
  else
    fail('`go version` failed', lines)
  end
end

local function check_buffer(bufnr, client)
  local name = vim.fn.fnamemodify(vim.api.nvim_buf_get_name(bufnr), ':~:.')
  if require('mapescape.hints').enabled(bufnr) then
    ok(name .. ': hints are on')
  else
    warn(name .. ': hints are off', { ':MapescapeHints on' })
  end
  local gopls
  for _, other in ipairs(nvim.clients(bufnr)) do
    if other.name == 'gopls' then
      gopls = other
    end
  end
  if not gopls then
    info(name .. ': gopls is not attached; mapescape does not need it')
  elseif gopls.offset_encoding == client.offset_encoding then
    ok(('%s: gopls is attached, and both count columns in %s'):format(name, client.offset_encoding))
  else
    fail(('%s: mapescape counts columns in %s and gopls in %s'):format(name, client.offset_encoding, gopls.offset_encoding), {
      'Leave -encoding out of the command that starts mapescape: gopls knows utf-16 only.',
    })
  end
end

local function check_clients()
  local clients = mapescape.clients()
  if #clients == 0 then
    warn('no server is running', { 'Open a Go file first.' })
  end
  for _, client in ipairs(clients) do
    ok(('client %d serves %s'):format(client.id, client.config.root_dir or 'single files'))
    for _, bufnr in ipairs(nvim.buffers(client)) do
      check_buffer(bufnr, client)
    end
  end
end

function M.check()
  start('Neovim')
  check_neovim()
  start('Programs')
  check_programs()
  check_go()
  start('Servers')
  check_clients()
  info('log: ' .. nvim.log_file())
end

return M
