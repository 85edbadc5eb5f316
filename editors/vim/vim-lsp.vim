" Inlay hints need Vim 9.0.0167 or later.
let g:lsp_inlay_hints_enabled = 1

if executable('mapescape')
  autocmd User lsp_setup call lsp#register_server({
    \ 'name': 'mapescape',
    \ 'cmd': ['mapescape', 'serve'],
    \ 'allowlist': ['go'],
    \ 'root_uri': {info -> lsp#utils#path_to_uri(lsp#utils#find_nearest_parent_file_directory(
    \   lsp#utils#get_buffer_path(), ['go.work', 'go.mod', '.git/']))},
    \ 'workspace_config': {'mapescape': {'inlayHints': {'level': 'normal'}}},
    \ })
endif
