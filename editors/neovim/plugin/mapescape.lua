-- Starts the server for Go files, unless vim.g.mapescape says not to.
if vim.g.loaded_mapescape then
  return
end
vim.g.loaded_mapescape = true

if vim.fn.has('nvim-0.7') == 0 then
  vim.api.nvim_err_writeln('mapescape needs Neovim 0.7 or later')
  return
end

local group = vim.api.nvim_create_augroup('mapescape', { clear = true })

-- The server's defaults are what gopls is set to, and gopls may come later.
-- Neovim 0.7 has no event for that.
if vim.fn.exists('##LspAttach') == 1 then
  vim.api.nvim_create_autocmd('LspAttach', {
    group = group,
    desc = 'tell mapescape of the settings of gopls',
    callback = function(event)
      local client = vim.lsp.get_client_by_id(event.data.client_id)
      if client and client.name == 'gopls' then
        require('mapescape').reconfigure()
      end
    end,
  })
end

local mapescape = require('mapescape')
if not mapescape.options().autostart then
  return
end

if vim.lsp.enable and mapescape.executable() then
  vim.lsp.enable('mapescape')
  return
end

vim.api.nvim_create_autocmd('FileType', {
  group = group,
  pattern = 'go',
  desc = 'start mapescape',
  callback = function(event)
    mapescape.start(event.buf)
  end,
})
