;;; mapescape-lsp.el --- mapescape beside gopls in lsp-mode  -*- lexical-binding: t; -*-

;;; Code:

(require 'lsp-mode)

(defvar mapescape-program '("mapescape" "serve")
  "The command that starts the server, a list of strings.")

(lsp-register-custom-settings '(("mapescape.inlayHints.level" "normal")))

(lsp-register-client
 (make-lsp-client
  :new-connection (lsp-stdio-connection (lambda () mapescape-program))
  :activation-fn (lsp-activate-on "go")
  :server-id 'mapescape
  :add-on? t
  :priority -1
  :initialized-fn (lambda (workspace)
                    (with-lsp-workspace workspace
                      (lsp--set-configuration (lsp-configuration-section "mapescape"))))))

;; lsp-mode draws inlay hints since 8.0.1.
(setq lsp-inlay-hint-enable t)

(provide 'mapescape-lsp)
;;; mapescape-lsp.el ends here
