-- The server for vim.lsp.config and vim.lsp.enable of Neovim 0.11 and later.
-- It works without the rest of the plugin too, then without our commands.
local found, mapescape = pcall(require, 'mapescape')
if not found then
  mapescape = nil
end

---@type vim.lsp.Config
return {
  cmd = mapescape and mapescape.cmd() or { 'mapescape', 'serve' },
  filetypes = { 'go' },
  root_markers = { 'go.work', 'go.mod', '.git' },
  settings = mapescape and mapescape.settings() or nil,
  capabilities = mapescape and mapescape.capabilities() or nil,
  handlers = mapescape and mapescape.handlers() or nil,
  on_attach = mapescape and mapescape.on_attach or nil,
  on_exit = mapescape and mapescape.on_exit or nil,
}
