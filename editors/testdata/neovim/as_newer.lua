-- Makes an old Neovim look like 0.11 to the plugin: the names and the ways of
-- calling that came since, by the old ones. It is no Neovim 0.11, and shows
-- only that the plugin calls things as the documentation of 0.11 has them.
if vim.lsp.config then
  return -- it is one
end

local has = vim.fn.has
vim.fn.has = function(feature)
  local minor = feature:match('^nvim%-0%.(%d+)')
  return minor and tonumber(minor) <= 11 and 1 or has(feature)
end

vim.uv = vim.loop

local health = require('health')
vim.health = {}
for new, old in pairs({ start = 'start', ok = 'ok', info = 'info', warn = 'warn', error = 'error' }) do
  vim.health[new] = health['report_' .. old]
end

local byteindex = vim.str_byteindex
vim.str_byteindex = function(line, encoding, index, ...)
  if type(encoding) == 'number' then
    return byteindex(line, encoding, index) -- by Neovim itself
  end
  assert(... == false, 'the fourth parameter of vim.str_byteindex')
  return byteindex(line, index, encoding ~= 'utf-32')
end

-- Clients are objects. Neovim's own old code calls their functions without them.
local methods = { request = true, notify = true, stop = true, supports_method = true, is_stopped = true }
local objects = {}

-- Whether a file of the plugin is meant, and not one of Neovim's own.
local function ours(source)
  return source:find('/lua/mapescape/', 1, true) or source:find('plugin/mapescape.lua', 1, true)
end

local function object(client)
  if not client or rawget(client, 'real') then
    return client
  end
  local o = objects[client.id]
  if not o then
    o = setmetatable({ real = client }, {
      __index = function(self, key)
        if not methods[key] then
          return client[key]
        end
        return function(first, ...)
          if first == self then
            return client[key](...)
          end
          assert(not ours(debug.getinfo(2, 'S').source), key .. ' is called without the client')
          return client[key](first, ...)
        end
      end,
    })
    objects[client.id] = o
  end
  return o
end

local lsp = vim.lsp
local active, by_id, start_client = lsp.get_active_clients, lsp.get_client_by_id, lsp.start_client

lsp.get_client_by_id = function(id)
  return object(by_id(id))
end

lsp.get_clients = function(filter)
  filter = filter or {}
  local out = {}
  for _, client in ipairs(active()) do
    if (not filter.bufnr or lsp.buf_is_attached(filter.bufnr, client.id)) and (not filter.name or filter.name == client.name) then
      out[#out + 1] = object(client)
    end
  end
  return out
end

for _, name in ipairs({ 'get_active_clients', 'buf_get_clients', 'start_client', 'client_is_stopped' }) do
  local old = lsp[name]
  lsp[name] = function(...)
    assert(not ours(debug.getinfo(2, 'S').source), 'vim.lsp.' .. name .. ' is deprecated')
    return old(...)
  end
end

local running = {} -- ids by name and root

lsp.start = function(config, opts)
  local bufnr = opts and opts.bufnr or vim.api.nvim_get_current_buf()
  local key = config.name .. ' ' .. (config.root_dir or '')
  if not running[key] or not by_id(running[key]) then
    config = vim.deepcopy(config)
    config.capabilities = config.capabilities or lsp.protocol.make_client_capabilities()
    config.capabilities.workspace.configuration = true
    config.capabilities.workspace.inlayHint = { refreshSupport = true }
    local on_attach = config.on_attach or function() end
    config.on_attach = function(client, b)
      on_attach(object(client), b)
    end
    running[key] = start_client(config)
  end
  lsp.buf_attach_client(bufnr, running[key])
  return running[key]
end

local configured = {}
lsp.config = setmetatable({}, {
  __call = function(_, name, config)
    configured[name] = vim.tbl_deep_extend('force', configured[name] or {}, config)
  end,
  __index = function(_, name)
    local config = {}
    for _, file in ipairs(vim.api.nvim_get_runtime_file('lsp/' .. name .. '.lua', true)) do
      config = vim.tbl_deep_extend('force', config, assert(loadfile(file))())
    end
    config = vim.tbl_deep_extend('force', config, configured[name] or {})
    return next(config) and config or nil
  end,
})

lsp.enable = function(name)
  vim.api.nvim_create_autocmd('FileType', {
    callback = function(event)
      local config = lsp.config[name]
      if not vim.tbl_contains(config.filetypes, event.match) then
        return
      end
      config.name = name
      for _, marker in ipairs(config.root_markers) do
        for _, find in ipairs({ vim.fn.findfile, vim.fn.finddir }) do
          local found = find(marker, vim.fn.fnamemodify(event.file, ':p:h') .. ';')
          if found ~= '' and not config.root_dir then
            config.root_dir = vim.fn.fnamemodify(found, ':p:h')
          end
        end
      end
      lsp.start(config, { bufnr = event.buf })
    end,
  })
end

-- The hints of all clients, asked for when somebody looks.
local on = {}
lsp.inlay_hint = {
  enable = function(enable, filter)
    on[filter.bufnr] = enable
  end,
  is_enabled = function(filter)
    return on[filter.bufnr] or false
  end,
  get = function(filter)
    local out = {}
    local answers = on[filter.bufnr] and lsp.buf_request_sync(filter.bufnr, 'textDocument/inlayHint', {
      textDocument = lsp.util.make_text_document_params(filter.bufnr),
      range = { start = { line = 0, character = 0 }, ['end'] = { line = 10000, character = 0 } },
    }, 500)
    for id, answer in pairs(answers or {}) do
      for _, hint in ipairs(answer.result or {}) do
        out[#out + 1] = { bufnr = filter.bufnr, client_id = id, inlay_hint = hint }
      end
    end
    return out
  end,
}
