-- What the test scripts share: they run inside the editor, one process each,
-- and end it with an exit status.
local T = {}

local limit = 30000 -- milliseconds that anything may take on a busy machine

function T.log(text)
  io.stdout:write(text, '\n')
end

-- Kept and not shown: an error that is shown ends the script.
T.messages = {}
vim.notify = function(text)
  T.messages[#T.messages + 1] = text
end

function T.fail(format, ...)
  error(format:format(...), 0)
end

---Waits until a function gives something true, which is given back.
function T.wait(what, condition)
  local got
  local ok = vim.wait(limit, function()
    got = condition()
    return got
  end, 10)
  if not ok then
    T.fail('waited in vain for %s; the last value was %s', what, vim.inspect(got))
  end
  T.log('ok   ' .. what)
  return got
end

function T.equal(what, got, want)
  if not vim.deep_equal(got, want) then
    T.fail('%s: got %s, want %s', what, vim.inspect(got), vim.inspect(want))
  end
  T.log('ok   ' .. what)
end

function T.open(name)
  vim.cmd('edit ' .. vim.env.WORKSPACE .. '/' .. name)
  return vim.api.nvim_get_current_buf()
end

---Our client once it has initialized.
function T.client(bufnr)
  return T.wait('our server', function()
    return require('mapescape').client(bufnr)
  end)
end

---The number of the line with a text, from 1.
function T.line(bufnr, needle)
  for i, line in ipairs(vim.api.nvim_buf_get_lines(bufnr, 0, -1, false)) do
    if line:find(needle, 1, true) then
      return i, line
    end
  end
  T.fail('no line has %q', needle)
end

---The labels that are drawn in the line with a text, joined.
function T.hint(bufnr, needle)
  local labels = require('mapescape.hints').on_line(bufnr, (T.line(bufnr, needle)))
  return (table.concat(labels, ', '):gsub('^» ', ''))
end

---Waits until the line with a text is labelled so.
function T.hinted(bufnr, needle, want)
  T.wait(('the label %q at %s'):format(want, needle), function()
    return T.hint(bufnr, needle) == want
  end)
end

---Puts the cursor on a text within the line with another.
function T.cursor(bufnr, needle, within)
  local row, line = T.line(bufnr, needle)
  local col = line:find(within or needle, 1, true)
  vim.api.nvim_win_set_cursor(0, { row, col - 1 })
end

---Waits for a floating window with a text, closes it, and gives all that it said.
function T.float(needle)
  local text, window
  T.wait('a window that says ' .. needle, function()
    for _, w in ipairs(vim.api.nvim_list_wins()) do
      if vim.api.nvim_win_get_config(w).relative ~= '' then
        text = table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(w), 0, -1, false), '\n')
        window = w
        return text:find(needle, 1, true) ~= nil
      end
    end
  end)
  vim.api.nvim_win_close(window, true)
  return text
end

---Waits for a message.
function T.message(needle)
  return T.wait('the message ' .. needle, function()
    for _, text in ipairs(T.messages) do
      if text:find(needle, 1, true) then
        return text
      end
    end
  end)
end

---Replaces the line with a text.
function T.replace(bufnr, needle, with)
  local row = T.line(bufnr, needle)
  vim.api.nvim_buf_set_lines(bufnr, row - 1, row, false, with)
end

-- Ends the servers and waits until their processes are gone: they might write
-- into a home that is about to be removed.
local function stop()
  local nvim = require('mapescape.nvim')
  for _, client in ipairs(nvim.clients()) do
    nvim.stop(client, client.name ~= 'mapescape') -- gopls may take its time
  end
  vim.wait(limit, function()
    return #nvim.clients() == 0
  end, 10)
end

---Runs a script and ends the editor.
function T.main(script)
  package.loaded.t = T
  local ok, err = xpcall(dofile, function(e)
    return type(e) == 'string' and not e:find('waited in vain', 1, true) and debug.traceback(e) or e
  end, script)
  pcall(stop)
  if not ok then
    io.stdout:write('FAIL ', tostring(err), '\n')
    for _, text in ipairs(T.messages) do
      io.stdout:write('     message: ', text, '\n')
    end
  end
  io.stdout:flush()
  vim.cmd(ok and 'qa!' or 'cq!')
end

return T
