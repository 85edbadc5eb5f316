-- There is no program.
local T = require('t')
T.open('main.go')
T.message('there is no program mapescape')
T.open('other.go')
T.equal('said once', #T.messages, 1)
vim.cmd('checkhealth mapescape')
local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
T.equal('the report', text:find('ERROR[^\n]*there is no program mapescape') ~= nil, true)
