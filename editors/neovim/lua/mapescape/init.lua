-- Mapescape in Neovim: starts the server and gives its buffers our commands.
-- What a map operation costs is decided by the server alone.
local nvim = require('mapescape.nvim')

local M = {}

M.name = 'mapescape'
M.levels = { 'quiet', 'normal', 'all' }

local markers = { 'go.work', 'go.mod', '.git' }

-- The level that was chosen by command, above all settings.
local chosen_level

---The variable g:mapescape, with what it leaves out.
function M.options()
  return vim.tbl_extend('force', {
    autostart = true,
    hints = true, -- true, false or 'own'
    hover = 'auto', -- true, false or 'auto'
  }, vim.g.mapescape or {})
end

function M.say(message, level)
  vim.notify('mapescape: ' .. message, level or vim.log.levels.INFO)
end

-- Where the go command installs programs.
local function install_dirs()
  local gobin, gopath = vim.env.GOBIN, vim.env.GOPATH
  if vim.fn.executable('go') == 1 then
    local told = vim.fn.systemlist({ 'go', 'env', 'GOBIN', 'GOPATH' })
    if vim.v.shell_error == 0 then
      gobin, gopath = told[1] or gobin, told[2] or gopath
    end
  end
  local dirs = {}
  if gobin and gobin ~= '' then
    dirs[1] = gobin
  end
  if not gopath or gopath == '' then
    gopath = vim.fn.expand('~/go')
  end
  for _, dir in ipairs(vim.split(gopath, vim.fn.has('win32') == 1 and ';' or ':', { plain = true })) do
    dirs[#dirs + 1] = dir .. '/bin'
  end
  return dirs
end

---The server's program: the one of the options, of PATH, or of where `go install` puts it.
---@return string? path nil where there is none
function M.executable()
  local cmd = M.options().cmd
  if cmd then
    local path = vim.fn.exepath(vim.fn.expand(type(cmd) == 'table' and cmd[1] or cmd))
    return path ~= '' and path or nil
  end
  local path = vim.fn.exepath('mapescape')
  if path ~= '' then
    return path
  end
  for _, dir in ipairs(install_dirs()) do
    path = vim.fn.exepath(dir .. '/mapescape')
    if path ~= '' then
      return path
    end
  end
  return nil
end

---The command that starts the server.
function M.cmd()
  local cmd = M.options().cmd
  if type(cmd) == 'table' then
    return cmd
  end
  return { M.executable() or cmd or 'mapescape', 'serve' }
end

---What a client of ours is set to.
function M.settings()
  local settings = M.options().settings
  return settings and { mapescape = settings } or nil
end

---What Neovim can do that it does not tell by itself; nil for nothing.
function M.capabilities()
  if require('mapescape.hints').native() then
    return nil
  end
  local capabilities = vim.lsp.protocol.make_client_capabilities()
  -- Tooltips are not shown, so they are not needed before somebody asks for one.
  capabilities.textDocument.inlayHint = { dynamicRegistration = false, resolveSupport = { properties = { 'tooltip' } } }
  capabilities.workspace.inlayHint = { refreshSupport = true }
  capabilities.workspace.configuration = true -- which Neovim 0.7 answers without saying so
  return capabilities
end

-- What gopls is set to: its client's settings, or else those that it will start with.
local function gopls_settings(root)
  local found
  for _, client in ipairs(nvim.clients()) do
    if client.name == 'gopls' and (not found or client.config.root_dir == root) then
      found = (client.settings or client.config.settings or {}).gopls or found
    end
  end
  if not found and vim.lsp.config then
    local ok, config = pcall(function()
      return vim.lsp.config.gopls
    end)
    found = ok and config and config.settings and config.settings.gopls
  end
  return found or nil
end

-- The server asks for its own section and for that of gopls, whose build flags
-- and environment are its defaults. Neovim keeps settings by client.
local function configuration(_, params, ctx)
  local client = vim.lsp.get_client_by_id(ctx.client_id)
  local settings = client and (client.settings or client.config.settings) or {}
  local answers = {}
  for i, item in ipairs(params.items or {}) do
    local answer = settings[item.section]
    if item.section == 'gopls' and answer == nil and client then
      answer = gopls_settings(client.config.root_dir)
    elseif item.section == M.name and chosen_level then
      answer = vim.tbl_deep_extend('force', answer or {}, { inlayHints = { level = chosen_level } })
    end
    if type(answer) == 'table' and next(answer) == nil then
      answer = nil -- an empty table would be sent as a list
    end
    answers[i] = answer == nil and vim.NIL or answer
  end
  return answers
end

function M.handlers()
  local handlers = { ['workspace/configuration'] = configuration }
  local hints = require('mapescape.hints')
  if not hints.native() then
    handlers['workspace/inlayHint/refresh'] = hints.on_refresh
  end
  return handlers
end

---Our clients, those of one buffer if it is given.
function M.clients(bufnr)
  return vim.tbl_filter(function(client)
    return client.name == M.name
  end, nvim.clients(bufnr))
end

function M.client(bufnr)
  return M.clients(bufnr)[1]
end

---Makes the servers ask for their settings again.
function M.reconfigure()
  for _, client in ipairs(M.clients()) do
    nvim.notify(client, 'workspace/didChangeConfiguration', { settings = vim.NIL })
  end
end

---Chooses how much is shown; without a name the next level.
---@param name string?
function M.level(name)
  if not name or name == '' then
    local client = M.client(vim.api.nvim_get_current_buf())
    local settings = client and (client.settings or client.config.settings) or {}
    local set = vim.tbl_get(settings, M.name, 'inlayHints', 'level')
    for i, level in ipairs(M.levels) do
      if level == (chosen_level or set or 'normal') then
        name = M.levels[i % #M.levels + 1]
      end
    end
  end
  if not vim.tbl_contains(M.levels, name) then
    M.say(('there is no level %q, only %s'):format(name, table.concat(M.levels, ', ')), vim.log.levels.ERROR)
    return
  end
  chosen_level = name
  M.reconfigure()
  M.say('level ' .. name)
end

-- Below 0.11 the answers of two servers to one hover fight for one window. So
-- ours stands back where another server answers too; :MapescapeHover shows it.
local function share_hover(client)
  local wish = M.options().hover
  if wish == true or wish == 'auto' and vim.fn.has('nvim-0.11') == 1 then
    return
  end
  local supports = client.supports_method
  client.supports_method = function(...)
    local args = { ... }
    if type(args[1]) == 'table' then -- called as a method
      table.remove(args, 1)
    end
    if args[1] ~= 'textDocument/hover' then
      return supports(...)
    end
    if wish == false then
      return false
    end
    local bufnr = type(args[2]) == 'table' and args[2].bufnr or vim.api.nvim_get_current_buf()
    for _, other in ipairs(nvim.clients(bufnr)) do
      if other.id ~= client.id and other.name ~= M.name and nvim.hovers(other) then
        return false
      end
    end
    return supports(...)
  end
end

local shared = {} -- by client id

---Gives a buffer of a client our commands and hints. It may be called more than once.
function M.on_attach(client, bufnr)
  if not shared[client.id] then
    shared[client.id] = true
    share_hover(client)
  end
  require('mapescape.commands').define(bufnr)
  if M.options().hints then
    require('mapescape.hints').attach(bufnr)
  end
end

-- The directory that is served, as root_markers of 0.11 finds it: a marker
-- counts before the next one, however far up it is.
local function root(bufnr)
  local start = vim.fn.fnamemodify(vim.api.nvim_buf_get_name(bufnr), ':p:h')
  for _, marker in ipairs(markers) do
    local dir, below = start, nil
    while dir ~= below do
      if nvim.uv.fs_stat(dir .. '/' .. marker) then
        return dir
      end
      dir, below = vim.fn.fnamemodify(dir, ':h'), dir
    end
  end
  return nil
end

local started = {} -- Neovim 0.7: client ids by root

---Starts the server for a buffer, or lets a running one serve it too. From 0.11
---on vim.lsp.enable does that.
---@return integer? client id
function M.start(bufnr)
  bufnr = (bufnr or 0) == 0 and vim.api.nvim_get_current_buf() or bufnr
  local file = vim.api.nvim_buf_get_name(bufnr)
  if file == '' or file:find('^%a[%w+.-]+://') or vim.bo[bufnr].buftype ~= '' then
    return nil
  end
  if not M.executable() then
    vim.notify_once(
      'mapescape: there is no program mapescape on PATH or where `go install` puts programs.\n'
        .. 'Install it, or name it: vim.g.mapescape = { cmd = "…" }. :checkhealth mapescape says more.',
      vim.log.levels.WARN
    )
    return nil
  end
  local config = {
    name = M.name,
    cmd = M.cmd(),
    root_dir = root(bufnr),
    settings = M.settings(),
    capabilities = M.capabilities(),
    handlers = M.handlers(),
    on_attach = M.on_attach,
    on_exit = M.on_exit,
  }
  if vim.lsp.start then
    return vim.lsp.start(config, { bufnr = bufnr })
  end
  local key = config.root_dir or ''
  local id = started[key]
  if not id or not vim.lsp.get_client_by_id(id) then
    id = vim.lsp.start_client(config)
    started[key] = id
  end
  if id then
    vim.lsp.buf_attach_client(bufnr, id)
  end
  return id
end

function M.on_exit()
  vim.schedule(function()
    for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
      if not M.client(bufnr) then
        require('mapescape.hints').detach(bufnr)
      end
    end
  end)
end

return M
